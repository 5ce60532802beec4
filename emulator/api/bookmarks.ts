/** Bookmarks: applications of type `bookmark`, seen through the deprecated operations. */
import { applicationDefaults } from '../../contracts/api/application-types.ts'
import type { Bookmark, bookmarks as contract } from '../../contracts/api/bookmarks.ts'
import { uuid } from '../../contracts/declaration/primitives.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import type { ApplicationRow } from '../state/rows.ts'
import { hex } from '../world/ids.ts'
import { type ApiHandlers, nowOf } from './context.ts'

function view(row: ApplicationRow): Bookmark {
  const { id, name, domain, logo_url, app_launcher_visible, created_at, updated_at } = row
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(domain == null ? {} : { domain }),
    ...(logo_url === undefined ? {} : { logo_url }),
    ...(app_launcher_visible === undefined ? {} : { app_launcher_visible }),
    created_at,
    updated_at,
  }
}

function find({ state }: Account, id: string): ApplicationRow | undefined {
  const row = state.tables.applications.get(id)
  return row?.type === 'bookmark' ? row : undefined
}

export const bookmarks: ApiHandlers<typeof contract> = {
  list(_call, { account }) {
    const all = account.state.tables.applications.all()
    return { result: all.filter(({ type }) => type === 'bookmark').map(view) }
  },
  get({ params }, { account }) {
    const row = find(account, params.bookmark_id)
    return row === undefined ? fail('not_found') : { result: view(row) }
  },
  create({ params: { bookmark_id: id }, body, extra }, context) {
    const { account } = context
    if (!uuid().safeParse(id).success) return fail('invalid_request', 'the id must be a UUID')
    if (Object.values(account.state.tables).some((table) => table.get(id) !== undefined)) {
      return fail('conflict', 'the id is taken')
    }
    const minted = account.mint('application', `bookmark:${body?.name ?? ''}`, { explicit: id })
    const at = nowOf(context)
    const row: ApplicationRow = {
      ...applicationDefaults('bookmark'),
      ...body,
      id,
      uid: id,
      type: 'bookmark',
      aud: hex(minted.bytes(32, 'aud')),
      created_at: at,
      updated_at: at,
      links: [],
      extra,
    }
    return { result: view(row), changes: [minted.change, { table: 'applications', put: row }] }
  },
  replace({ params, body, extra }, context) {
    const before = find(context.account, params.bookmark_id)
    if (before === undefined) return fail('not_found')
    const { id, uid, type, aud, created_at, links } = before
    const row: ApplicationRow = {
      ...applicationDefaults('bookmark'),
      ...body,
      ...{ id, uid, type, aud, created_at, links },
      updated_at: nowOf(context),
      extra,
    }
    return { result: view(row), changes: [{ table: 'applications', put: row }] }
  },
  delete({ params: { bookmark_id: id } }, { account }) {
    if (find(account, id) === undefined) return fail('not_found')
    return { result: { id }, changes: [{ table: 'applications', delete: id }] }
  },
}
