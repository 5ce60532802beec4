/**
 * An API that violates its contract: import, conform, doctor and evidence finish normally and report the operation, the
 * place, the expectation and the observed type.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import type { ConformReport } from '../../../client/conformance/report-shape.ts'
import type { Diagnosis } from '../../../client/doctor/diagnosis.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { type Drifting, envelope, items, list, proxied } from './proxy.ts'

const everyKind = fileURLToPath(new URL('../../seeds/every-kind.yaml', import.meta.url))
const url = 'https://press.orchard.example/'
const planted = 'a-value-that-nobody-may-print'

let folder: string
let emulator: Emulator
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drift-'))
  emulator = await createEmulator({ seed: everyKind, profile: 'observed' })
})
afterAll(async () => {
  await emulator.close()
  await rm(folder, { recursive: true })
})

let made = 0
async function command(argv: readonly string[], drifting: Drifting) {
  const { account } = emulator
  const [pair] = account.service_tokens
  let stdout = ''
  let stderr = ''
  const code = await run(argv, {
    env: {
      ACCESS_TARGET: 'live',
      ACCESS_ZONE: 'orchard.example',
      CF_ACCESS_CLIENT_ID: pair?.client_id ?? '',
      CF_ACCESS_CLIENT_SECRET: `cfast_${'0'.repeat(48)}`,
      CLOUDFLARE_API_TOKEN: account.api_token,
      CLOUDFLARE_ACCOUNT_ID: account.id,
    },
    fetch: proxied(emulator.fetch, drifting),
    clock: { now: () => Date.now(), sleep: async () => {} },
    out: (text) => {
      stdout += text
    },
    err: (text) => {
      stderr += text
    },
  })
  return { code, stdout, stderr }
}

async function imported(drifting: Drifting) {
  made += 1
  const out = join(folder, `seed-${made}.yaml`)
  const { code, stderr } = await command(['import', '--out', out], drifting)
  return { code, out, says: stderr }
}

async function conformed(drifting: Drifting) {
  const { code, stdout, stderr } = await command(['conform'], drifting)
  return { code, report: JSON.parse(stdout) as ConformReport, says: stderr }
}

async function diagnosed(drifting: Drifting) {
  const { code, stdout } = await command(['doctor', url, '--json'], drifting)
  const words = await command(['doctor', url], drifting)
  return { code, diagnosis: JSON.parse(stdout) as Diagnosis, says: words.stdout }
}

async function evidenceOf(drifting: Drifting) {
  made += 1
  const out = join(folder, `bundle-${made}`)
  const { code } = await command(['evidence', url, '--out', out], drifting)
  const names = await readdir(out)
  const texts = await Promise.all(names.map((name) => readFile(join(out, name), 'utf8')))
  const files = Object.fromEntries(names.map((name, at) => [name, texts[at] ?? '']))
  return { code, files, says: files['report.md'] ?? '' }
}

const none: Drifting = async () => undefined
const more = items('policies', (policy) => ({ ...policy, reusable: false, tomorrow: planted }))

test('without drift: what the others are held against', async () => {
  expect(await imported(none)).toMatchObject({ code: 0 })
  const { code, report } = await conformed(none)
  expect({ code, failed: report.summary.failed, drift: report.drift }).toEqual({
    code: 0,
    failed: 0,
    drift: [],
  })
  const { diagnosis, ...doctor } = await diagnosed(none)
  expect(doctor.code).toBe(1)
  expect(diagnosis).toMatchObject({ causes: [{ confidence: 0.95 }], drift: [], unread: [] })
  expect(await evidenceOf(none)).toMatchObject({ code: 0 })
})

/** What drifts, its operation, and how the place, the expectation and the type are reported. */
const rows: readonly (readonly [what: string, Drifting, told: RegExp])[] = [
  [
    'a field of another type in every application',
    items('applications', (each) => ({ ...each, session_duration: 30 })),
    /applications\.list: result\[0\]\.session_duration: expected string, got number \(in \d+ places\)/,
  ],
  [
    'a field of another type in every policy',
    items('policies', (each) => ({ ...each, session_duration: { of: planted } })),
    /applications\.list: result\[0\]\.policies\[0\]\.session_duration: expected string, got object/,
  ],
  [
    'a field of another type in every service token',
    items('service_tokens', (each) => ({ ...each, duration: [planted] })),
    /serviceTokens\.list: result\[0\]\.duration: expected string, got array/,
  ],
  [
    'a required field that is missing',
    items('policies', ({ created_at: _, ...each }) => each),
    /applications\.list: result\[0\]\.policies\[0\]\.created_at: expected string, got nothing/,
  ],
  [
    'null in place of a text',
    items('service_tokens', (each) => ({ ...each, name: null })),
    /serviceTokens\.list: result\[0\]\.name: expected string, got null/,
  ],
  [
    'a word that no list has',
    items('applications', (each) => ({
      ...each,
      type: each.name === 'Press' ? each.type : planted,
    })),
    /applications\.list: result\[\d\]\.type: expected one of self_hosted, .*, got string/,
  ],
  [
    'an envelope without result_info',
    envelope(({ result_info: _, ...body }) => body),
    /applications\.list: result_info: expected object, got nothing/,
  ],
]

