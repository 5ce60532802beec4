/** Applies a changed seed to a running emulator: its accounts become what they would be after a start with the new seed. */
import type { Seed } from '../../contracts/control/seed.ts'
import type { Account } from '../account/account.ts'
import { createAccounts } from '../account/accounts.ts'
import { memoryLog } from '../state/log.ts'
import type { StoredSnapshot } from '../state/state.ts'
import { accountOf, applySeed } from './apply-seed.ts'
import { refuseTaken } from './identity.ts'
import type { OpenedAccounts } from './open-accounts.ts'

/**
 * What the new seed does not replace: who has signed in or is about to, and the keys that signed their tokens. An open browser stays signed
 * in, and the new policies decide.
 */
const kept = [
  'keyring',
  'users',
  'deleted_users',
  'sessions',
  'oauth_clients',
  'oauth_grants',
  'oauth_tokens',
  'logins',
  'login_origins',
  'pending_logins',
  'transfers',
] as const

/**
 * Returns the function that applies a seed, completely or not at all; it rejects with a SeedProblem. Accounts that the
 * control API has created stay. Accounts must be in memory: a durable log would not learn of it.
 */
export function createReseeding({
  accounts,
  seeding,
}: Pick<OpenedAccounts, 'accounts' | 'seeding'>): (seed: Seed) => Promise<readonly Account[]> {
  let seeded = new Set(accounts.all().map(({ id }) => id))

  /** In the emulator's own journals, with what is kept of the account before. */
  const placed = (made: Account, before: Account | undefined): Account => {
    const snapshot = made.seeded()
    const merged = before === undefined ? snapshot : mergedWith(before, snapshot)
    if (before !== undefined && sameIdentity(before, made)) {
      restart(before, snapshot, merged)
      return before
    }
    return accountOf(identityIn(made), seeding, { seeded: made.state.snapshot(), state: merged })
  }

  return async (seed) => {
    const others = accounts.all().filter(({ id }) => !seeded.has(id))
    const trial = createAccounts(seeding.workers)
    await applySeed(seed, { ...seeding, accounts: trial, log: memoryLog })
    const taken = createAccounts()
    for (const account of others) taken.add(account)
    const made = trial.all()
    for (const [index, account] of made.entries()) refuseTaken(account, taken, ['accounts', index])
    // Nothing is awaited from here on, so that no request sees half of the change.
    const before = new Map(accounts.all().map((account) => [account.id, account]))
    const after = made.map((account) => placed(account, before.get(account.id)))
    for (const id of before.keys()) accounts.delete(id)
    for (const account of [...after, ...others]) accounts.add(account)
    seeded = new Set(after.map(({ id }) => id))
    return after
  }
}

function restart(account: Account, seeded: StoredSnapshot, state: StoredSnapshot): void {
  account.restore(seeded)
  account.markSeeded()
  account.restore(state)
  account.commit([], account.atStart())
}

function mergedWith({ state }: Account, seeded: StoredSnapshot): StoredSnapshot {
  const current = state.snapshot()
  // Objects that the API has made in between are gone, but their ids are not given out again.
  const counters = new Map(
    [...current.counters, ...(seeded.counters ?? [])].map((row) => [row.id, row]),
  )
  return {
    ...seeded,
    ...Object.fromEntries(kept.map((table) => [table, current[table]])),
    counters: [...counters.values()],
  }
}

function identityIn({ id, name, zones, api_token, api_key, email }: Account) {
  return { id, name, zones, api_token, api_key, email }
}

function sameIdentity(one: Account, other: Account): boolean {
  return JSON.stringify(identityIn(one)) === JSON.stringify(identityIn(other))
}
