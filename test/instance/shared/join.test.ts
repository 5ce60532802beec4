/** `createEmulator({ server })`: an account on a running shared emulator, by the same code as an emulator of one's own. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { adminToken } from './calls.ts'

let shared: Emulator
beforeAll(async () => {
  shared = await createEmulator({ shared: true, adminToken, seed: 'example' })
})
afterAll(() => shared.close())

async function joined(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await createEmulator({ server: shared.url, adminToken, ...options })
  onTestFinished(() => emulator.close())
  return emulator
}

const ids = () => shared.accounts().map(({ id }) => id)

/** A test as anyone writes it: it knows the seed's names, and nothing of where the emulator runs. */
async function passesWithThePair(emulator: Emulator, host: string) {
  const url = emulator.urlFor(host)
  const [pair] = emulator.account.service_tokens
  const headers = {
    'CF-Access-Client-Id': `${pair?.client_id}`,
    'CF-Access-Client-Secret': `${pair?.client_secret}`,
  }
  const without = await emulator.fetch(url, { redirect: 'manual' })
  const answer = await emulator.fetch(url, { headers, redirect: 'manual' })
  const { id, api_token } = emulator.account
  const apps = await emulator.fetch(
    `https://api.cloudflare.com/client/v4/accounts/${id}/access/apps`,
    { headers: { authorization: `Bearer ${api_token}` } },
  )
  const { result } = (await apps.json()) as { result: { domain: string }[] }
  const { result: journal } = await emulator.control.readJournal({ query: { account: id } })
  return {
    without: without.status,
    with: answer.status,
    apps: result.length,
    journal: journal.map(({ method, status, verdict }) => [method, status, verdict]),
  }
}

