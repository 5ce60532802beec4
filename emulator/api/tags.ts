/** Tags of applications: the name is the key, and applications refer to it. */
import { tags as contract } from '../../contracts/api/tags.ts'
import type { Account } from '../account/account.ts'
import type { Change } from '../state/state.ts'
import { crud } from './crud.ts'

/** The changes that rename a tag in all its applications, or remove it from them. */
function retagged(account: Account, name: string, renamed?: string): Change[] {
  return account.state.tables.applications.by('tag', name).map((application) => {
    const others = (application.tags ?? []).filter((tag) => tag !== name)
    const tags = renamed === undefined ? others : [...others, renamed].sort()
    return { table: 'applications', put: { ...application, tags } }
  })
}

export const tags = crud(contract, {
  // Counted under the previous name: the applications change with the commit that follows.
  derived: (row, { account }, { name } = row) => ({
    app_count: account.state.tables.applications.by('tag', name).length,
  }),
  // Another name in the body renames the tag; applications lose one that is deleted (api-tag-writes).
  replaced: ({ name }, after, { account }) =>
    name === after.name ? [] : retagged(account, name, after.name),
  deleted: ({ name }, { account }) => retagged(account, name),
})
