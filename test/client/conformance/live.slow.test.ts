/** The live target of `conform`, against an emulator under the real names and through a TLS proxy. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { paced } from '../../../client/conformance/pace.ts'
import type { ConformReport } from '../../../client/conformance/report-shape.ts'
import { networkFetch } from '../../../client/transport/network-fetch.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { accessClient } from '../../support/built.ts'
import { runCommand } from '../../support/command.ts'
import { configurationOf } from '../../support/configuration.ts'
import { proxyEveryName } from '../../support/dns.ts'
import { apiUrl, command } from './drift.ts'

let folder: string
let emulator: Emulator
let sent: { readonly method: string; readonly url: string }[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conform-live-'))
  emulator = await createEmulator({ profile: 'observed', seed: 'example' })
  await proxyEveryName(emulator)
})
beforeEach(() => {
  sent = []
})
afterAll(async () => {
  await emulator.close()
  await rm(folder, { recursive: true })
})

const recording: typeof fetch = (input, init) => {
  sent.push({ method: init?.method ?? 'GET', url: String(input) })
  return emulator.fetch(input, init)
}

async function live(...flags: readonly string[]) {
  const { account } = emulator
  const [pair] = account.service_tokens
  const credentials = join(folder, 'credentials')
  await writeFile(
    credentials,
    [
      `CLOUDFLARE_API_TOKEN=${account.api_token}`,
      `CLOUDFLARE_ACCOUNT_ID=${account.id}`,
      `ACCESS_ZONE=${account.zones[0]?.name}`,
      `ACCESS_PROTECTED_URL=https://${account.applications[0]?.domain}/`,
      `CF_ACCESS_CLIENT_ID=${pair?.client_id}`,
      `CF_ACCESS_CLIENT_SECRET=${pair?.client_secret}`,
    ].join('\n'),
  )
  return await command(['conform', '--target', 'live', '--credentials', credentials, ...flags], {
    fetch: recording,
  })
}

function writing() {
  return ['--allow-writes', emulator.account.id, '--prefix', 'weekly', '--wildcard-hosts']
}

const configuration = () => configurationOf(emulator)

test('it only reads, and its report has no secret, no id of the account and no name of the zone', async () => {
  const { code, stdout } = await live()
  expect(code).toBe(0)
  expect(sent.filter(({ method }) => method !== 'GET')).toEqual([])
  const report = JSON.parse(stdout) as ConformReport
  expect(report).toMatchObject({ target: 'live', profile: 'observed', summary: { failed: 0 } })
  expect(report.summary.passed).toBeGreaterThan(20)
  const { account } = emulator
  const secret = account.service_tokens[0]?.client_secret ?? 'none'
  for (const text of [account.id, account.api_token, secret, account.zones[0]?.id ?? 'none']) {
    expect(stdout).not.toContain(text)
  }
})

test('with writes it leaves nothing, and does not drift from an emulator of its profile', async () => {
  const before = await configuration()
  const report = await live(...writing(), '--out', join(folder, 'live.json'))
  expect(report).toMatchObject({ code: 0 })
  expect(sent.some(({ method }) => method === 'POST')).toBe(true)
  expect(await configuration()).toEqual(before)
  const there = join(folder, 'emulator.json')
  await command(['conform', '--target', 'emulator', '--profile', 'observed', '--out', there], {
    fetch: emulator.fetch,
  })
  const { code, stdout } = await command(['conform', 'diff', there, join(folder, 'live.json')])
  expect(stdout.split('\n').filter((line) => /^ {2}[-+~]/.test(line))).toEqual([])
  expect({ code, stdout }).toMatchObject({ code: 0 })
  expect(stdout).toMatch(/confirmed: (documented|assumed) -> recorded/)
  expect(stdout).toMatch(/\d{3} cases compared, 0 drifted in 0 places/)
})

test('--dry-run reads the organization and the zone, and prints the plan', async () => {
  const { code, stdout } = await live(...writing(), '--dry-run')
  expect(code).toBe(0)
  expect([...new Set(sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`))]).toEqual(
    [`GET /client/v4/accounts/${emulator.account.id}/access/organizations`, 'GET /client/v4/zones'],
  )
  const { id } = emulator.account
  expect(stdout).toContain(`writes: only names that begin with "weekly-", in account ${id}\n`)
  expect(stdout).toMatch(/\d+ cases would run; \d+ of them create objects and remove them/)
  expect(stdout).toMatch(/\d+ would be left out: the target does not offer: .*own_account/)
})

describe('what an earlier run left', () => {
  async function leave() {
    const domain = `weekly-host-mwvbmb7e-4.${emulator.account.zones[0]?.name}`
    const made = [
      ['access/apps', { type: 'self_hosted', name: 'Service Auth', domain }],
      ['access/tags', { name: 'weekly-tag-mwvbmb7e-7' }],
      // Not a run's: it has no number.
      ['access/tags', { name: 'weekly-report' }],
    ] as const
    for (const [path, body] of made) {
      await emulator.fetch(`${apiUrl}/accounts/${emulator.account.id}/${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${emulator.account.api_token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      })
    }
  }

  test('is reported by --sweep, and removed if writes are allowed; nothing else is', async () => {
    const before = JSON.stringify(await configuration())
    await leave()
    const listed = await live('--sweep', '--prefix', 'weekly')
    expect(listed.code).toBe(0)
    expect(listed.stdout.split('\n').map((line) => line.replace(/ \(.*/, ''))).toEqual([
      'would be removed: application weekly-host-mwvbmb7e-4.example.com',
      'would be removed: tag weekly-tag-mwvbmb7e-7',
      '',
    ])
    expect(sent.filter(({ method }) => method !== 'GET')).toEqual([])
    const swept = await live('--sweep', ...writing())
    expect(swept.code).toBe(0)
    expect(sent.filter(({ method }) => method === 'DELETE')).toHaveLength(2)
    const after = JSON.stringify(await configuration())
    expect(after).toContain('weekly-report')
    expect(after).not.toContain('mwvbmb7e')
    expect(after.length).toBeGreaterThan(before.length)
  })

  test('needs a prefix', async () => {
    const { code, stderr } = await live('--sweep')
    expect(code).toBe(2)
    expect(stderr).toContain('Without a prefix leftovers cannot be recognised')
  })
})