describe('the same code', () => {
  test.each([
    ['example', 'machines.example.com'],
    ['ticket', 'staging-website.cloudcache.ai'],
  ])('sees the same of seed %s as in an emulator of its own', async (seed, host) => {
    const own = await createEmulator({ seed })
    onTestFinished(() => own.close())
    const [there, here] = [await joined({ seed }), own]
    expect(await passesWithThePair(there, host)).toEqual(await passesWithThePair(here, host))
  })

  test('two of one seed stand side by side, with names and secrets of their own', async () => {
    const [one, other] = [await joined({ seed: 'example' }), await joined({ seed: 'example' })]
    expect(one.urlFor('machines.example.com')).toMatch(/^https:\/\/machines\.t\w{10}-example\.com$/)
    expect(one.urlFor('machines.example.com')).not.toBe(other.urlFor('machines.example.com'))
    expect(one.account.api_token).not.toBe(other.account.api_token)
    expect(one.account.service_tokens[0]?.client_id).not.toBe(
      other.account.service_tokens[0]?.client_id,
    )
    expect(JSON.stringify(one.account)).not.toContain('admin_token')
    const [pair] = other.account.service_tokens
    const answer = await one.fetch(one.urlFor('machines.example.com'), {
      headers: {
        'CF-Access-Client-Id': `${pair?.client_id}`,
        'CF-Access-Client-Secret': `${pair?.client_secret}`,
      },
      redirect: 'manual',
    })
    expect(answer.status).toBe(403)
  })

  test('a seed of one’s own keeps its secrets, and its hosts wherever they stand', async () => {
    const secret = `cfast_${'s'.repeat(48)}`
    const emulator = await joined({
      seed: {
        accounts: [
          {
            id: '023e105f4ecef8ad9ca31a8372d0c353',
            name: 'Mine',
            zones: [{ name: 'mine.test' }],
            organization: { name: 'Mine', auth_domain: 'mine.cloudflareaccess.com' },
            identity_providers: [{ type: 'onetimepin', name: 'PIN', config: {} }],
            service_tokens: [
              { name: 'ci', client_id: `${'a'.repeat(32)}.access`, client_secret: secret },
            ],
            applications: [
              {
                type: 'self_hosted',
                name: 'app',
                domain: 'app.mine.test/admin',
                destinations: [
                  { type: 'public', uri: 'app.mine.test/admin' },
                  { type: 'public', uri: '*.mine.test/x' },
                ],
                policies: [
                  {
                    name: 'people',
                    decision: 'allow',
                    include: [{ email_domain: { domain: 'mine.test' } }],
                  },
                ],
              },
            ],
          },
        ],
      },
    })
    const { account } = emulator
    expect(account.id).not.toBe('023e105f4ecef8ad9ca31a8372d0c353')
    expect(account.service_tokens[0]).toMatchObject({ client_secret: secret })
    const zone = account.zones[0]?.name ?? ''
    expect(zone).toMatch(/^t\w+-mine\.test$/)
    expect(account.auth_domain).toMatch(/^t\w+-mine\.cloudflareaccess\.com$/)
    const { applications, policies } = await emulator.control.getState()
    expect(applications).toMatchObject([
      {
        domain: `app.${zone}/admin`,
        destinations: [{ uri: `app.${zone}/admin` }, { uri: `*.${zone}/x` }],
      },
    ])
    expect(policies).toMatchObject([{ include: [{ email_domain: { domain: 'mine.test' } }] }])
    const session = await emulator.control.createSession({
      body: { email: 'ada@mine.test', application: 'app' },
    })
    expect(session.verdict).toBe('pass')
    // A URL of the seed is meant for the emulator, too.
    const answer = await emulator.fetch('https://app.mine.test/admin', { redirect: 'manual' })
    expect(answer.headers.get('location')).toContain(account.auth_domain)
    const asked = new Request('https://app.mine.test/admin', { method: 'POST', body: 'x' })
    expect((await emulator.fetch(asked, { redirect: 'manual' })).status).toBe(302)
  })

  test('a description of the client is believed', async () => {
    const address = '203.0.113.9'
    const emulator = await joined({
      seed: {
        accounts: [
          {
            name: 'Office',
            zones: [{ name: 'office.test' }],
            organization: { name: 'Office', auth_domain: 'office.cloudflareaccess.com' },
            applications: [
              {
                type: 'self_hosted',
                name: 'app',
                domain: 'app.office.test',
                policies: [
                  {
                    name: 'office',
                    decision: 'bypass',
                    include: [{ ip: { ip: `${address}/32` } }],
                  },
                ],
              },
            ],
          },
        ],
      },
    })
    const url = emulator.urlFor('app.office.test')
    const headers = { 'access-emulator-client-ip': address }
    expect((await emulator.fetch(url, { redirect: 'manual' })).status).toBe(403)
    expect((await emulator.fetch(url, { redirect: 'manual', headers })).status).toBe(200)
  })
})

