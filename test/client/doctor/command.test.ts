/** `access-client doctor`: its output and exit codes. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { accessClient, accessEmulator } from '../../support/built.ts'
import { record } from './record.ts'
import { doctorFixture, good, pairHeaders, wrong } from './situation.ts'

let emulator: Emulator
let folder: string
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example', profile: 'observed' })
  folder = await mkdtemp(join(tmpdir(), 'doctor-'))
})
beforeEach(() => emulator.reset())
afterAll(async () => {
  await emulator.close()
  await rm(folder, { recursive: true })
})

async function doctor(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  fetching?: typeof fetch,
) {
  let out = ''
  let err = ''
  const code = await run(['doctor', ...argv], {
    env: { ACCESS_EMULATOR_URL: emulator.url, ...env },
    ...(fetching && { fetch: fetching }),
    out: (chunk) => {
      out += String(chunk)
    },
    err: (chunk) => {
      err += chunk
    },
  })
  return { code, out, err }
}

const variablesOf = (pair: { client_id: string; client_secret: string }) => ({
  CF_ACCESS_CLIENT_ID: pair.client_id,
  CF_ACCESS_CLIENT_SECRET: pair.client_secret,
})

describe('exit code', () => {
  test('0 if all is well', async () => {
    const { url, pair } = await good(doctorFixture(emulator, 'observed'))
    const { code, out, err } = await doctor([url], variablesOf(pair))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^https:\/\/\S+ works as it should\.\n/)
    expect(out).toMatch(/3 requests sent\. Rays: [0-9a-f]{16}-EMU, /)
  })

  test('control characters in account names are escaped', async () => {
    const fixture = doctorFixture(emulator, 'observed')
    const { url, pair } = await good(fixture)
    const state = await emulator.control.getState()
    const named = JSON.parse(
      JSON.stringify(state).replaceAll('"patient"', '"\\u001b[2J\\u202epatient"'),
    )
    await emulator.control.putState({ body: named })
    const { out } = await doctor([url], variablesOf({ ...pair, client_secret: wrong }))
    expect(out).toContain('service token "\\u{1b}[2J\\u{202e}patient"')
    expect(out).not.toMatch(/[^\P{Cc}\n]/u)
  })

  test('1 if a class is found: each cause is listed, after the fix that helps with all of them', async () => {
    const { url, pair } = await good(doctorFixture(emulator, 'observed'), { withPeople: true })
    const { code, out } = await doctor([url], variablesOf({ ...pair, client_secret: wrong }))
    expect(code).toBe(1)
    expect(out).toContain(
      '1. One of 6 that look alike from here; an API token or --observed can tell them apart:\n',
    )
    expect(out).toContain(
      '   Fix, tried by the emulator: each of these lets the request in:\n' +
        '   - Send the right secret of the service token "patient".\n',
    )
    expect(out).toMatch(
      /\* The service token has expired \[token-expired, 17 %\]\n {5}In general: /,
    )
    expect(out.match(/returned 302 to the login/g)?.length).toBeLessThanOrEqual(2)
  })

  test('does not ask for options that were given', async () => {
    const { url, pair } = await good(doctorFixture(emulator, 'observed'), { withPeople: true })
    const file = join(folder, 'given.txt')
    const bad = { ...pair, client_secret: wrong }
    await writeFile(file, await record(emulator, [{ url, headers: pairHeaders(bad) }], 'curl'))
    const { out } = await doctor([url, '--observed', file], variablesOf(bad))
    expect(out).toMatch(/look alike from here; an API token can tell them apart:\n/)
  })

  test('1 if the cause is found, with the API token from the environment', async () => {
    const { url, pair } = await good(doctorFixture(emulator, 'observed'), { withPeople: true })
    const { id, api_token } = emulator.account
    const { code, out } = await doctor([url, '--json'], {
      ...variablesOf({ ...pair, client_secret: wrong }),
      CLOUDFLARE_ACCOUNT_ID: id,
      CLOUDFLARE_API_TOKEN: api_token,
    })
    expect(code).toBe(1)
    const printed: unknown = JSON.parse(out)
    expect(printed).toEqual({
      healthy: false,
      causes: [
        {
          id: 'token-wrong-secret',
          confidence: 0.95,
          alike: [],
          proof: [expect.stringMatching(/has not changed/), expect.stringMatching(/302/)],
          fix: 'Send the right secret of the service token "patient".',
          advice: [
            {
              says: 'send the right secret of the service token "patient"',
              changes: [{ change: 'send_service_token', token_id: pair.id }],
              also_admits: null,
            },
            expect.objectContaining({ says: 'sign in with an address at example.com' }),
          ],
        },
      ],
      ruled_out: expect.arrayContaining([
        { id: 'host-not-protected', because: expect.stringMatching(/returned 302/) },
      ]),
      probes: 4,
      rays: expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{16}-EMU$/)]),
      unread: [],
      drift: [],
      expected_only: [],
    })
  })

  test('1 with the catalogue’s fix, and the reason, if the emulator gives no advice', async () => {
    const { url, pair } = await good(doctorFixture(emulator, 'observed'), { withPeople: true })
    const { code, out } = await doctor(
      [url],
      variablesOf({ ...pair, client_secret: wrong }),
      (input, init) =>
        String(input).includes('/__access/')
          ? Promise.resolve(new Response('{}', { status: 403 }))
          : emulator.fetch(input, init),
    )
    expect(code).toBe(1)
    expect(out).toMatch(/\* The service token has expired \[token-expired, 17 %\]\n {5}Fix: /)
    expect(out).toMatch(
      /\n\nNo fix was tried: the emulator’s control API requires its admin token .*\.\n/,
    )
  })

  test('1 from the failing exchange alone', async () => {
    const { url, pair } = await good(doctorFixture(emulator, 'observed'), { withPeople: true })
    const { client_id } = pair
    const kept = await record(emulator, [{ url, headers: pairHeaders({ client_id }) }], 'curl')
    const file = join(folder, 'failing.txt')
    await writeFile(file, kept)
    const { code, out } = await doctor([url, '--observed', file])
    expect(code).toBe(1)
    expect(out).toContain('1. Only one of the two headers is sent [token-header-missing, 95 %]')
  })

  test('2 if no cause shows, with a hint at what would help', async () => {
    const { url, pair } = await good(doctorFixture(emulator, 'observed'))
    const { code, out } = await doctor([`${url}status/500`], variablesOf(pair))
    expect(code).toBe(2)
    expect(out).toMatch(/undecided.*\n.*--observed FILE/)
  })

  test.each([
    ['no URL', ['nonsense']],
    ['a URL that is not https', ['ftp://app.example.com/']],
    ['a file that is not there', ['https://machines.example.com/', '--observed', '/nowhere/x']],
    ['no number', ['https://machines.example.com/', '--timeout', 'soon']],
    ['an invalid team', ['https://machines.example.com/', '--team', 'a b']],
  ])('3 for %s', async (_, argv) => {
    const { code, out, err } = await doctor(argv)
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/^error: .+\n$/)
  })

  test('3 for an unknown flag, and 0 for --help', async () => {
    const { code, err } = await doctor(['https://machines.example.com/', '--guess'])
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('--guess') })
    const help = await doctor(['--help'])
    expect(help.code).toBe(0)
    expect(help.out).toMatch(/Exit codes: 0 healthy, 1 .* found, 2 undecided, 3 could not run/)
  })

  test('3 if nothing answers', async () => {
    const { code, err } = await doctor(['https://machines.example.com/'], {
      ACCESS_EMULATOR_URL: 'http://127.0.0.1:1',
    })
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringMatching(/^error: Nothing answers at machines\.example\.com\./),
    })
  })
})

test('under access-emulator run it diagnoses the ticket through the live code path', async () => {
  const child = spawn(
    process.execPath,
    [
      ...[accessEmulator, 'run', '--seed', 'ticket', '--profile', 'observed', '--'],
      ...[process.execPath, accessClient, 'doctor', 'https://staging-apex.cloudcache.ai/'],
      ...['--client-id', 'e0b1e0b1e0b1e0b1e0b1e0b1e0b1e0b1.access'],
      ...['--client-secret', 'cfast_ticketSecretOfSvcDebugNotARealOne000000000000000'],
      ...['--target', 'live'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_STATE_HOME: folder } },
  )
  const [out, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.once('close', resolve)),
  ])
  expect(code).toBe(1)
  expect(out).toMatch(/1\. The policy that includes the service token is Allow \[token-under-allow/)
  expect(out).toMatch(/2\. The exchange endpoint does not exist .* \[service-auth-absent/)
  expect(out).toMatch(/Fix: .*non_identity.*with every request/)
  expect(out).not.toContain('cfast_')
})
