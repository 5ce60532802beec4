/** The journal records every request, whatever answers it, and `explain` gives the reason for each ray in words. */
import http from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decide } from '../../emulator/access/decide.ts'
import { createJournals } from '../../emulator/account/journal.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { inGroup, policy, rulebook, subject } from '../access/samples.ts'
import { listening } from '../network/origin/pipe.ts'

const at = '2026-01-02T03:04:05Z'
const team = 'example-team.cloudflareaccess.com'
const machines = 'machines.example.com'
const apps = '/client/v4/accounts/023e105f4ecef8ad9ca31a8372d0c353/access/apps'

let emulator: Emulator
let account: string
let token: string
beforeAll(async () => {
  emulator = await createEmulator({ profile: 'observed', seed: 'example', at })
  account = emulator.account.id
  token = emulator.account.api_token
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

/** Sends bytes on a new connection and returns the whole response. */
async function exchange(bytes: string, of = emulator): Promise<string> {
  const socket = connect(of.port, '127.0.0.1')
  socket.write(bytes)
  return text(socket)
}

/** A raw request with `Connection: close`. */
function request(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const all = {
    connection: 'close',
    ...headers,
    ...(body === '' ? {} : { 'content-length': String(body.length) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `${[`${line} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${body}`
}

const rayOf = (answer: string) => /^cf-ray: (.*)\r$/im.exec(answer)?.[1] ?? 'none'
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

const api = { host: 'api.cloudflare.com' }
const bearer = () => ({ ...api, authorization: `Bearer ${token}` })
const json = { 'content-type': 'application/json' }
const upgrade = { connection: 'Upgrade', upgrade: 'websocket' }

interface Row {
  readonly sent: () => string
  readonly status: number
  readonly entry: object
  readonly why: RegExp
}

const rows: Readonly<Record<string, Row>> = {
  'an operation that there is not': {
    sent: () => request(`PATCH ${apps}/x`, bearer()),
    status: 404,
    entry: { reason: 'route_unknown', code: 7003, operation: 'api', account: 'own' },
    why: /^Not an operation of the API/,
  },
  'an operation that is not built': {
    sent: () => request(`GET ${apps.replace('/access/apps', '/workers/scripts')}`, bearer()),
    status: 501,
    entry: { reason: 'not_emulated', code: 19501, account: 'own' },
    why: /does not implement this operation of Cloudflare's API: GET \/accounts\/\{account_id\}\/workers\/scripts/,
  },
  'no credentials': {
    sent: () => request(`GET ${apps}`, api),
    status: 400,
    entry: { reason: 'no_credentials', code: 9106, operation: 'applications.list', account: null },
    why: /carries no API credentials/,
  },
  'unknown credentials': {
    sent: () => request(`GET ${apps}`, { ...api, authorization: 'Bearer of-somebody-else' }),
    status: 403,
    entry: { reason: 'authentication_error', code: 10000, account: null },
    why: /^Unknown credentials/,
  },
  'unknown credentials, for an operation that does not exist': {
    sent: () => request('GET /client/v4/nothing', { ...api, authorization: 'Bearer of-somebody' }),
    status: 403,
    entry: { reason: 'authentication_error', operation: 'api', account: null },
    why: /^Unknown credentials/,
  },
  'the account of others': {
    sent: () => request(`GET ${apps.replace('023e', 'ffff')}`, bearer()),
    status: 403,
    entry: { reason: 'unauthorized_resource', code: 9109, account: 'own' },
    why: /belong to another account/,
  },
  'a body that is no JSON': {
    sent: () => request(`POST ${apps}`, { ...bearer(), ...json }, '{no'),
    status: 400,
    entry: { reason: 'invalid_request', code: 12130, operation: 'api', account: 'own' },
    why: /the body is not valid JSON/,
  },
  'a body of another type': {
    sent: () => request(`POST ${apps}`, { ...bearer(), 'content-type': 'text/plain' }, 'a=1'),
    status: 400,
    entry: { reason: 'invalid_request', account: 'own' },
    why: /the body must be JSON/,
  },
  'a body that the contract refuses': {
    sent: () =>
      request(
        `POST ${apps.replace('/apps', '/service_tokens')}`,
        { ...bearer(), ...json },
        '{"name":7}',
      ),
    status: 400,
    entry: { reason: 'invalid_request', operation: 'serviceTokens.create', account: 'own' },
    why: /access\.api\.error\.invalid_request: name/,
  },
  'a host that is not served': {
    sent: () => request('GET /a?b=1', { host: 'elsewhere.test' }),
    status: 421,
    entry: { host: 'elsewhere.test', path: '/a?b=1', reason: 'host_not_served', account: null },
    why: /The host "elsewhere\.test" is in no zone of this emulator/,
  },
  'an unknown path on the API’s name': {
    sent: () => request('GET /v4/accounts', api),
    status: 404,
    entry: { host: 'api.cloudflare.com', reason: 'not_served_here', operation: 'door' },
    why: /serves \/client\/v4/,
  },
  'an unknown team': {
    sent: () => request('GET /cdn-cgi/access/certs', { host: 'nobody.cloudflareaccess.com' }),
    status: 404,
    entry: { host: 'nobody.cloudflareaccess.com', reason: 'organization_unknown', account: null },
    why: /^No account here has the team nobody\.cloudflareaccess\.com/,
  },
  'an unknown path on the team domain': {
    sent: () => request('GET /nothing', { host: team }),
    status: 404,
    entry: { reason: 'team_path_unknown', account: 'own' },
    why: /no such path/,
  },
  'an unknown Access path': {
    sent: () => request('GET /cdn-cgi/access/nothing?a=1', { host: machines }),
    status: 404,
    entry: { reason: 'path_unknown', operation: 'edge.path', account: 'own' },
    why: /^Access has no path \/cdn-cgi\/access\/nothing, /,
  },
  'the exchange, which does not exist': {
    sent: () => request('POST /cdn-cgi/access/service/auth', { host: machines }),
    status: 404,
    entry: { reason: 'service_auth_absent', operation: 'edge.service_auth', account: 'own' },
    why: /^Cloudflare Access has no POST \/cdn-cgi\/access\/service\/auth/,
  },
  'the exchange, which does not exist, with GET': {
    sent: () => request('GET /cdn-cgi/access/service/auth', { host: machines }),
    status: 404,
    entry: { reason: 'service_auth_absent', account: 'own' },
    why: /^Cloudflare Access has no POST/,
  },
  'a host that no record names': {
    sent: () => request('GET /cdn-cgi/access/get-identity', { host: 'open.example.com' }),
    status: 530,
    entry: { reason: 'host_without_record', account: 'own' },
    why: /^The host has no DNS record/,
  },
  'a path that cannot be one': {
    sent: () => request('GET /%zz', { host: machines }),
    status: 400,
    entry: { path: '/%zz', reason: 'path_malformed', account: 'own' },
    why: /malformed escape/,
  },
  'an upgrade to a path that cannot be one': {
    sent: () => request('GET /%zz', { host: machines, ...upgrade }),
    status: 400,
    entry: { reason: 'path_malformed', account: 'own' },
    why: /malformed escape/,
  },
  'an upgrade that Access refuses': {
    sent: () => request('GET /', { host: machines, ...upgrade }),
    status: 403,
    entry: { verdict: 'deny', reason: 'no_interactive_policy', account: 'own' },
    why: /^No credentials were sent/,
  },
  'an upgrade that the built-in origin does not take': {
    sent: () => request('GET /', { host: 'shop.example.com', ...upgrade }),
    status: 501,
    entry: { reason: 'origin_builtin_upgrade', account: 'own' },
    why: /built-in origin does not upgrade/,
  },
  'an upgrade of the API': {
    sent: () => request('GET /client/v4/user', { ...api, ...upgrade }),
    status: 400,
    entry: { reason: 'no_upgrade', operation: 'door', account: null },
    why: /upgrade/,
  },
  'a tunnel to a name that is not served': {
    sent: () => request('CONNECT registry.example:443', { host: 'registry.example:443' }),
    status: 403,
    entry: {
      ...{ method: 'CONNECT', host: 'registry.example', path: '', account: null },
      reason: 'proxy_name_refused',
    },
    why: /does not serve "registry\.example".*--passthrough registry\.example/,
  },
  'a tunnel to nowhere': {
    sent: () => request('CONNECT /', { host: 'x' }),
    status: 400,
    entry: { method: 'CONNECT', host: '', reason: 'authority_invalid' },
    why: /./,
  },
  'an absolute address that is not served': {
    sent: () => request('GET http://registry.example/a', { host: 'registry.example' }),
    status: 403,
    entry: { host: 'registry.example', path: '/a', reason: 'proxy_name_refused' },
    why: /--passthrough registry\.example/,
  },
  'two hosts': {
    sent: () => `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`,
    status: 400,
    entry: { reason: 'host_repeated' },
    why: /more than one Host/,
  },
  'an expectation that is not met': {
    sent: () => request('GET /', { host: machines, expect: 'tea' }),
    status: 417,
    entry: { host: machines, reason: 'no_expectation' },
    why: /100-continue/,
  },
  'what is no HTTP': {
    sent: () => 'NONSENSE\r\n\r\n',
    status: 400,
    entry: { method: '', host: '', path: '', reason: 'not_http', account: null },
    why: /not valid HTTP/,
  },
}

describe('A refused request is in the journal, and its ray leads to the reason', () => {
  test.each(Object.entries(rows))('%s', async (_, { sent, status, entry, why }) => {
    const answer = await exchange(sent())
    expect(statusOf(answer)).toBe(status)
    const ray = rayOf(answer)
    const { result } = await emulator.control.readJournal({ query: { ray } })
    const own = 'account' in entry && entry.account === 'own' ? { account } : {}
    expect(result).toEqual([expect.objectContaining({ ray, status, ...entry, ...own })])
    expect(result[0]?.why).toMatch(why)
    expect(result[0]?.why).toMatch(/[.!?]$/)
    const explained = await emulator.control.explain({ body: { ray } })
    expect(explained).toMatchObject({ why: result[0]?.why, reason: result[0]?.reason })
    const page = await fetch(`${emulator.url}/__access/requests/${ray}`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<h2>Why</h2>')])
  })

  test('a path of Access on a host without an application', async () => {
    await emulator.control.setBehaviours({ body: { 'edge.requires_dns_record': false } })
    const sent = request('GET /cdn-cgi/access/get-identity', { host: 'open.example.com' })
    const ray = rayOf(await exchange(sent))
    expect(await emulator.control.explain({ body: { ray } })).toMatchObject({
      verdict: '404',
      reason: 'no_application_on_host',
      why: 'There is no application on this host, so Access has no paths there.',
    })
  })

  test('each at once, and nothing besides: the control API is not journaled', async () => {
    for (const { sent } of Object.values(rows)) await exchange(sent())
    await emulator.control.readJournal()
    await fetch(`${emulator.url}/__access/seed`)
    const { result } = await emulator.control.readJournal()
    expect(result.map(({ status }) => status)).toEqual(Object.values(rows).map((row) => row.status))
  })
})

describe('The status of an upgrade', () => {
  test('is what the origin answered, and 101 only where it agreed', async () => {
    const server = http.createServer()
    server.on('upgrade', ({ url }, socket) => {
      const agrees = url === '/agrees'
      socket.end(
        agrees
          ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
          : 'HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n',
      )
    })
    const origin = await listening(server)
    const host = 'open.example.com'
    const { origin: url } = origin.url
    const own = await createEmulator({ seed: 'example', origins: { [host]: url } })
    await exchange(request('GET /agrees', { host, ...upgrade }), own)
    const refused = await exchange(request('GET /refuses', { host, ...upgrade }), own)
    const { result } = await own.control.readJournal()
    expect(statusOf(refused)).toBe(429)
    expect(result).toMatchObject([
      { path: '/agrees', status: 101, reason: 'no_application' },
      { path: '/refuses', status: 429, reason: 'origin_answered' },
    ])
    expect(result[1]?.why).toBe('Access let the request through, and the origin answered 429.')
    await own.close()
  })
})

describe('GET journal', () => {
  const visit = async (host: string, path = '/') => exchange(request(`GET ${path}`, { host }))

  test('spans all accounts and requests without one, in order; ?account= selects one', async () => {
    const other = await emulator.control.createAccount({
      body: { name: 'Other', zone: 'other.test' },
    })
    await visit('a.other.test')
    await visit('elsewhere.test')
    await visit(machines)
    await visit('b.other.test')
    const hosts = async (query = {}) =>
      (await emulator.control.readJournal({ query })).result.map(({ host }) => host)
    expect(await hosts()).toEqual(['a.other.test', 'elsewhere.test', machines, 'b.other.test'])
    expect(await hosts({ account: other.id })).toEqual(['a.other.test', 'b.other.test'])
    expect(await hosts({ account })).toEqual([machines])
    const page = await (await fetch(`${emulator.url}/__access`)).text()
    expect(page.match(/elsewhere\.test\/<\/a>/g)).toHaveLength(1)
    expect(page).toContain('b.other.test')
    await emulator.control.clearJournal({ query: { account: other.id } })
    expect(await hosts()).toEqual(['elsewhere.test', machines])
    await emulator.control.clearJournal()
    expect(await hosts()).toEqual([])
    await emulator.control.deleteAccount({ query: { account: other.id } })
  })

  test('is paged by ?limit and ?after', async () => {
    for (const path of ['/1', '/2', '/3', '/4', '/5']) await visit(machines, path)
    const pages: string[][] = []
    let query = {}
    for (;;) {
      const answer = await fetch(
        `${emulator.url}/__access/journal?${new URLSearchParams({ limit: '2', ...query })}`,
      )
      const { result } = (await answer.json()) as { result: { path: string; ray: string }[] }
      if (result.length === 0) break
      pages.push(result.map(({ path }) => path))
      query = { after: result.at(-1)?.ray }
    }
    expect(pages).toEqual([['/1', '/2'], ['/3', '/4'], ['/5']])
    const gone = await fetch(`${emulator.url}/__access/journal?after=0000000000000000-EMU`)
    expect([gone.status, await gone.text()]).toEqual([404, expect.stringContaining('after')])
    expect((await fetch(`${emulator.url}/__access/journal?limit=0`)).status).toBe(400)
  })

  test('marks what only profile expected answers', async () => {
    const [pair] = emulator.account.service_tokens
    const headers = {
      'CF-Access-Client-Id': pair?.client_id ?? '',
      'CF-Access-Client-Secret': pair?.client_secret ?? '',
    }
    const send = async () => {
      const address = emulator.urlFor(`${machines}/cdn-cgi/access/service/auth`)
      await emulator.fetch(address, { method: 'POST', headers })
      return (await emulator.control.readJournal()).result.at(-1)
    }
    expect(await send()).toMatchObject({ status: 404, expected_only: false })
    await emulator.control.setBehaviours({ body: { 'service_auth.endpoint': 'exchange' } })
    expect(await send()).toMatchObject({ status: 200, expected_only: true })
  })
})

describe('What a journal keeps', () => {
  const answered = (path: string) => ({
    ...{ ray: 'r', nowMs: 0, host: 'h', method: 'GET', operation: 'gate', status: 200 },
    ...{ path, fault: null, mode: null },
  })

  test('is bounded by the number of entries', () => {
    const { ofNone } = createJournals({ entries: 3, bytes: 1000, evaluations: 1000 })
    for (let n = 1; n <= 10; n += 1) ofNone.add(answered(`/${n}`))
    expect(ofNone.list().map((each) => each.answered.path)).toEqual(['/8', '/9', '/10'])
  })

  test('and by bytes, which no one request takes from all others', () => {
    const { ofNone } = createJournals()
    for (let n = 1; n <= 500; n += 1) ofNone.add(answered(`/${n}?${'x'.repeat(100_000)}`))
    const kept = ofNone.list()
    const bytes = kept.reduce((sum, each) => sum + each.answered.path.length, 0)
    expect(bytes).toBeLessThanOrEqual(2 ** 20)
    expect(kept.length).toBeGreaterThan(100)
    expect(kept.at(-1)?.answered.path).toMatch(/^\/500\?x+…$/)
  })

  test('and by the steps of different trails, but for the newest', () => {
    const { ofNone } = createJournals({ entries: 100, bytes: 1000, evaluations: 1000 })
    const times = { created_at: at, updated_at: at }
    const ids = { id: 'a', uid: 'a', aud: 'a' }
    const application = { ...ids, type: 'self_hosted' as const, links: [], extra: {}, ...times }
    const evaluated = (rules: number) => {
      const facts = rulebook([
        policy('allow', { include: Array.from({ length: rules }, () => inGroup('none')) }),
      ])
      const verdict = decide(facts, subject())
      return { application, subject: subject(), rulebook: facts, verdict, onlyExpected: false }
    }
    const [one, same, large] = [evaluated(1), evaluated(1), evaluated(100)]
    expect(large.verdict.trail.length).toBeGreaterThan(100)
    for (let n = 1; n <= 10; n += 1) ofNone.add(answered(`/${n}`), one)
    expect(ofNone.list()).toHaveLength(10)
    ofNone.add(answered('/large'), large)
    expect(ofNone.list().map((each) => each.answered.path)).toEqual(['/large'])
    ofNone.add(answered('/next'), same)
    expect(ofNone.list().map((each) => each.answered.path)).toEqual(['/next'])
  })

  test('and by the copies of rows that entries of other replicas have', () => {
    const times = { created_at: at, updated_at: at }
    const ids = { id: 'a', uid: 'a', aud: 'a' }
    const facts = rulebook([policy('allow', { include: [inGroup('none')] })])
    const verdict = decide(facts, subject())
    const listedFrom = (replica: { readonly replica?: string }) => {
      const { ofNone } = createJournals({ entries: 100, bytes: 10_000, evaluations: 10_000 })
      for (let sequence = 1; sequence <= 20; sequence += 1) {
        const extra = { note: 'x'.repeat(1000) }
        const row = { ...ids, type: 'self_hosted' as const, links: [], extra, ...times }
        const more = { subject: subject(), rulebook: facts, verdict, onlyExpected: false }
        const evaluation = { application: row, ...more }
        const entry = { account: null, answered: answered(`/${sequence}`), evaluation, sequence }
        ofNone.receive({ ...entry, ...replica })
      }
      return ofNone.list().map((each) => each.answered.path)
    }
    const kept = listedFrom({ replica: 'other' })
    expect(kept.length).toBeLessThan(10)
    expect(kept.at(-1)).toBe('/20')
    expect(listedFrom({})).toHaveLength(20)
  })

  test('a long URL of a real request is truncated, and nothing else is dropped', async () => {
    await exchange(request('GET /first', { host: machines }))
    await exchange(request(`GET /${'x'.repeat(100_000)}`, { host: 'elsewhere.test' }))
    const { result } = await emulator.control.readJournal()
    expect(result.map(({ path }) => path.length)).toEqual([6, 8 * 1024 + 1])
  })
})

test('a listener gets every entry, however soon it is evicted', () => {
  const journals = createJournals({ entries: 1, bytes: 1000, evaluations: 1000 })
  const heard: unknown[] = []
  journals.listen(({ account: of, answered: { path } }) => heard.push([of, path]))
  const entry = { ray: '', nowMs: 0, host: '', method: '', operation: '', status: 200 }
  journals.make('a').add({ ...entry, path: '/1', fault: null, mode: null })
  journals.ofNone.add({ ...entry, path: '/2', fault: null, mode: null })
  expect(heard).toEqual([
    ['a', '/1'],
    [null, '/2'],
  ])
})
