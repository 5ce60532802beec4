/** Record and replay: what a client saw in one emulator, another emulator reproduces. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import { createApiClient } from '../../../client/index.ts'
import { recordTo } from '../../../client/support-bundle/record.ts'
import { targetFrom } from '../../../client/target/target.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../../emulator/index.ts'
import { siteOf } from '../../../emulator/recordings/replay/overlay.ts'
import { silent } from '../../../emulator/world/log.ts'
import { runCommand, startCommand } from '../../support/command.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'))
})
afterAll(() => rm(folder, { recursive: true }))

let made = 0
function newFile(): string {
  made += 1
  return join(folder, `world-${made}.har`)
}

async function started(options: EmulatorOptions): Promise<Emulator> {
  const emulator = await createEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

const url = 'https://staging-apex.cloudcache.ai/'
const exchangePath = 'cdn-cgi/access/service/auth'

async function command(argv: readonly string[], emulator: Emulator) {
  const [pair] = emulator.account.service_tokens
  let printed = ''
  const keep = (text: string | Uint8Array) => {
    printed += String(text)
  }
  const env = {
    ACCESS_TARGET: 'live',
    CF_ACCESS_CLIENT_ID: pair?.client_id ?? '',
    CF_ACCESS_CLIENT_SECRET: pair?.client_secret ?? '',
  }
  const code = await run(argv, { env, fetch: emulator.fetch, out: keep, err: keep })
  return { code, printed }
}

/** The ticket as the client sees it: the login page, no exchange, and the API's responses. */
async function recordedTicket() {
  const file = newFile()
  const observed = await started({ profile: 'observed', seed: 'ticket' })
  const fetched = await command(['fetch', url, '--record', file], observed)
  const asked = await command(['fetch', url + exchangePath, '-d', '{}', '--record', file], observed)
  const { id, api_token } = observed.account
  const target = targetFrom({ target: 'live', fetch: observed.fetch })
  const recorder = await recordTo(file, { target })
  const api = createApiClient({ target: recorder.target, account_id: id, apiToken: api_token })
  const tokens = await api.serviceTokens.list().all()
  await recorder.save()
  return { file, observed, fetched, asked, tokens }
}

async function entriesOf(file: string) {
  const har = JSON.parse(await readFile(file, 'utf8')) as {
    log: {
      version: string
      entries: { request: { method: string; url: string }; response: { status: number } }[]
    }
  }
  return har.log
}

/** A HAR of these answers, as a browser would save it. */
async function harOf(
  answers: readonly {
    readonly url: string
    readonly method?: string
    readonly status?: number
    readonly body?: string
    readonly headers?: Readonly<Record<string, string>> | readonly (readonly [string, string])[]
  }[],
): Promise<string> {
  const file = newFile()
  const entries = answers.map(({ url, method = 'GET', status = 200, body = '', headers = {} }) => ({
    request: { method, url },
    response: {
      status,
      headers: (Array.isArray(headers) ? headers : Object.entries(headers)).map(
        ([name, value]: readonly [string, string]) => ({ name, value }),
      ),
      content: { text: body },
    },
  }))
  await writeFile(file, JSON.stringify({ log: { version: '1.2', entries } }))
  return file
}

const manual = { redirect: 'manual' } as const

