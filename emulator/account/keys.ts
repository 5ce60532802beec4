/** The keys that an account signs with: which ones it publishes, and what they sign and verify. */
import { keyringAt } from '../access/keyring.ts'
import { edgeHeader } from '../access/tokens.ts'
import type { SigningKey } from '../world/keys.ts'
import type { World } from '../world/world.ts'
import type { AccountBase } from './base.ts'

export interface PublishedKeys {
  readonly current: SigningKey
  readonly other: SigningKey
  readonly list: readonly [SigningKey, SigningKey]
}

interface Picked {
  readonly current: number
  readonly other: number
  readonly keys: Promise<PublishedKeys>
}

const picked = new WeakMap<AccountBase, Picked>()

/** The two keys that the certs endpoint publishes now; cached until they change. */
export function publishedKeys(account: AccountBase, world: World): Promise<PublishedKeys> {
  const { current, other } = keyringAt(account.keyring(), world.now())
  const known = picked.get(account)
  if (known?.current === current && known.other === other) return known.keys
  const keys = pickKeys(account, world, current, other)
  picked.set(account, { current, other, keys })
  return keys
}

async function pickKeys(
  account: AccountBase,
  world: World,
  currentGeneration: number,
  otherGeneration: number,
): Promise<PublishedKeys> {
  const start = account.firstKey()
  const [current, other] = await Promise.all([
    world.keys.pick(start + currentGeneration),
    world.keys.pick(start + otherGeneration),
  ])
  return { current, other, list: [current, other] }
}

/** The claims of a token that the account signed, whatever else may be wrong with it. */
export async function verified(account: AccountBase, world: World, token: string) {
  const keys = await publishedKeys(account, world)
  return account.signatures.verify(token, keys.list)
}

/** Claims signed by the current key, as the edge signs what is not a person's token. */
export async function signed(account: AccountBase, world: World, claims: object): Promise<string> {
  const { current } = await publishedKeys(account, world)
  return account.signatures.sign(claims, edgeHeader(current.kid), current)
}

/** A key of the pool that the certs endpoint does not publish: the generation after next, or a later one. */
export async function unpublished(
  account: AccountBase,
  world: World,
  published: readonly SigningKey[],
): Promise<SigningKey> {
  const { generation } = account.keyring()
  for (let ahead = 2; ; ahead += 1) {
    const key = await world.keys.pick(account.firstKey() + generation + ahead)
    if (published.every((known) => known.kid !== key.kid)) return key
  }
}
