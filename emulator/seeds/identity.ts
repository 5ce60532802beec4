/** An account's identity: explicit values of the seed, the rest derived from its name; unique among accounts. */
import type { SeedAccountData } from '../../contracts/control/seed.ts'
import type { Accounts } from '../account/accounts.ts'
import type { AccountIdentity, AccountLease } from '../state/rows.ts'
import { alphanumeric, hex } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import type { SeedPath } from './names.ts'
import { SeedProblem } from './problem.ts'

interface IdentitySource {
  readonly world: World
  readonly accounts: Accounts
  /** Whether ids and secrets given in the seed are kept, or derived from the entropy instead. */
  readonly keepsExplicitIds: boolean
  /** Whether strangers use the emulator side by side. */
  readonly shared: boolean
}

export function identityOf(
  data: SeedAccountData,
  seeding: IdentitySource,
  lease?: AccountLease,
): AccountIdentity {
  const { world, keepsExplicitIds } = seeding
  // Among strangers, a later account of the same name must not get the id and secrets of one that is gone.
  const bytes =
    lease !== undefined && seeding.shared
      ? (n: number, what: string) => world.bytes(n, 'account', data.name, lease.token_digest, what)
      : bytesOf(data.name, seeding)
  const explicit: Partial<SeedAccountData> = keepsExplicitIds ? data : {}
  return {
    id: explicit.id ?? hex(bytes(16, 'id')),
    name: data.name,
    zones: data.zones.map(({ id, name }) => ({
      id: (keepsExplicitIds ? id : undefined) ?? hex(world.bytes(16, 'zone', name)),
      name: name.toLowerCase(),
    })),
    api_token: explicit.api_token ?? alphanumeric(bytes(40, 'api_token'), 40),
    api_key: explicit.api_key ?? hex(bytes(19, 'api_key')).slice(0, 37),
    email: data.email ?? 'admin@example.com',
    ...(lease === undefined ? {} : { lease }),
  }
}

/** The bytes that an identity derives from: a function of the name, and of how many accounts already have it. */
function bytesOf(name: string, { world, accounts }: IdentitySource) {
  for (let ordinal = 0; ; ordinal += 1) {
    const label = ordinal === 0 ? ['account', name] : ['account', name, ordinal]
    const bytes = (n: number, what: string) => world.bytes(n, ...label, what)
    if (accounts.byId(hex(bytes(16, 'id'))) === undefined) return bytes
  }
}

/** @throws SeedProblem if another account has the id, API token or a zone */
export function refuseTaken(identity: AccountIdentity, accounts: Accounts, at: SeedPath): void {
  const taken = (path: SeedPath, what: string) =>
    new SeedProblem([...at, ...path], `another account has the ${what}`)
  if (accounts.byId(identity.id) !== undefined) throw taken(['id'], `id ${identity.id}`)
  if (accounts.byApiToken(identity.api_token) !== undefined) throw taken(['api_token'], 'API token')
  const names = new Set<string>()
  for (const [index, { id, name }] of identity.zones.entries()) {
    const owner = accounts.all().some(({ zones }) => zones.some((zone) => zone.name === name))
    if (owner || names.has(name)) throw taken(['zones', index, 'name'], `zone ${name}`)
    if (accounts.byZone(id) !== undefined) throw taken(['zones', index, 'id'], `zone id ${id}`)
    names.add(name)
  }
}