describe('access-client --record', () => {
  test('appends every exchange to a HAR that only its owner can read', async () => {
    const { file, fetched, asked } = await recordedTicket()
    expect([fetched.code, asked.code]).toEqual([1, 0])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const { version, entries } = await entriesOf(file)
    expect(version).toBe('1.2')
    expect(
      entries.map(({ request, response }) => [request.method, request.url, response.status]),
    ).toEqual([
      ['GET', url, 302],
      ['POST', url + exchangePath, 404],
      ['GET', expect.stringContaining('/access/service_tokens?page=1'), 200],
      ['GET', expect.stringContaining('/access/service_tokens?page=2'), 200],
    ])
  })

  test('writes no secret, neither of the requests nor of the answers', async () => {
    const { file, observed } = await recordedTicket()
    const text = await readFile(file, 'utf8')
    const [pair] = observed.account.service_tokens
    expect(text).toContain(pair?.client_id)
    expect(text).not.toContain(pair?.client_secret)
    expect(text).not.toContain(observed.account.api_token)
    expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
    expect(text).toContain('[client_secret#1]')
  })

  test('leaves out a body that is too long as a whole, for a part of it could hold half a secret', async () => {
    const file = newFile()
    const secret = 'planted-far-into-the-body'
    const body = JSON.stringify({ client_secret: secret, filler: 'x'.repeat(1_200_000) })
    const target = targetFrom({ target: 'live', fetch: async () => new Response(body) })
    const recorder = await recordTo(file, { target })
    expect(await (await recorder.target.fetch(url)).text()).toBe(body)
    await recorder.save()
    const text = await readFile(file, 'utf8')
    expect(text).not.toContain('planted')
    expect(text).toContain('"comment": "longer than 1 MiB"')
  })

  test('leaves a file alone that it did not make, and sends nothing', async () => {
    const emulator = await started({ profile: 'observed', seed: 'ticket' })
    const file = await harOf([{ url }])
    const before = await readFile(file, 'utf8')
    const { code, printed } = await command(['fetch', url, '--record', file], emulator)
    expect(code).toBe(2)
    expect(printed).toContain('is not a recording of access-client')
    expect(await readFile(file, 'utf8')).toBe(before)
    expect((await emulator.control.readJournal()).result.length).toBe(0)
  })
})

