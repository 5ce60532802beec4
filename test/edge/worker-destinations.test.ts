/** Worker destinations: which hosts they protect, what takes precedence, and what they leave open. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ApplicationBody } from '../../contracts/api/applications.ts'
import type { SeedInput } from '../../contracts/control/seed.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import type { Log } from '../../emulator/world/log.ts'
import { silent } from '../../emulator/world/log.ts'
import { scratch } from '../state/scratch.ts'
import { fetchOrUpgrade } from '../support/upgrade.ts'

const pair = {
  client_id: `${'1'.repeat(32)}.access`,
  client_secret: `cfast_${'1'.repeat(48)}`,
}
const withPair = {
  'CF-Access-Client-Id': pair.client_id,
  'CF-Access-Client-Secret': pair.client_secret,
}
type Destinations = NonNullable<ApplicationBody['destinations']>

const app = (name: string, destinations: Destinations) =>
  ({
    type: 'self_hosted',
    name,
    destinations: [...destinations],
    policies: [
      { name, decision: 'non_identity', include: [{ service_token: { name: 'machine' } }] },
    ],
  }) satisfies NonNullable<SeedInput['accounts'][number]['applications']>[number]

const seedOf = (
  applications: SeedInput['accounts'][number]['applications'],
  more: Partial<SeedInput['accounts'][number]> = {},
): SeedInput => ({
  accounts: [
    {
      name: 'Workers',
      api_token: 'token-of-the-account-with-workers',
      zones: [{ name: 'example.com' }],
      organization: { name: 'Workers', auth_domain: 'workers.cloudflareaccess.com' },
      service_tokens: [{ name: 'machine', ...pair }],
      applications,
      ...more,
    },
  ],
})
const worker = (id: string, more: object = {}) => ({
  type: 'worker' as const,
  worker_id: id,
  ...more,
})
const site = 'site.example.com'
const devSite = 'site.acme.workers.dev'
const preview = 'pr-1-site.acme.workers.dev'
const workers = {
  [site]: 'site',
  [devSite]: 'site',
  [preview]: 'site:preview',
  'api.example.com': 'api',
}

async function started(options: EmulatorOptions): Promise<Emulator> {
  const emulator = await createEmulator({ profile: 'observed', workers, ...options })
  onTestFinished(() => emulator.close())
  return emulator
}

/** The AUD tag of the refusing application, or 200 from the origin. */
async function guard(emulator: Emulator, host: string, path = '/') {
  const { status, headers } = await emulator.fetch(`https://${host}${path}`, { redirect: 'manual' })
  const aud = headers.get('cf-access-aud')
  return emulator.account.applications.find((each) => each.aud === aud)?.name ?? status
}

describe('by precedence', () => {
  const all = [
    app('everything', [{ type: 'all_workers' }]),
    app('every preview', [{ type: 'all_preview_workers' }]),
    app('the Worker', [worker('site')]),
    app('its previews', [{ type: 'preview_worker', worker_id: 'site' }]),
    app('a path', [{ type: 'public', uri: `${site}/admin` }]),
  ]
  const names = all.map(({ name }) => name)
  const without = (...left: string[]) => seedOf(all.filter(({ name }) => !left.includes(name)))

  test('a host and path, the Worker, the account', async () => {
    const emulator = await started({ seed: seedOf(all) })
    expect(names).toHaveLength(5)
    expect(await guard(emulator, site, '/admin')).toBe('a path')
    expect(await guard(emulator, site)).toBe('the Worker')
    expect(await guard(emulator, devSite)).toBe('the Worker')
    expect(await guard(emulator, 'api.example.com')).toBe('everything')
    expect(await guard(emulator, preview)).toBe('its previews')
  })

  test.each([
    [['its previews'], 'the Worker'],
    [['its previews', 'the Worker'], 'every preview'],
    [['its previews', 'the Worker', 'every preview'], 'everything'],
    [['its previews', 'the Worker', 'every preview', 'everything'], 200],
  ])('of a preview, without %j: %s', async (left, guarding) => {
    expect(await guard(await started({ seed: without(...left) }), preview)).toBe(guarding)
  })

  test('previews alone leave the Worker itself open', async () => {
    const emulator = await started({ seed: without('the Worker', 'everything', 'a path') })
    expect(await guard(emulator, preview)).toBe('its previews')
    expect(await guard(emulator, site)).toBe(200)
  })
})

