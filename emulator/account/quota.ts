/** How much an account may hold, if it was made with limits (emulator-account-quota): objects, and their bytes as JSON. */
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import type { AccountLease, TableName } from '../state/rows.ts'
import type { Change, StoredSnapshot } from '../state/state.ts'
import { asItIs, nameOf } from '../state/state.ts'
import { weightOf } from '../state/weight.ts'
import type { AccountBase } from './base.ts'
import type { Overridden } from './overrides.ts'

type Limited = Pick<AccountBase, 'lease' | 'state' | 'overridden'>

/** What an account holds. Bytes are those of its rows and of its faults, modes and applied advice. */
export interface Holding {
  readonly objects: number
  readonly bytes: number
}

/** What has a limit, with the term of the lease that sets it. */
const limits = { objects: 'max_objects', bytes: 'max_bytes' } as const
type Quantity = keyof typeof limits
export const quantities = ['objects', 'bytes'] as const satisfies readonly Quantity[]

export function limitOf(lease: AccountLease | undefined, of: Quantity): number | null {
  return lease?.[limits[of]] ?? null
}

function isUnlimited({ lease }: Limited): boolean {
  return limitOf(lease, 'objects') === null && limitOf(lease, 'bytes') === null
}

/** Thrown where changes are made in several steps. */
export class OverQuota extends Error {
  readonly failure: Failure<'quota_exceeded'>
  constructor(failure: Failure<'quota_exceeded'>) {
    super(failure.detail)
    this.failure = failure
  }
}

/** @throws OverQuota */
export function refuseOverQuota(account: Limited, changes: readonly Change[]): void {
  const failure = quotaFailure(account, changes)
  if (failure !== undefined) throw new OverQuota(failure)
}

/**
 * The failure to answer with instead of committing changes and overrides, if they add to what is over the limit then. Those
 * that add nothing are never refused: an account can always shrink.
 */
export function quotaFailure(
  account: Limited,
  changes: readonly Change[],
  next?: Overridden,
): Failure<'quota_exceeded'> | undefined {
  if (isUnlimited(account)) return undefined
  const added = addedBy(account, changes, next)
  if (added.objects <= 0 && added.bytes <= 0) return undefined
  const held = holdingOf(account)
  for (const of of quantities) {
    const most = limitOf(account.lease, of)
    if (most === null || added[of] <= 0 || held[of] + added[of] <= most) continue
    return exceeded(of, `holds ${held[of]} of at most ${most} ${of}, and this adds ${added[of]}`)
  }
  return undefined
}

/** The same for a snapshot that is to replace all rows. What an account has, it may have again. */
export function snapshotFailure(
  account: Limited,
  snapshot: StoredSnapshot,
): Failure<'quota_exceeded'> | undefined {
  if (isUnlimited(account)) return undefined
  const tables = Object.entries(snapshot)
  const rows = tables.flatMap(([, all]): readonly object[] => all)
  const wanted: Holding = {
    objects: sumOf(tables, ([name, all]) => (isCounted(name) ? all.length : 0)),
    bytes: sumOf(rows, weightOf) + weightOfOverrides(account.overridden()),
  }
  const held = holdingOf(account)
  for (const of of quantities) {
    const most = limitOf(account.lease, of)
    if (most === null || wanted[of] <= Math.max(most, held[of])) continue
    return exceeded(of, `may hold at most ${most} ${of}, and would have ${wanted[of]}`)
  }
  return undefined
}

export function exceeded(of: Quantity, says: string): Failure<'quota_exceeded'> {
  const detail = `The account ${says}. Delete some, or create the account with a larger ${limits[of]}.`
  return fail('quota_exceeded', detail)
}

/** Only of an account with a lease: the rows of others are not weighed. */
export function holdingOf({ state, overridden }: Limited): Holding {
  return {
    objects: sumOf(Object.entries(state.tables), ([name, { size }]) =>
      isCounted(name) ? size : 0,
    ),
    bytes: state.weight() + weightOfOverrides(overridden()),
  }
}

/** What nobody can delete, and logins in progress, which end by themselves: no objects, though their bytes count. */
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

function addedBy(
  { state, overridden }: Limited,
  changes: readonly Change[],
  next: Overridden | undefined,
): Holding {
  const last = new Map(changes.map((change) => [nameOf(change), change]))
  const rows = [...last.values()].map((change) => ({
    change,
    before: asItIs(state.tables, change),
  }))
  const counted = rows.filter(({ change }) => isCounted(change.table))
  const ofOverrides =
    next === undefined ? 0 : weightOfOverrides(next) - weightOfOverrides(overridden())
  return {
    objects: sumOf(counted, ({ change, before }) => countOf(change) - countOf(before)),
    bytes: ofOverrides + sumOf(rows, ({ change, before }) => bytesOf(change) - bytesOf(before)),
  }
}

function countOf(change: Change): number {
  return 'put' in change ? 1 : 0
}

function bytesOf(change: Change): number {
  return 'put' in change ? weightOf(change.put) : 0
}

/** Behaviours are left out: there are only so many, each with few values. */
function weightOfOverrides({ faults, modes, advice }: Overridden): number {
  return sumOf(faults, weightOf) + sumOf(modes, weightOf) + sumOf(advice, weightOf)
}

function sumOf<T>(all: readonly T[], each: (one: T) => number): number {
  return all.reduce((sum, one) => sum + each(one), 0)
}