test('through a proxy with TLS, as a company has one, it reaches the real names', async () => {
  const out = join(folder, 'proxied.json')
  const { code, stderr } = await runCommand(
    // Without the script that `run` gives to Node: the client finds the proxy by itself.
    ['run', '--seed', 'example', '--profile', 'observed', '--', 'env', '-u', 'NODE_OPTIONS']
      .concat('-u', 'NODE_USE_ENV_PROXY', process.execPath, accessClient)
      .concat('conform', '--target', 'live', '--zone', 'example.com', '--out', out)
      .concat('--protected-url', 'https://machines.example.com/'),
    { env: { XDG_STATE_HOME: folder } },
  )
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const report = JSON.parse(await readFile(out, 'utf8')) as ConformReport
  expect(report).toMatchObject({ target: 'live', profile: 'observed', summary: { failed: 0 } })
  expect(report.summary.passed).toBeGreaterThan(20)
})

describe('HTTPS_PROXY', () => {
  test.each([
    ['names the proxy', { HTTPS_PROXY: 'http://127.0.0.1:9' }, 'https://app.example.com/', true],
    ['counts in lower case', { https_proxy: 'http://127.0.0.1:9' }, 'https://a.example/', true],
    [
      'spares the hosts of NO_PROXY',
      { NO_PROXY: 'x.test, .example.com' },
      'https://a.example.com/',
      false,
    ],
    ['spares all with a star', { NO_PROXY: '*' }, 'https://app.example.com/', false],
    ['is not for plain HTTP', {}, 'http://app.example.com/', false],
  ])('%s', async (_, env, url, isProxied) => {
    const direct = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('direct'))
    onTestFinished(() => direct.mockRestore())
    const fetch = networkFetch({ HTTPS_PROXY: 'http://127.0.0.1:9', ...env })
    const text = await fetch(url).then(
      (response) => response.text(),
      () => 'proxy',
    )
    expect(text).toBe(isProxied ? 'proxy' : 'direct')
  })

  test('that is not a URL is reported before anything is sent', () => {
    expect(() => networkFetch({ HTTPS_PROXY: 'proxy:3128' })).toThrow(
      'HTTPS_PROXY is not an http URL',
    )
  })
})

describe('the pace', () => {
  function paceOf(statuses: readonly number[]) {
    const slept: number[] = []
    let now = 0
    let asked = 0
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        slept.push(ms)
        now += ms
      },
    }
    const answer = async () => {
      const status = statuses[asked] ?? 200
      asked += 1
      return new Response(null, { status, headers: status === 429 ? { 'retry-after': '7' } : {} })
    }
    return { slept, asked: () => asked, fetch: paced(answer, { apiUrl, clock }) }
  }

  test('waits as long as a 429 demands, whatever the method', async () => {
    const { fetch, slept, asked } = paceOf([429, 429])
    const { status } = await fetch(`${apiUrl}/accounts`, { method: 'POST' })
    expect({ status, slept, asked: asked() }).toEqual({
      status: 200,
      slept: [7000, 7000],
      asked: 3,
    })
  })

  test('stays under the limit of five minutes', async () => {
    const { fetch, slept } = paceOf([])
    for (let count = 0; count < 1001; count += 1) await fetch(`${apiUrl}/accounts`)
    expect(slept).toEqual([300_000])
  })

  test('does not concern applications', async () => {
    const { fetch, slept } = paceOf([429])
    expect((await fetch('https://app.example.com/')).status).toBe(429)
    expect(slept).toEqual([])
  })
})
