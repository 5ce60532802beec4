/** An emulator of its own for the official client, with the account and zone it uses. */
import Cloudflare, { type ClientOptions } from 'cloudflare'
import { z } from 'zod'
import type { SeedInput } from '../../contracts/control/seed.ts'
import type { Method } from '../../contracts/declaration/endpoint.ts'
import { parseJson } from '../../contracts/declaration/json.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { createRecorder, type Seen } from './recorder.ts'

export interface Witness {
  readonly emulator: Emulator
  readonly client: Cloudflare
  readonly seen: readonly Seen[]
  readonly account_id: string
  readonly zone_id: string
  /** A request to `/client/v4` + path as anyone may send it, for what the client has no method for. */
  send(method: Method, path: string, body?: unknown): Promise<{ readonly result: unknown }>
  /** A host of the zone that no other call of this was given. */
  freshHost(): string
}

/** The scope of a life cycle: the same one runs in both scopes. */
export type TestScope = { readonly account_id: string } | { readonly zone_id: string }

export function clientOf(
  emulator: Emulator,
  options: ClientOptions & { readonly fetch: typeof fetch },
): Cloudflare {
  return new Cloudflare({
    baseURL: `${emulator.url}/client/v4`,
    // Ignore this machine's environment.
    apiToken: null,
    apiKey: null,
    apiEmail: null,
    userServiceKey: null,
    ...options,
  })
}

export async function openWitness(seed: string | SeedInput = 'example'): Promise<Witness> {
  const emulator = await createEmulator({ seed })
  const recorder = createRecorder()
  const { account } = emulator
  const [zone] = account.zones
  if (zone === undefined) throw new Error('the seed has no zone')
  let hosts = 0
  return {
    emulator,
    seen: recorder.seen,
    client: clientOf(emulator, {
      apiToken: account.api_token,
      fetch: recorder.fetchFor('cloudflare'),
    }),
    account_id: account.id,
    zone_id: zone.id,
    async send(method, path, body) {
      const answer = await recorder.fetchFor('fetch')(`${emulator.url}/client/v4${path}`, {
        method,
        headers: {
          authorization: `Bearer ${account.api_token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      const read = z.object({ result: z.unknown() }).safeParse(parseJson(text))
      return read.success ? read.data : { result: text }
    },
    freshHost() {
      hosts += 1
      return `witness-${hosts}.${zone.name}`
    },
  }
}

/** All items of all pages; detects an emulator that repeats a page forever. */
export async function everyItem<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of pages) {
    items.push(item)
    if (items.length > 500) throw new Error('the pages do not end')
  }
  return items
}

export interface LifeCycle {
  readonly title: string
  readonly seed?: string | SeedInput
  drive(witness: Witness): Promise<void>
}

/** The same life cycle under an account and under a zone. */
export function inBothScopes(
  title: string,
  drive: (witness: Witness, place: TestScope) => Promise<void>,
): LifeCycle[] {
  return [
    {
      title: `${title} under an account`,
      drive: (witness) => drive(witness, { account_id: witness.account_id }),
    },
    {
      title: `${title} under a zone`,
      drive: (witness) => drive(witness, { zone_id: witness.zone_id }),
    },
  ]
}

/** The client's types leave almost every field optional. */
export function present<T>(value: T): NonNullable<T> {
  if (value === undefined || value === null) throw new Error('the answer lacks what it must have')
  return value
}
