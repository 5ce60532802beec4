/** What an account was asked, and what it answered. */
import type { control } from '../../contracts/control.ts'
import { isFailure } from '../../contracts/errors.ts'
import { accountOf, type ControlHandlers } from './context.ts'

type JournalHandlers = ControlHandlers<Pick<typeof control, 'readJournal' | 'clearJournal'>>

export const readJournal: JournalHandlers['readJournal'] = ({ query }, context) => {
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  const { ray, host, operation } = query
  const result = account.journal
    .list()
    .map(({ entry }) => entry)
    .filter(
      (entry) =>
        (ray === undefined || entry.ray.startsWith(ray)) &&
        (host === undefined || entry.host === host) &&
        (operation === undefined || entry.operation === operation),
    )
  return { result: { result } }
}

export const clearJournal: JournalHandlers['clearJournal'] = ({ query }, context) => {
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  account.journal.clear()
  return { result: { ok: true } }
}
