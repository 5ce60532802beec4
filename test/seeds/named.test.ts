/** The bundled seeds: identical everywhere, and regenerated with different entropy. */
import { afterEach, describe, expect, test } from 'vitest'
import { seed as seedSchema } from '../../contracts/control/seed.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import { namedSeeds } from '../../emulator/seeds/index.ts'

const open: Emulator[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
})

/** An emulator's initial state: rows and credentials. */
async function everything(options: EmulatorOptions) {
  const emulator = await createEmulator({ at: '2026-01-01T00:00:00Z', ...options })
  open.push(emulator)
  return { seed: emulator.accounts(), state: await emulator.control.getState() }
}

/** Values of every field whose name says that it identifies or opens something. */
function identifying(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => identifying(each, path))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, each]) => identifying(each, name))
  }
  const isOne = /^(id|uid|aud|client_id|client_secret|api_token|token_id)$/.test(path)
  return isOne && typeof value === 'string' ? [value] : []
}

/** Counters and the keyring are named by us. */
const ours = (text: string) => text.includes(':') || text === 'keyring'

test.each(Object.entries(namedSeeds))(
  'Seed %s fits the contract, and states every default',
  (_, data) => {
    expect(seedSchema().parse(data)).toEqual(data)
  },
)

describe.each(['example', 'ticket'])('Seed %s', (seed) => {
  test('has the same ids and secrets on every run', async () => {
    const one = await everything({ seed })
    expect(identifying(one).length).toBeGreaterThan(15)
    expect(await everything({ seed })).toEqual(one)
  })

  test('is regenerated with other entropy: ids and secrets change, names stay', async () => {
    const plain = await everything({ seed })
    const one = await everything({ seed, entropy: 'one' })
    const again = await everything({ seed, entropy: 'one' })
    const two = await everything({ seed, entropy: 'two' })
    expect(again).toEqual(one)
    const kept = (a: unknown, b: unknown) => {
      const inB = new Set(identifying(b))
      return identifying(a).filter((value) => inB.has(value) && !ours(value))
    }
    expect(kept(plain, one)).toEqual([])
    expect(kept(one, two)).toEqual([])
    const names = ({ seed: accounts }: typeof one) =>
      accounts.flatMap(({ name, applications, service_tokens }) => [
        name,
        ...applications.map((application) => application.domain),
        ...service_tokens.map((token) => token.name),
      ])
    expect(names(one)).toEqual(names(plain))
  })
})

describe('An object that is added', () => {
  const apps = (...domains: string[]) =>
    domains.map((domain) => ({
      type: 'self_hosted' as const,
      name: domain,
      domain,
      policies: [],
    }))
  const seeded = (domains: string[], tokens: string[]) => ({
    accounts: [
      {
        name: 'Orchard',
        zones: [{ name: 'orchard.example' }],
        organization: { name: 'Orchard', auth_domain: 'orchard.cloudflareaccess.com' },
        service_tokens: tokens.map((name) => ({ name })),
        applications: apps(...domains),
      },
    ],
  })

  test('first in its list changes no id, secret or AUD tag of the others', async () => {
    const domains = ['a.orchard.example', 'b.orchard.example']
    const few = await everything({ seed: seeded(domains, ['x', 'y']), entropy: 'e' })
    const more = await everything({
      seed: seeded(['new.orchard.example', ...domains], ['new', 'x', 'y']),
      entropy: 'e',
    })
    const [before] = few.seed
    const [after] = more.seed
    expect(after?.applications.slice(1)).toEqual(before?.applications)
    expect(after?.service_tokens.slice(1)).toEqual(before?.service_tokens)
    expect({ ...after, applications: [], service_tokens: [] }).toEqual({
      ...before,
      applications: [],
      service_tokens: [],
    })
  })

  test('with the same name as another has its own ids', async () => {
    const { seed } = await everything({ seed: seeded([], ['x', 'x']), entropy: 'e' })
    const tokens = seed[0]?.service_tokens ?? []
    expect(
      new Set(tokens.flatMap(({ id, client_id, client_secret }) => [id, client_id, client_secret]))
        .size,
    ).toBe(6)
  })
})

test("A seed of one's own keeps what it states, whatever the entropy", async () => {
  const account = {
    id: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',
    name: 'Orchard',
    api_token: 'orchard-api-token',
    zones: [],
    organization: { name: 'Orchard', auth_domain: 'orchard.cloudflareaccess.com' },
    service_tokens: [{ name: 'x', client_id: '0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c.access' }],
  }
  const { seed } = await everything({ seed: { accounts: [account] }, entropy: 'e' })
  expect(seed[0]).toMatchObject({
    id: account.id,
    api_token: account.api_token,
    service_tokens: [{ client_id: '0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c.access' }],
  })
})

test('Accounts created later under the same name are separate accounts', async () => {
  const emulator = await createEmulator({ entropy: 'e' })
  open.push(emulator)
  const one = await emulator.control.createAccount({ body: { name: 'Twin' } })
  const two = await emulator.control.createAccount({
    body: { name: 'Twin', zone: 'twin-2.test', team: 'twin-2' },
  })
  expect(two.id).not.toBe(one.id)
  expect(two.api_token).not.toBe(one.api_token)
  expect(emulator.accounts().map(({ id }) => id)).toEqual([one.id, two.id])
})

test('An account that cannot be created leaves nothing behind', async () => {
  const emulator = await createEmulator({ seed: 'example' })
  open.push(emulator)
  const made = emulator.control.createAccount({ body: { name: 'Bad', team: 'no team at all' } })
  await expect(made).rejects.toThrow(/organization/)
  expect(emulator.accounts()).toHaveLength(1)
  const good = await emulator.control.createAccount({ body: { name: 'Bad' } })
  expect(good.zones.map(({ name }) => name)).toEqual(['bad.test'])
})
