/** Keeps what a mode changed in an account's state: how to undo it, and whether others have changed it since. */
import { isDeepStrictEqual } from 'node:util'
import type { Endpoint, ResultOf } from '../../../contracts/declaration/endpoint.ts'
import { type Failure, fail, isFailure } from '../../../contracts/errors/errors.ts'
import type { Account } from '../../account/account.ts'
import { endOf } from '../../account/oauth-grants.ts'
import type { Overridden } from '../../account/overrides.ts'
import { OverQuota, quotaFailure, refuseOverQuota } from '../../account/quota.ts'
import { refusedBy, untilNotOutrun } from '../../account/stored.ts'
import type { StandingMode } from '../../state/overrides.ts'
import { asItIs, type Change, nameOf } from '../../state/state.ts'
import type { Controlled } from '../context.ts'

/** The log of changes refuses writes. */
class WriteRefused extends Error {}

/** Why something cannot be set up, or a change not be made, as a message for the caller. */
export class Problem extends Error {}

export interface Ledger {
  /** Commits as the API does. @throws WriteRefused @throws OverQuota */
  commit(changes: readonly Change[]): Promise<void>
  /** The changes that undo everything, in order. */
  undo(): Change[]
  /** Every changed row as the latest commit left it. */
  left(): Change[]
}

export function createLedger(account: Account): Ledger {
  let undo: Change[] = []
  const left = new Map<string, Change>()
  return {
    async commit(changes) {
      refuseOverQuota(account, changes)
      const inverse = account.state.inverse(changes)
      if ((await refusedBy(account.commit(changes))) !== undefined) throw new WriteRefused()
      undo = [...inverse, ...undo]
      for (const change of changes) left.set(nameOf(change), change)
    },
    undo: () => undo,
    left: () => undo.flatMap((change) => left.get(nameOf(change)) ?? []),
  }
}

interface Calling {
  readonly account: Account
  readonly control: Pick<Controlled, 'callApi'>
  readonly ledger: Ledger
  /** The mode for which it is called. */
  readonly id?: string
}

/** Calls one operation of the API and commits its changes. @throws Problem if the API refuses */
export async function call<E extends Endpoint>(
  { account, control, ledger, id }: Calling,
  endpoint: E,
  input: Parameters<typeof control.callApi<E>>[2],
): Promise<ResultOf<E>> {
  const answered = await control.callApi(account, endpoint, input)
  if (isFailure(answered)) {
    const { failure, detail } = answered
    const reason = detail === undefined ? failure : `${failure}, ${detail}`
    throw new Problem(`${id === undefined ? '' : `${id}: `}${endpoint.id} refuses: ${reason}`)
  }
  await ledger.commit(answered.changes)
  return answered.result
}

/** Does `work`, which commits to the ledger. If it is refused, takes back what was done. */
export async function orTakenBack<T>(
  account: Account,
  ledger: Ledger,
  work: () => Promise<T>,
): Promise<T | Failure<'bad_request' | 'quota_exceeded' | 'write_refused'>> {
  try {
    return await work()
  } catch (error) {
    await rollBack(account, ledger)
    if (error instanceof Problem) return fail('bad_request', error.message)
    if (error instanceof WriteRefused) return fail('write_refused')
    if (error instanceof OverQuota) return error.failure
    throw error
  }
}

/** Stores the overrides that belong to what was done. If that fails, takes it back, so that it can be done again. @throws Outrun */
export async function kept(
  account: Account,
  ledger: Ledger,
  next: Overridden,
): Promise<Failure<'quota_exceeded' | 'write_refused'> | undefined> {
  try {
    const failure = quotaFailure(account, [], next) ?? (await refusedBy(account.commit([], next)))
    if (failure !== undefined) await rollBack(account, ledger)
    return failure
  } catch (error) {
    await rollBack(account, ledger)
    throw error
  }
}

/** Takes back what was done, unless others have changed those rows meanwhile, as a reset does. */
export async function rollBack(account: Account, { undo, left }: Ledger): Promise<void> {
  const done = { undo: undo(), left: left() }
  await untilNotOutrun(async () => {
    if (isStanding(account, done) || changedSince(account, done)) return
    await refusedBy(account.commit(inverseOf(account, done)))
  })
}

/** Whether the overrides have it after all: a database that went away may have stored what it did not confirm. */
function isStanding(account: Account, { undo }: Pick<StandingMode, 'undo'>): boolean {
  const { modes, advice } = account.overridden()
  const text = JSON.stringify(undo)
  return [...modes, ...advice].some((each) => JSON.stringify(each.undo) === text)
}

/** Whether anyone else has changed or deleted rows of the mode since. */
export function changedSince(account: Account, { left }: Pick<StandingMode, 'left'>): boolean {
  return left.some((change) => !comesAndGoes(change) && !isAsLeft(account, change))
}

/** The changes that undo a mode, or changes that advice named. Counters that have advanced since stay: setting them back would issue an id twice. */
export function inverseOf(
  account: Account,
  { undo, left }: Pick<StandingMode, 'undo' | 'left'>,
): Change[] {
  const inverse = undo.filter((change, index) => {
    const was = left[index]
    return !isCounter(change) || was === undefined || isAsLeft(account, was)
  })
  return [...inverse.flatMap((change) => grantsOf(account, change)), ...inverse]
}

/** All that a client which goes away with its mode was granted, before the mode and since. */
function grantsOf(account: Account, change: Change): Change[] {
  if (!('delete' in change)) return []
  const { oauth_grants } = account.state.tables
  const grant = change.table === 'oauth_grants' ? oauth_grants.get(change.delete) : undefined
  const grants =
    change.table === 'oauth_clients' ? oauth_grants.by('client', change.delete) : [grant]
  return grants.flatMap((each) => (each === undefined ? [] : endOf(account, each)))
}

const isCounter = ({ table }: Change) => table === 'counters'

/** Rows that change as clients use what they were given, and as people sign in. */
function comesAndGoes(change: Change): boolean {
  const { table } = change
  const isOfGrants = table === 'oauth_grants' || table === 'oauth_tokens' || table === 'sessions'
  return isOfGrants || table === 'logins' || isCounter(change)
}

function isAsLeft({ state }: Account, change: Change): boolean {
  const now = asItIs(state.tables, change)
  if ('delete' in now || 'delete' in change) return 'delete' in now && 'delete' in change
  return isSameRow(now.put, change.put)
}

/** Ignores `last_seen_at`: using a token does not change it. */
function isSameRow(row: object, left: object): boolean {
  const unused = { last_seen_at: undefined }
  return row === left || isDeepStrictEqual({ ...row, ...unused }, { ...left, ...unused })
}