describe('one Worker', () => {
  const overrides = [
    { behavior: 'public', path_pattern: '/hooks/*' },
    { behavior: 'public', path_pattern: '/health' },
    { behavior: 'hidden', path_pattern: '/other' },
    { behavior: 'public', path_pattern: '/%' },
  ]
  const seed = seedOf([app('the Worker', [worker('site', { overrides })])])
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await createEmulator({ profile: 'observed', workers, seed })
    return () => emulator.close()
  })

  test('is entered with the pair, which the origin does not get', async () => {
    const answer = await emulator.fetch(`https://${devSite}/`, { headers: withPair })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('set-cookie')).toContain('CF_Authorization=')
    const { headers } = (await answer.json()) as { headers: Record<string, string> }
    expect(headers['cf-access-jwt-assertion']).toBeDefined()
    expect(headers['cf-access-client-secret']).toBeUndefined()
    const refused = await emulator.fetch(`https://${devSite}/`)
    expect(refused.headers.get('cf-access-domain')).toBe(devSite)
    expect((await emulator.fetch(`https://${devSite}/cdn-cgi/access/certs`)).status).toBe(200)
  })

  test.each([
    ['/hooks/github', 200],
    ['/health', 200],
    ['/hooks', 'the Worker'],
    ['/health/deep', 'the Worker'],
    ['/hooks/../admin', 'the Worker'],
    ['/hooks/%2e%2e/admin', 'the Worker'],
    ['/other', 'the Worker'],
    ['/%25', 'the Worker'],
  ])('overridden for some paths: %s, %s', async (path, guarding) => {
    expect(await guard(emulator, site, path)).toBe(guarding)
  })

  test('takes no WebSocket, with an empty 403; an overridden path and another host do', async () => {
    const upgrade = async (host: string, path = '/') => {
      const headers = { ...withPair, connection: 'Upgrade', upgrade: 'websocket' }
      const answer = await fetchOrUpgrade(emulator, `https://${host}${path}`, { headers })
      const ray = answer.headers.get('cf-ray') ?? ''
      return { status: answer.status, body: await answer.text(), ray }
    }
    const { ray, ...refused } = await upgrade(site)
    expect(refused).toEqual({ status: 403, body: '' })
    const { result } = await emulator.control.readJournal({ query: { ray } })
    expect(result[0]).toMatchObject({ status: 403, host: site })
    expect((await upgrade(site, '/health')).status).not.toBe(403)
  })
})

describe('a Worker whose host is unknown', () => {
  const unmapped = app('the Worker', [worker('elsewhere')])
  const said =
    'The destination worker:elsewhere protects nothing: the emulator knows no host for it. Start it with --worker HOST=elsewhere, or list the host under "workers" in the seed.'

  test('is warned of in the answer and in the journal', async () => {
    const emulator = await started({ seed: seedOf([]) })
    const { account, url } = emulator
    const send = (method: string, path: string, destinations: object[]) =>
      emulator.fetch(`${url}/client/v4/accounts/${account.id}/access/apps${path}`, {
        method,
        headers: {
          authorization: `Bearer ${account.api_token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ type: 'self_hosted', name: 'app', destinations }),
      })
    const made = await send('POST', '', [worker('elsewhere')])
    const { result, messages } = (await made.json()) as {
      result: { id: string }
      messages: unknown
    }
    expect(made.status).toBe(201)
    expect(messages).toEqual([{ code: 19502, message: said }])
    const ray = made.headers.get('cf-ray') ?? ''
    const explained = await emulator.control.explain({ body: { ray } })
    expect(JSON.stringify(explained)).toContain('the emulator knows no host for it')
    const previews = [{ type: 'preview_worker', worker_id: 'api' }, { type: 'all_workers' }]
    const put = await send('PUT', `/${result.id}`, previews)
    expect(await put.json()).toMatchObject({
      messages: [{ message: expect.stringContaining('--worker HOST=api:preview') }],
    })
    expect(await (await send('PUT', `/${result.id}`, [worker('site')])).json()).toMatchObject({
      messages: [],
    })
  })

  test('is warned of at the start', async () => {
    const warned: string[] = []
    const log: Log = { ...silent, warn: (_: object, message: string) => warned.push(message) }
    await started({ seed: seedOf([unmapped]), log })
    expect(warned).toEqual([said])
  })
})

test('a seed names hosts too, and a folder keeps them', async () => {
  const { state } = scratch()
  const applications = [app('the Worker', [worker('site')])]
  const seed = seedOf(applications, { workers: [{ host: devSite, worker: 'site' }] })
  const first = await createEmulator({ seed, state, profile: 'observed' })
  expect(await guard(first, devSite)).toBe('the Worker')
  await first.close()
  const second = await started({ state, workers: {} })
  expect(await guard(second, devSite)).toBe('the Worker')
  expect(await guard(second, site)).toBe(530)
})

test.each([
  { 'app.example.com': '' },
  { 'app.example.com': 'a b' },
  { 'app.example.com': 'site:production' },
])('%j is no Worker', async (given) => {
  await expect(createEmulator({ workers: given })).rejects.toThrow('names no Worker')
})
