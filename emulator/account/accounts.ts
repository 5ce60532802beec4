/** All accounts of the emulator, with look-ups by id, API token, team name and host. */
import type { WorkerHost } from '../access/workers.ts'
import type { ApiTokenRow } from '../state/rows.ts'
import type { World } from '../world/world.ts'
import { type Account, withVerbs, type Zone } from './account.ts'
import { createFaults } from './faults.ts'
import { createFlows } from './flows.ts'
import { createJournals, type Journals, merged, type RememberedEntry } from './journal.ts'
import { teamOf } from './organization.ts'
import { createHeldPolls, type HeldPolls } from './transfers.ts'

export interface Accounts {
  readonly all: () => readonly Account[]
  add(account: Account): void
  delete(id: string): boolean
  /** Those whose time is over; the clock is read only if there are any with an end. */
  ended(wallNow: () => number): readonly Account[]
  /** Makes an account unknown. It counts as leaving until it is deleted. */
  leave(account: Account): void
  /** Those that are unknown already, but perhaps still stored. */
  leaving(): readonly Account[]
  /** Notes that an account that leaves is no longer stored. */
  left(account: Account): void
  byId(id: string): Account | undefined
  /** By the token of the account that may do everything. */
  byApiToken(token: string): Account | undefined
  /** By the SHA-256 of any other API token. */
  byTokenDigest(
    digest: string,
  ): { readonly account: Account; readonly token: ApiTokenRow } | undefined
  /** By the SHA-256 of the admin token that opens the control API for one account. */
  byAdminTokenDigest(digest: string): Account | undefined
  byTeam(authDomain: string): Account | undefined
  byZone(id: string): { readonly account: Account; readonly zone: Zone } | undefined
  /** The account whose zone contains this host name, or whose Worker it is. */
  byHost(host: string): Account | undefined
  /** The first account, for calls that name none. */
  first(): Account | undefined
  /**
   * What answers where no account is asked, and one must: as the emulator was started, with a journal that is no account's.
   * Undefined while there are no accounts.
   */
  nobodys(world: World): Account | undefined
  readonly journals: Journals
  /** The programs that wait for their tokens. */
  readonly heldPolls: HeldPolls
  /** The journal entries of all accounts, and of requests that belong to none; oldest first, those of other replicas too. */
  remembered(): Promise<readonly RememberedEntry[]>
}

/** @param workers hosts that are Workers; those outside every zone belong to the first account */
export function createAccounts(workers: ReadonlyMap<string, WorkerHost> = new Map()): Accounts {
  const accounts = new Map<string, Account>()
  const byToken = new Map<string, Account>()
  const byAdminToken = new Map<string, Account>()
  const zoneIds = new Map<string, { account: Account; zone: Zone }>()
  const zoneNames = new Map<string, Account>()
  const journals = createJournals()
  const leaving = new Map<string, Account>()
  let firstEnd = Number.POSITIVE_INFINITY

  /** Whether it was known. */
  const remove = (id: string): boolean => {
    const account = accounts.get(id)
    if (account === undefined) return false
    accounts.delete(id)
    byToken.delete(account.api_token)
    if (account.lease !== undefined) byAdminToken.delete(account.lease.token_digest)
    for (const zone of account.zones) {
      // At another replica, a new account may have the name before this one is gone here.
      if (zoneIds.get(zone.id)?.account === account) zoneIds.delete(zone.id)
      if (zoneNames.get(zone.name) === account) zoneNames.delete(zone.name)
    }
    return true
  }

  return {
    all: () => [...accounts.values()],
    add(account) {
      accounts.set(account.id, account)
      leaving.delete(account.id)
      byToken.set(account.api_token, account)
      if (account.lease !== undefined) byAdminToken.set(account.lease.token_digest, account)
      firstEnd = Math.min(firstEnd, endOf(account))
      for (const zone of account.zones) {
        zoneIds.set(zone.id, { account, zone })
        zoneNames.set(zone.name, account)
      }
    },
    delete(id) {
      leaving.delete(id)
      return remove(id)
    },
    ended(wallNow) {
      if (firstEnd === Number.POSITIVE_INFINITY) return none
      const nowMs = wallNow()
      if (nowMs < firstEnd) return none
      const all = [...accounts.values()]
      const left = all.map(endOf).filter((end) => end > nowMs)
      firstEnd = Math.min(...left, Number.POSITIVE_INFINITY)
      return all.filter((account) => endOf(account) <= nowMs)
    },
    leave(account) {
      remove(account.id)
      leaving.set(account.id, account)
    },
    leaving: () => (leaving.size === 0 ? none : [...leaving.values()]),
    left(account) {
      if (leaving.get(account.id) === account) leaving.delete(account.id)
    },
    byId: (id) => accounts.get(id),
    byApiToken: (token) => byToken.get(token),
    byTokenDigest(digest) {
      for (const account of accounts.values()) {
        const [token] = account.state.tables.api_tokens.by('digest', digest)
        if (token !== undefined) return { account, token }
      }
      return undefined
    },
    byAdminTokenDigest: (digest) => byAdminToken.get(digest),
    byTeam(authDomain) {
      for (const account of accounts.values()) {
        if (teamOf(account) === authDomain) return account
      }
      return undefined
    },
    byZone: (id) => zoneIds.get(id),
    byHost(host) {
      for (let name = host; name !== ''; name = name.slice(name.indexOf('.') + 1)) {
        const account = zoneNames.get(name)
        if (account !== undefined) return account
        if (!name.includes('.')) break
      }
      if (workers.has(host)) return accounts.values().next().value
      return [...accounts.values()].find(
        ({ state }) => state.tables.worker_hosts.get(host) !== undefined,
      )
    },
    first: () => accounts.values().next().value,
    nobodys(world) {
      const first: Account | undefined = accounts.values().next().value
      if (first === undefined) return undefined
      const started = {
        ...first,
        faults: createFaults(),
        behaviour: first.behaviourAtStart,
        journal: journals.ofNone,
        flows: createFlows(),
      }
      return withVerbs(started, world)
    },
    journals,
    heldPolls: createHeldPolls(),
    async remembered() {
      await journals.gather()
      return merged([journals.ofNone, ...[...accounts.values()].map(({ journal }) => journal)])
    },
  }
}

const none: readonly never[] = []

/** In real time; never, if nobody said when. */
function endOf({ lease }: Account): number {
  return lease?.ends_at ?? Number.POSITIVE_INFINITY
}
