/** Behaviour `edge.requires_dns_record`: a host without a record gets only the stand-in for NXDOMAIN. */
import { once } from 'node:events'
import http from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { scratch } from '../state/scratch.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({
    origins: { 'elsewhere.sub.example.com': 'http://127.0.0.1:9' },
    seed: {
      accounts: [
        {
          name: 'Names',
          api_token: 'token-of-the-account-with-names',
          zones: [
            {
              name: 'example.com',
              dns_records: [
                { type: 'AAAA', name: 'app', content: '100::', proxied: true },
                { type: 'AAAA', name: '*', content: '100::', proxied: true },
              ],
            },
            { name: 'sub.example.com' },
          ],
          organization: { name: 'Names', auth_domain: 'names.cloudflareaccess.com' },
          applications: ['app.example.com', 'app.sub.example.com'].map((domain) => ({
            type: 'self_hosted' as const,
            domain,
          })),
        },
      ],
    },
  })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

const status = async (url: string, init?: RequestInit) => (await emulator.fetch(url, init)).status
const require = (value: boolean | 'even_with_application' | null) =>
  emulator.control.setBehaviours({ body: { 'edge.requires_dns_record': value } })

const call = async (method: string, path: string, body?: unknown) => {
  const answer = await emulator.fetch(`${emulator.url}/client/v4${path}`, {
    method,
    headers: {
      authorization: `Bearer ${emulator.account.api_token}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(answer.status).toBeLessThan(300)
  return ((await answer.json()) as { result: { id: string } }).result.id
}
const appsPath = () => `/accounts/${emulator.account.id}/access/apps`
const inSubZone = (kind: string) => `/zones/${emulator.account.zones[1]?.id}/${kind}`

test('a host that nothing names is served in profile expected, and answers 530 in the others', async () => {
  const url = 'https://nobody.sub.example.com/'
  expect(await status(url)).toBe(200)
  for (const profile of ['observed', 'strict'] as const) {
    const other = await createEmulator({ profile, seed: 'example' })
    onTestFinished(() => other.close())
    const refused = await other.fetch('https://nobody.example.com/')
    expect(refused.status).toBe(530)
    expect(await refused.text()).toBe('error code: 1016')
    expect(refused.headers.get('access-emulator-evidence')).toBe('emulator_only')
    expect((await other.fetch('https://machines.example.com/')).status).toBe(403)
    const own = await other.control.createAccount({ body: { name: 'second' } })
    expect((await other.fetch(`https://app.${own.zones[0]?.name}/`)).status).toBe(530)
  }
})

test('an upgrade and the paths of Access go with the host, the team domain stays', async () => {
  await require(true)
  const path = '/cdn-cgi/access/certs'
  expect(await status(`https://app.example.com${path}`)).toBe(200)
  expect(await status(`https://nobody.sub.example.com${path}`)).toBe(530)
  expect(await status(`https://names.cloudflareaccess.com${path}`)).toBe(200)
  const request = http.request({
    port: emulator.port,
    headers: { host: 'nobody.sub.example.com', connection: 'upgrade', upgrade: 'websocket' },
  })
  const [answer] = (await once(request.end(), 'response')) as [http.IncomingMessage]
  expect(answer.statusCode).toBe(530)
  answer.destroy()
})

test('a host with a record of its own or under a wildcard is served', async () => {
  await require(true)
  expect(await status('https://app.example.com/')).toBe(403)
  expect(await status('https://any.example.com/')).toBe(200)
  // The wildcard is the other zone's.
  expect(await status('https://sub.example.com/')).toBe(530)
})

test('a Worker route and an origin name a host too', async () => {
  await require(true)
  const url = 'https://routed.sub.example.com/'
  expect(await status(url)).toBe(530)
  const id = await call('POST', inSubZone('workers/routes'), {
    pattern: '*.sub.example.com/api/*',
    script: 'api',
  })
  expect(await status(url)).toBe(200)
  await call('DELETE', `${inSubZone('workers/routes')}/${id}`)
  expect(await status(url)).toBe(530)
  // Nothing listens there: the edge says so.
  expect(await status('https://elsewhere.sub.example.com/')).toBe(521)
})

test('a host lives on when its application is deleted or moved, over a restore too, and not over a reset', async () => {
  await require(true)
  const url = 'https://new.sub.example.com/'
  const moved = 'https://moved.sub.example.com/'
  const type = 'self_hosted'
  const id = await call('POST', appsPath(), { type, domain: 'new.sub.example.com/admin' })
  expect(await status(url)).toBe(200)
  await call('PUT', `${appsPath()}/${id}`, { type, domain: '*.other.sub.example.com' })
  await call('PUT', `${appsPath()}/${id}`, { type, domain: 'moved.sub.example.com' })
  await call('DELETE', `${appsPath()}/${id}`)
  const hosts = [
    url,
    moved,
    'https://a.other.sub.example.com/',
    'https://a.b.other.sub.example.com/',
  ]
  expect(await Promise.all(hosts.map((each) => status(each)))).toEqual([200, 200, 200, 530])
  const state = await emulator.control.getState()
  await emulator.reset()
  await require(true)
  expect(await status(moved)).toBe(530)
  await emulator.control.putState({ body: state })
  expect(await status(moved)).toBe(200)
})

test('a folder keeps the hosts of deleted applications', async () => {
  const { state } = scratch()
  const options = { profile: 'observed', seed: 'example', state } as const
  const first = await createEmulator(options)
  const { account, control } = first
  const application = account.applications[0]
  await first.fetch(
    `${first.url}/client/v4/accounts/${account.id}/access/apps/${application?.id}`,
    { method: 'DELETE', headers: { authorization: `Bearer ${account.api_token}` } },
  )
  expect((await control.getState()).former_hosts).toHaveLength(1)
  await first.close()
  const second = await createEmulator(options)
  onTestFinished(() => second.close())
  expect((await second.control.getState()).former_hosts).toEqual([{ id: application?.domain }])
  expect((await second.fetch(second.urlFor(application?.domain ?? ''))).status).toBe(200)
})

test('with even_with_application only a record counts, and acts at once', async () => {
  const url = 'https://app.sub.example.com/'
  await require(true)
  expect(await status(url)).toBe(403)
  await require('even_with_application')
  expect(await status(url)).toBe(530)
  expect(await status('https://elsewhere.sub.example.com/')).toBe(530)
  const id = await call('POST', inSubZone('dns_records'), {
    ...{ type: 'A', name: 'app', content: '192.0.2.1', proxied: true },
  })
  expect(await status(url)).toBe(403)
  await call('DELETE', `${inSubZone('dns_records')}/${id}`)
  expect(await status(url)).toBe(530)
})
