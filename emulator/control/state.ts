/** Reset, snapshot and restore. */
import type { control } from '../../contracts/control.ts'
import { fail, isFailure } from '../../contracts/errors.ts'
import type { Rows, TableName } from '../state/rows.ts'
import type { Snapshot } from '../state/state.ts'
import { accountOf, type ControlHandlers, refusedBy } from './context.ts'

type StateHandlers = ControlHandlers<Pick<typeof control, 'reset' | 'getState' | 'putState'>>

/** Without an account: every account and the clock. Accounts made since the start stay, with what they began with. */
export const reset: StateHandlers['reset'] = async ({ query }, context) => {
  if (query.account === undefined) {
    const stored = context.accounts.all().map((account) => account.reset())
    const refused = await refusedBy(Promise.all(stored).then(() => {}))
    if (refused !== undefined) return refused
    context.resetWorld()
    return { result: { ok: true } }
  }
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  const refused = await refusedBy(account.reset())
  return refused ?? { result: { ok: true } }
}

export const getState: StateHandlers['getState'] = ({ query }, context) => {
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  const tables = Object.entries(account.state.snapshot())
  return { result: Object.fromEntries(tables.map(([name, rows]) => [name, [...rows]])) }
}

/** Takes what `GET state` gave, whole: a table that is missing or unknown is refused, and nothing is lost. */
export const putState: StateHandlers['putState'] = async ({ query, body }, context) => {
  const account = accountOf(query, context)
  if (isFailure(account)) return account
  const names = Object.keys(account.state.tables)
  const missing = names.filter((name) => !Object.hasOwn(body, name))
  const stray = Object.keys(body).filter((name) => !names.includes(name))
  if (missing.length > 0 || stray.length > 0) {
    const detail = `A snapshot has exactly these tables: ${names.join(', ')}.`
    return fail('bad_request', detail)
  }
  if (!isSnapshot(body)) return fail('bad_request', 'Every row of a snapshot is an object.')
  const refused = await refusedBy(account.restore(body))
  return refused ?? { result: { ok: true } }
}

function isSnapshot(body: Record<string, unknown[]>): body is Record<string, unknown[]> & Snapshot {
  return Object.values(body).every((rows) => rows.every(isRow))
}

function isRow(row: unknown): row is Rows[TableName] {
  return typeof row === 'object' && row !== null && ('id' in row || 'name' in row)
}