describe.each(rows)('%s', (_, drifting, told) => {
  const both: Drifting = async (asked, answer) => {
    const first = (await more(asked, answer)) ?? answer
    return (await drifting(asked, first.clone())) ?? first
  }

  test('import keeps the rest, and the emulator starts with it', async () => {
    const { code, out, says } = await imported(both)
    expect(code).toBe(0)
    expect(says).toMatch(told)
    expect(says).toMatch(/policies\[0\]\.tomorrow: unknown field of type string/)
    expect(says).not.toContain(planted)
    const here = await createEmulator({ seed: out })
    onTestFinished(() => here.close())
    expect(here.account.applications.map(({ name }) => name)).toContain('Press')
  })

  test('conform writes its report', async () => {
    const { code, report, says } = await conformed(both)
    expect([0, 1]).toContain(code)
    expect(code).toBe(report.summary.failed > 0 ? 1 : 0)
    expect(report.summary.passed).toBeGreaterThan(10)
    expect(says).not.toContain(planted)
    for (const each of report.cases) {
      if (each.outcome === 'failed') expect(each.drift, each.id).not.toBeUndefined()
    }
  })

  test('the doctor finds the same cause, less sure', async () => {
    const { code, diagnosis, says } = await diagnosed(both)
    expect(code).toBe(1)
    expect(diagnosis.causes.map(({ id }) => id)).toContain('token-wrong-secret')
    expect(diagnosis.causes[0]?.confidence).toBeLessThan(0.95)
    expect(says).toMatch(told)
    expect(says).toContain('Not everything could be read from the API, so this is less certain:')
    expect(JSON.stringify(diagnosis)).not.toContain(planted)
  })

  test('evidence keeps the answer, and names the difference', async () => {
    const { code, files, says } = await evidenceOf(both)
    expect(code).toBe(0)
    expect(says).toMatch(told)
    expect(says).not.toMatch(/not asked|could not be read/i)
    expect(JSON.parse(files['application.json'] ?? '')).toMatchObject({ name: 'Press' })
    expect(JSON.parse(files['policies.json'] ?? '')).toMatchObject([{ tomorrow: planted }, {}])
  })
})

describe.each<[string, Drifting, RegExp, string]>([
  [
    'HTML in place of the applications',
    list('/access/apps', '<html>busy</html>', 200, 'text/html'),
    /applications\.list: body: expected an envelope of the Cloudflare API, got HTML/,
    'applications',
  ],
  [
    '403 in place of the service tokens',
    list(
      '/access/service_tokens',
      '{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"result":null}',
      403,
      'application/json',
    ),
    /may not read service tokens|service_?tokens?.*(403|Authentication error)/i,
    'service_tokens',
  ],
])('%s', (_, drifting, told, read) => {
  test('import says what it could not read', async () => {
    const { code, says } = await imported(drifting)
    // The reusable policies are left, so there is a seed.
    expect(code).toBe(0)
    expect(says).toMatch(told)
  })

  test('conform writes its report', async () => {
    const { code, report } = await conformed(drifting)
    expect(code).toBe(report.summary.failed > 0 ? 1 : 0)
    if (read === 'applications') expect(report.drift).toMatchObject([{ path: 'body' }])
  })

  test('the doctor says which read failed, and is less sure', async () => {
    const { code, diagnosis, says } = await diagnosed(drifting)
    expect(code).toBe(1)
    expect(diagnosis.unread).toMatchObject([{ read }])
    expect(
      diagnosis.causes.find(({ id }) => id === 'token-wrong-secret')?.confidence ?? 0,
    ).toBeLessThan(0.95)
    expect(says).toMatch(told)
  })

  test('evidence never claims that it was not asked', async () => {
    const { code, says } = await evidenceOf(drifting)
    expect(code).toBe(0)
    expect(says).toMatch(told)
    expect(says).not.toMatch(/was not asked|has no application/)
  })
})

test.each<['organizations' | 'zones', Drifting]>([
  ['organizations', list('/access/organizations', '<html>busy</html>', 200, 'text/html')],
  ['zones', list('/client/v4/zones', '<html>busy</html>', 200, 'text/html')],
])('conform writes its report where even the %s cannot be read', async (what, drifting) => {
  const { code, report, says } = await conformed(drifting)
  expect(code).toBe(1)
  expect(report.drift).toContainEqual(
    expect.objectContaining({
      operation: `${what}.${what === 'zones' ? 'list' : 'get'}`,
      path: 'body',
    }),
  )
  expect(report.summary.passed).toBeGreaterThan(5)
  expect(says).toMatch(/^note: The (organization|zone) could not be read: .*got HTML/)
})