describe('its account alone', () => {
  test('reset and close touch nothing else', async () => {
    const before = ids()
    const [mine, other] = [await joined(), await joined()]
    const people = async ({ control }: Emulator) => (await control.getState()).users?.length
    for (const { control } of [mine, other]) {
      await control.createSession({ body: { email: 'ada@example.com' } })
    }
    await mine.reset()
    expect([await people(mine), await people(other)]).toEqual([0, 1])
    expect(ids()).toEqual([...before, mine.account.id, other.account.id])
    const { id } = mine.account
    await mine.close()
    expect(ids()).toEqual([...before, other.account.id])
    expect(ids()).not.toContain(id)
    expect(() => mine.account).toThrow('Every account has been deleted')
  })

  test('another account is refused, and so is the clock of all', async () => {
    const [mine, other] = [await joined(), await joined()]
    const query = { account: other.account.id }
    await expect(mine.control.getState({ query })).rejects.toThrow(
      'control.state.get refuses: This admin token reaches only its own account',
    )
    await expect(mine.control.setClock({ body: { advance: 1 } })).rejects.toThrow(
      /control.clock.set refuses: The clock is one for all accounts/,
    )
    expect((await mine.control.getClock()).mode).toBe('real')
    expect((await mine.control.getSeed()).accounts.map(({ id }) => id)).toEqual([mine.account.id])
  })

  test('further accounts are its own, too', async () => {
    const mine = await joined()
    const second = await mine.control.createAccount({ body: { name: `${mine.account.name} two` } })
    expect(mine.accounts().map(({ id }) => id)).toEqual([mine.account.id, second.id])
    const query = { account: second.id }
    await mine.control.createSession({ query, body: { email: 'ada@example.com' } })
    expect((await mine.control.getState({ query })).users).toHaveLength(1)
    expect((await mine.control.getState()).users).toHaveLength(0)
    const answer = await mine.fetch(`https://app.${second.zones[0]?.name}/`)
    expect(answer.status).toBe(200)
    await mine.control.deleteAccount({ query })
    expect(mine.accounts().map(({ id }) => id)).toEqual([mine.account.id])
    expect(ids()).not.toContain(second.id)
  })

  test('names of others are not reached', async () => {
    const [mine, other] = [await joined(), await joined()]
    const answer = mine.fetch(`https://app.${other.account.zones[0]?.name}/`)
    await expect(answer).rejects.toThrow()
  })
})

describe('how it is reached', () => {
  test('by the variables, where server says so', async () => {
    vi.stubEnv('ACCESS_EMULATOR_URL', shared.url)
    vi.stubEnv('ACCESS_EMULATOR_ADMIN_TOKEN', adminToken)
    onTestFinished(() => void vi.unstubAllEnvs())
    const emulator = await createEmulator({ server: true })
    expect(ids()).toContain(emulator.account.id)
    expect([emulator.url, emulator.port]).toEqual([shared.url, shared.port])
    await emulator.close()
    const own = await createEmulator()
    expect(own.url).not.toBe(shared.url)
    await own.close()
  })

  test.each([
    ['options of a start', { port: 1, origins: {} }, /leave out port, origins/],
    ['another profile', { profile: 'strict' }, /has the profile expected, not strict/],
    ['no URL', { server: 'localhost' }, /"localhost" is not a URL/],
    ['no variable', { server: true }, /ACCESS_EMULATOR_URL, which is not set/],
    ['nothing there', { server: 'http://127.0.0.1:1' }, /No emulator answers at http:\/\/127/],
    ['a wrong token', { adminToken: 'wrong' }, /This emulator is shared/],
  ] as const)('%s: one clear error', async (_what, options, message) => {
    vi.stubEnv('ACCESS_EMULATOR_URL', '')
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(joined(options)).rejects.toThrow(message)
  })
})

describe('POST /__access/accounts with a seed', () => {
  const make = async (body: object) => {
    const answer = await fetch(`${shared.url}/__access/accounts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, text: await answer.text() }
  }

  test.each([
    ['a file', { name: 'a', seed: '/etc/passwd' }, 400, 'is no named seed'],
    [
      'a field that is none',
      { name: 'a', seed: { wrong: 1 } },
      400,
      'seed.wrong: there is no such field',
    ],
    [
      'a zone beside it',
      { name: 'a', seed: 'example', zone: 'a.test' },
      400,
      'give a prefix instead',
    ],
    ['a prefix without it', { name: 'a', prefix: 'a' }, 400, 'only with a seed'],
    [
      'a zone that another has',
      { name: 'a', seed: 'example' },
      409,
      'already has the zone example.com',
    ],
    [
      'more than it may hold',
      { name: 'a', seed: 'example', prefix: 'b', max_objects: 2 },
      403,
      'at most 2 objects',
    ],
  ])('%s is refused', async (_what, body, status, message) => {
    const before = ids()
    const answer = await make(body)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text).error.message).toContain(message)
    expect(ids()).toEqual(before)
  })
})
