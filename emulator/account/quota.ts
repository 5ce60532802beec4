/** How many objects an account may hold, if it was made with a limit (emulator-account-quota). */

import { type Failure, fail } from '../../contracts/errors.ts'
import type { TableName } from '../state/rows.ts'
import type { Change, StoredSnapshot } from '../state/state.ts'
import { keyOf } from '../state/state.ts'
import type { Account } from './account.ts'

type Limited = Pick<Account, 'lease' | 'state'>

/** Whether the changes add objects beyond the limit. Those that add none are never refused: an account can always shrink. */
export function exceedsQuota(account: Limited, changes: readonly Change[]): boolean {
  const most = account.lease?.max_objects ?? null
  if (most === null) return false
  const added = addedBy(changes, account)
  return added > 0 && heldBy(account) + added > most
}

/** Whether it holds more than it may already. */
export function isOverQuota(account: Limited): boolean {
  const most = account.lease?.max_objects ?? null
  return most !== null && heldBy(account) > most
}

/** The failure to answer with instead of committing the changes. */
export function quotaFailure(
  { account }: { readonly account: Limited },
  changes: readonly Change[],
): Failure<'quota_exceeded'> | undefined {
  return exceedsQuota(account, changes) ? fail('quota_exceeded') : undefined
}

/** The same for a snapshot that is to replace everything. */
export function snapshotExceedsQuota({ lease }: Limited, snapshot: StoredSnapshot): boolean {
  const most = lease?.max_objects ?? null
  if (most === null) return false
  const counts = Object.entries(snapshot).map(([name, rows]) => (isCounted(name) ? rows.length : 0))
  return counts.reduce((sum, count) => sum + count, 0) > most
}

/** What nobody can delete, and logins in progress, which end by themselves. */
const uncounted: ReadonlySet<string> = new Set([
  'counters',
  'keyring',
  'logins',
  'login_origins',
  'pending_logins',
  'transfers',
] satisfies TableName[])

function isCounted(table: string): boolean {
  return !uncounted.has(table)
}

function heldBy({ state }: Limited): number {
  const tables = Object.entries(state.tables).filter(([name]) => isCounted(name))
  return tables.reduce((sum, [, { size }]) => sum + size, 0)
}

function addedBy(changes: readonly Change[], { state }: Limited): number {
  const before = new Map<string, boolean>()
  const after = new Map<string, boolean>()
  for (const change of changes.filter(({ table }) => isCounted(table))) {
    const isPut = 'put' in change
    const key = isPut ? keyOf(change.table, change.put) : change.delete
    const name = `${change.table} ${key}`
    if (!before.has(name)) before.set(name, state.tables[change.table].get(key) !== undefined)
    after.set(name, isPut)
  }
  return countOf(after) - countOf(before)
}

function countOf(kept: ReadonlyMap<string, boolean>): number {
  return [...kept.values()].filter((is) => is).length
}