describe('a recording laid over an emulator in profile expected', () => {
  test('gives its redirect, its 404 and its answer of the API, and leaves the rest', async () => {
    const { file, observed } = await recordedTicket()
    const emulator = await started({ profile: 'expected', seed: 'ticket', replay: file })
    const [pair] = observed.account.service_tokens
    const headers = {
      'cf-access-client-id': pair?.client_id ?? '',
      'cf-access-client-secret': pair?.client_secret ?? '',
    }
    const page = await emulator.fetch(url, { headers, ...manual })
    expect(page.status).toBe(302)
    expect(page.headers.get('location')).toMatch(
      /^https:\/\/cloudcache\.cloudflareaccess\.com\/cdn-cgi\/access\/login\//,
    )
    expect(page.headers.get('access-emulator-evidence')).toBe('recorded')
    const exchange = await emulator.fetch(url + exchangePath, { method: 'POST', headers })
    expect(exchange.status).toBe(404)
    expect(exchange.headers.get('access-emulator-evidence')).toBe('recorded')

    const { id, api_token } = emulator.account
    const api = `https://api.cloudflare.com/client/v4/accounts/${id}/access`
    const asked = { headers: { authorization: `Bearer ${api_token}` } }
    // Twice: the empty second page of the list is another request, and no later answer of this one.
    for (const _time of ['first', 'again']) {
      const tokens = await emulator.fetch(`${api}/service_tokens?page=1`, asked)
      expect(tokens.headers.get('access-emulator-evidence')).toBe('recorded')
      const result = [{ client_id: pair?.client_id }]
      expect(await tokens.json()).toMatchObject({ success: true, result })
    }
    const second = await emulator.fetch(`${api}/service_tokens?page=2`, asked)
    expect(await second.json()).toMatchObject({ success: true, result: [] })
    const apps = await emulator.fetch(`${api}/apps`, asked)
    expect(apps.headers.get('access-emulator-evidence')).toBeNull()

    const other = 'https://staging-website.cloudcache.ai/'
    const own = await emulator.fetch(other + exchangePath, { method: 'POST', headers })
    expect(own.headers.get('access-emulator-evidence')).not.toBe('recorded')
    const certs = await emulator.fetch(`${url}cdn-cgi/access/certs`)
    expect(certs.status).toBe(200)
    expect(certs.headers.get('access-emulator-evidence')).toBeNull()

    const { result: journal } = await emulator.control.readJournal()
    const faults = journal.map(({ fault }) => fault).filter((each) => each !== null)
    expect(faults.toSorted()).toEqual([
      'edge.path: status',
      'gate: status',
      'serviceTokens.list: status',
      'serviceTokens.list: status',
      'serviceTokens.list: status',
    ])
  })

  test('is there again after a reset, and not after the faults are cleared', async () => {
    const emulator = await started({
      seed: 'ticket',
      replay: await harOf([
        { url, status: 418 },
        { url, status: 503 },
      ]),
    })
    const statuses = async () => [
      (await emulator.fetch(url, manual)).status,
      (await emulator.fetch(url, manual)).status,
      (await emulator.fetch(url, manual)).status,
    ]
    expect(await statuses()).toEqual([418, 503, 503])
    await emulator.reset()
    expect(await statuses()).toEqual([418, 503, 503])
    await emulator.control.clearFaults({})
    expect(await statuses()).not.toContain(503)
  })

  test('brings accounts for hosts, teams and ids that no account serves', async () => {
    const id = '0123456789abcdef0123456789abcdef'
    const emulator = await started({
      seed: 'example',
      replay: await harOf([
        { url: 'https://app.theirs.test/', status: 403, body: 'theirs' },
        { url: 'https://theirs.test/', status: 402 },
        { url: 'https://app.theirs.test/cdn-cgi/access/any', status: 410 },
        { url: 'https://theirs.cloudflareaccess.com/cdn-cgi/access/certs', status: 500 },
        { url: `https://api.cloudflare.com/client/v4/accounts/${id}/access/apps`, status: 429 },
      ]),
    })
    const account = emulator.accounts().find((each) => each.id === id)
    expect(account?.zones).toEqual([expect.objectContaining({ name: 'theirs.test' })])
    const statusOf = async (address: string, headers = {}) =>
      (await emulator.fetch(address, { headers, ...manual })).status
    expect(await statusOf('https://app.theirs.test/')).toBe(403)
    expect(await statusOf('https://theirs.test/')).toBe(402)
    expect(await statusOf('https://app.theirs.test/cdn-cgi/access/any')).toBe(410)
    expect(await statusOf('https://theirs.cloudflareaccess.com/cdn-cgi/access/certs')).toBe(500)
    const api = `https://api.cloudflare.com/client/v4/accounts/${id}/access/apps`
    expect(await statusOf(api, { authorization: `Bearer ${account?.api_token}` })).toBe(429)
    expect(await statusOf('https://app.theirs.test/else')).toBe(200)
  })

  test('responds on every path of a team, and under the zone ids that it lists', async () => {
    const [account, zone, unknown] = ['1', '2', '3'].map((digit) => digit.repeat(32))
    const api = 'https://api.cloudflare.com/client/v4'
    const told = { id: zone, name: 'theirs.test', account: { id: account, name: 'Theirs' } }
    const body = JSON.stringify({ success: true, errors: [], messages: [], result: [told] })
    const team = 'https://theirs.cloudflareaccess.com'
    const file = await harOf([
      { url: `${api}/zones?name=theirs.test`, body },
      { url: `${api}/zones/${zone}/access/apps`, status: 429 },
      { url: `${api}/zones/${unknown}/access/apps`, status: 429 },
      { url: 'https://app.theirs.test/', status: 418 },
      { url: `${team}/`, status: 203, body: 'their launcher' },
      { url: `${team}/warp`, status: 410 },
      { url: `${team}/.well-known/oauth-authorization-server?x=1`, status: 402 },
    ])
    const infos: object[] = []
    const log = { ...silent, info: (fields: object) => infos.push(fields) }
    const emulator = await started({ seed: 'empty', replay: file, log })
    expect(infos).toContainEqual({ replayed: 6, left_out: 1 })
    const [made, ...others] = emulator.accounts()
    expect(others).toEqual([])
    expect(made).toMatchObject({
      id: account,
      auth_domain: 'theirs.cloudflareaccess.com',
      zones: [{ id: zone, name: 'theirs.test' }],
    })
    const headers = { authorization: `Bearer ${made?.api_token}` }
    const statusOf = async (address: string) =>
      (await emulator.fetch(address, { headers, ...manual })).status
    expect(await statusOf(`${api}/zones/${zone}/access/apps`)).toBe(429)
    expect(await statusOf('https://app.theirs.test/')).toBe(418)
    expect(await statusOf(`${team}/warp`)).toBe(410)
    expect(await statusOf(`${team}/.well-known/oauth-authorization-server?x=1`)).toBe(402)
    expect(await statusOf(`${team}/.well-known/openid-configuration`)).toBe(404)
    expect(await (await emulator.fetch(`${team}/`)).text()).toBe('their launcher')
  })

  test('omits responses without recorded bodies, and counts them', async () => {
    const file = await harOf([{ url }])
    const har = JSON.parse(await readFile(file, 'utf8')) as {
      log: { entries: { request: { url: string }; response: { content: object } }[] }
    }
    const [entry] = har.log.entries
    const without = structuredClone(entry)
    if (without === undefined) throw new Error('There is no entry.')
    without.request.url = `${url}large`
    without.response.content = { size: 2_000_000, comment: 'longer than 1 MiB' }
    har.log.entries.push(without)
    await writeFile(file, JSON.stringify(har))
    const infos: object[] = []
    const log = { ...silent, info: (fields: object) => infos.push(fields) }
    const emulator = await started({ seed: 'ticket', replay: file, log })
    expect(infos).toContainEqual({ replayed: 1, left_out: 1 })
    const answer = await emulator.fetch(`${url}large`, manual)
    expect(answer.headers.get('access-emulator-evidence')).not.toBe('recorded')
  })

  test('keeps every Set-Cookie, and nothing of the old connection', async () => {
    const headers = [
      ['Set-Cookie', 'a=1; Path=/'],
      ['Set-Cookie', 'b=2; Path=/'],
      ['Content-Encoding', 'br'],
      ['Content-Length', '99'],
      ['Transfer-Encoding', 'chunked'],
      ['CF-RAY', '0000000000000000-XXX'],
      ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
      ['Alt-Svc', 'h3=":443"'],
      [':status', '200'],
      ['X-Theirs', 'kept'],
    ] as const
    const emulator = await started({
      seed: 'ticket',
      replay: await harOf([{ url, headers, body: 'grüße' }]),
    })
    const answer = await emulator.fetch(url)
    expect(await answer.text()).toBe('grüße')
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/'])
    expect(Object.fromEntries(answer.headers)).toMatchObject({ 'x-theirs': 'kept' })
    expect(answer.headers.get('cf-ray')).not.toBe('0000000000000000-XXX')
    expect(answer.headers.get('date')).not.toMatch(/1970/)
    for (const name of ['content-encoding', 'transfer-encoding', 'alt-svc']) {
      expect(answer.headers.has(name)).toBe(false)
    }
  })

  test('does not call an answer recorded that an emulator had marked', async () => {
    const headers = { 'access-emulator-evidence': 'expected' }
    const emulator = await started({ seed: 'ticket', replay: await harOf([{ url, headers }]) })
    const answer = await emulator.fetch(url)
    expect(answer.headers.get('access-emulator-evidence')).toBe('expected')
  })
})

