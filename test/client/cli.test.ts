/** The `access-client` command: its output and exit codes. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { run } from '../../client/commands/program.ts'
import { accessClient } from '../support/built.ts'
import {
  appUrl,
  aud,
  handClock,
  type MetAccess,
  pair,
  profiles,
  startProfile,
  wrongPair,
} from './profiles.ts'
import { startStub } from './stub.ts'

async function inProcess(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await run(argv, {
    env,
    clock: handClock(),
    out: (chunk) => {
      out += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    },
    err: (chunk) => {
      err += chunk
    },
  })
  return { code, out, err }
}

function environment(url: string, { client_id, client_secret } = pair) {
  return {
    ACCESS_EMULATOR_URL: url,
    CF_ACCESS_CLIENT_ID: client_id,
    CF_ACCESS_CLIENT_SECRET: client_secret,
  }
}

describe('token', () => {
  test('prints the token alone, and the way taken on stderr', async () => {
    const stub = await startProfile(profiles.observed)
    const { code, out, err } = await inProcess(['token', appUrl], environment(stub.url))
    expect({ code, out }).toEqual({ code: 0, out: `${stub.tokens[0]}\n` })
    expect(err.split('\n')).toEqual([
      'POST app.example.com/cdn-cgi/access/service/auth returned 404: there is no exchange endpoint here.',
      `GET ${appUrl} with the pair returned 200 and a CF_Authorization cookie.`,
      '',
    ])
  })

  test.each<[string, MetAccess, number, object]>([
    [
      'a replayable token',
      profiles.expected,
      0,
      {
        strategy: 'service_auth',
        replayable: true,
        expires_at: '2026-11-24T11:00:00Z',
        ray: 'ray1-SJC',
      },
    ],
    [
      'a token that needs the pair',
      profiles.observedServiceAuthOnly,
      0,
      {
        strategy: 'headers',
        replayable: false,
        expires_at: '2026-11-24T11:00:00Z',
        ray: 'ray2-SJC',
      },
    ],
    [
      'that there is none',
      profiles.strict,
      3,
      { token: null, strategy: 'headers', replayable: false, expires_at: null, ray: 'ray2-SJC' },
    ],
  ])('--json prints %s', async (_, access, code, like) => {
    const stub = await startProfile(access)
    const result = await inProcess(['token', appUrl, '--json'], environment(stub.url))
    expect(result.code).toBe(code)
    expect(JSON.parse(result.out)).toEqual({ token: stub.tokens[0] ?? null, ...like })
  })

  test('takes flags before the environment, and warns of a secret among them', async () => {
    const stub = await startProfile(profiles.expected)
    const flags = ['--client-id', pair.client_id, '--client-secret', pair.client_secret]
    const where = ['--emulator', stub.url, '--strategy', 'service_auth', '--aud', aud]
    const argv = ['token', appUrl, ...flags, ...where]
    const { code, err } = await inProcess(argv, environment('http://127.0.0.1:9', wrongPair))
    expect(code).toBe(0)
    expect(err).toMatch(/^warning: --client-secret is visible.*CF_ACCESS_CLIENT_SECRET\n/)
    expect(err).not.toContain(pair.client_secret)
    expect(stub.asked[0]?.body).toBe(JSON.stringify({ aud }))
  })

  test.each<[string, MetAccess]>([
    ['a refusal', profiles.expected],
    ['the login page', profiles.observed],
    ['a block', profiles.observedServiceAuthOnly],
    ['401', profiles.strict],
  ])('ends with 1 and one line of error on %s', async (_, access) => {
    const stub = await startProfile(access)
    const { code, out, err } = await inProcess(['token', appUrl], environment(stub.url, wrongPair))
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.trim().split('\n').at(-1)).toMatch(/^error: .*\(ray ray\d-SJC\)\./)
    expect(err).not.toContain(wrongPair.client_secret)
  })

  test.each([
    ['/reports', aud],
    ['/reports/daily', aud],
    ['/reports-2026', 'beef'.repeat(16)],
  ])('looks the AUD tag of %s up where the exchange asks for it', async (path, found) => {
    const item = (domain: string, tag: string) => ({
      id: '11111111-2222-4333-8444-555555555555',
      uid: '11111111-2222-4333-8444-555555555555',
      type: 'self_hosted',
      aud: tag,
      domain,
      policies: [],
      created_at: '2026-11-24T10:00:00Z',
      updated_at: '2026-11-24T10:00:00Z',
    })
    const other = 'dead'.repeat(16)
    const applications = [
      item('app.example.com', 'beef'.repeat(16)),
      item('app.example.com/reports', aud),
      item('longer.app.example.com/reports', other),
    ]
    const error = { status: 400, code: 'aud_required', message: 'Which?', ray_id: '0'.repeat(16) }
    const stub = await startStub(({ host, body }) => {
      if (host === 'api.cloudflare.com') {
        return {
          body: JSON.stringify({ success: true, errors: [], messages: [], result: applications }),
        }
      }
      if (body === '') return { status: 400, body: JSON.stringify({ error }) }
      return { status: 403, body: JSON.stringify({ error: { ...error, code: 'not_authorized' } }) }
    })
    const env = { ...environment(stub.url), CLOUDFLARE_ACCOUNT_ID: '0a', CLOUDFLARE_API_TOKEN: 'x' }
    const argv = ['token', `https://app.example.com${path}`]
    expect((await inProcess(argv, env)).err).toContain('not_authorized')
    expect(stub.asked.at(-1)?.body).toBe(JSON.stringify({ aud: found }))
    const without = await inProcess(argv, environment(stub.url))
    expect(without).toMatchObject({ code: 1 })
    expect(without.err).toContain('aud_required')
  })
})

describe('fetch', () => {
  test('prints the body, sends what is given, and reports on stderr', async () => {
    const origin = ({
      method,
      headers,
      body,
    }: {
      method: string
      headers: object
      body: string
    }) => ({
      body: JSON.stringify({ method, body, one: 'x-one' in headers }),
    })
    const stub = await startProfile({ ...profiles.strict, origin })
    const argv = ['fetch', appUrl, '-H', 'X-One: a:b', '-H', 'x-two: 2', '-d', '{"q":1}']
    const { code, out, err } = await inProcess(argv, environment(stub.url))
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ method: 'POST', body: '{"q":1}', one: true })
    expect(stub.asked[0]?.headers).toMatchObject({ 'x-one': 'a:b', 'x-two': '2' })
    expect(err).toBe(`POST ${appUrl} with the pair returned 200, ray ray1-SJC\n`)
  })

  test('gets a token first if told how', async () => {
    const stub = await startProfile(profiles.expected)
    const argv = ['fetch', appUrl, '--strategy', 'service_auth']
    const { code, err } = await inProcess(argv, environment(stub.url))
    expect(code).toBe(0)
    expect(err).toContain(`GET ${appUrl} with the token returned 200`)
    expect(stub.asked.map(({ method }) => method)).toEqual(['POST', 'GET'])
    expect(stub.asked[1]?.headers).not.toHaveProperty('cf-access-client-secret')
  })

  test('--json prints status, headers, ray and body', async () => {
    const stub = await startProfile({
      ...profiles.strict,
      origin: () => ({ status: 404, body: 'no' }),
    })
    const argv = ['fetch', appUrl, '--json', '-X', 'DELETE']
    const { code, out } = await inProcess(argv, environment(stub.url))
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      status: 404,
      ray: 'ray1-SJC',
      headers: { 'cf-ray': 'ray1-SJC' },
      body: 'no',
    })
    expect(stub.asked[0]?.method).toBe('DELETE')
  })

  test.each([
    ['the login page', profiles.observed],
    ['a block', profiles.strict],
  ])('ends with 1 on %s', async (_, access) => {
    const stub = await startProfile(access)
    const { code } = await inProcess(['fetch', appUrl], environment(stub.url, wrongPair))
    expect(code).toBe(1)
  })
})

describe('what cannot run ends with 2 and says why', () => {
  const env = environment('http://127.0.0.1:9')
  test.each<[string, string[], Record<string, string>, RegExp]>([
    [
      'no credentials',
      ['token', appUrl],
      { XDG_STATE_HOME: '/nowhere' },
      /neither a service token nor a login .* CF_ACCESS_CLIENT_ID .* access-client login/,
    ],
    [
      'half of a pair',
      ['token', appUrl],
      { CF_ACCESS_CLIENT_ID: pair.client_id },
      /error: The client secret .* CF_ACCESS_CLIENT_SECRET/,
    ],
    ['no emulator there', ['token', appUrl], env, /error: The emulator at .* did not answer/],
    ['no URL', ['token', 'app.example.com'], env, /error: The URL .* malformed/],
    ['an unknown strategy', ['token', appUrl, '--strategy', 'x'], env, /Allowed choices/],
    ['an unknown target', ['token', appUrl, '--target', 'prod'], env, /Allowed choices/],
    ['an unknown flag', ['token', appUrl, '--nope'], env, /unknown option/],
    ['a malformed header', ['fetch', appUrl, '-H', 'nope'], env, /error: A header is malformed/],
    ['a team without AUD tag', ['token', appUrl, '--team', 'example'], env, /AUD tag/],
    ['no command', [], env, /Usage: access-client/],
  ])('%s', async (_, argv, environmentOf, message) => {
    const { code, out, err } = await inProcess(argv, environmentOf)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
  })
})

test.each([[[]], [['token']], [['fetch']]])(
  '--help of %j gives exit codes and ends well',
  async (words) => {
    const { code, out } = await inProcess([...words, '--help'], {})
    expect(code).toBe(0)
    expect(out).toContain('Exit codes: 0')
    if (words.length > 0) expect(out).toMatch(/Example:\n.*access-client|Example:\n.*export/)
  },
)

test('the built command does the same', async () => {
  const stub = await startProfile(profiles.strict)
  const child = spawn(process.execPath, [accessClient, 'token', appUrl, '--json'], {
    env: environment(stub.url),
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  expect(await ended).toBe(3)
  expect(JSON.parse(out)).toMatchObject({ token: null, strategy: 'headers' })
  expect(err).toContain('strictly')
})