test.each([
  ['edge', 'GET', '/reports', 'gate'],
  ['edge', 'POST', '/cdn-cgi/access/service/auth', 'edge.path'],
  ['edge', 'GET', '/.well-known/cloudflare-access-protected-resource/a', 'edge.path'],
  ['team', 'GET', '/cdn-cgi/access/login/a.example.com', 'edge.path'],
  ['team', 'GET', '/warp', 'edge.path'],
  ['api', 'GET', '/client/v4/accounts/a/access/apps/b', 'applications.get'],
  ['api', 'HEAD', '/client/v4/zones/a/access/apps/b', 'applications.get'],
  ['api', 'GET', '/client/v4/user/tokens/verify', 'tokenVerify.user'],
  ['api', 'GET', '/client/v4/nothing', undefined],
] as const)('on %s, %s %s is answered at %s', (place, method, path, site) => {
  expect(siteOf(place, method, path)).toBe(site)
})

describe('access-emulator start --replay', () => {
  test('answers what the file says, and takes it from its variable too', async () => {
    const file = await harOf([{ url: 'https://app.theirs.test/', status: 418 }])
    const running = await startCommand(['--seed', 'empty'], {
      env: { ACCESS_EMULATOR_REPLAY: file },
    })
    onTestFinished(async () => {
      await running.stop('SIGKILL')
    })
    const target = targetFrom({ emulator: running.ready.url })
    const answer = await target.fetch('https://app.theirs.test/')
    expect(answer.status).toBe(418)
  })

  test.each([
    ['a missing file', undefined, 'cannot be read'],
    ['something else', 'no: har', 'is not a HAR file'],
    ['a HAR cut short', '{"log": {"entries": [', 'is not a HAR file'],
    ['a HAR without answers', '{"log": {"entries": []}}', 'has no answers to replay'],
  ])('ends with 2 and one line for %s', async (_, text, words) => {
    const file = newFile()
    if (text !== undefined) await writeFile(file, text)
    const { code, stderr } = await runCommand(['start', '--port', '0', '--replay', file])
    expect(code).toBe(2)
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(words)])
  })
})
