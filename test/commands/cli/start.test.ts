/** `access-emulator start`: its flags and variables, its one line of output, and how it ends. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Running, runCommand, startCommand } from '../../support/command.ts'
import { openWire } from '../../support/wire.ts'

const open: Running[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((running) => running.stop('SIGKILL')))
})

async function started(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const running = await startCommand(args, { env })
  open.push(running)
  return running
}

async function control<T>({ ready }: Running, path: string): Promise<T> {
  const wire = openWire(ready.url)
  const { body } = await wire.send({ host: 'localhost', path: `/__access/${path}` })
  wire.close()
  return JSON.parse(body.toString()) as T
}

/** Only a port with a listener is certain to be in use. */
async function takenPort(): Promise<{ readonly port: string; close(): void }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { port: String(port), close: () => server.close() }
}

describe('start --json', () => {
  test('prints one line on stdout once it can answer, and logs on stderr', async () => {
    const running = await started(['--profile', 'observed', '--seed', 'ticket'])
    const { url } = running.ready
    expect(running.ready).toEqual({
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      control: `${url}/__access`,
      account_id: '25ee8d3e1a867dcc2e777fd20073a0a4',
      api_token: 'ticket-api-token-not-a-secret-00000000000',
      profile: 'observed',
      seed: 'ticket',
    })
    expect(Object.keys(running.ready)).toEqual([
      'event',
      'url',
      'control',
      'account_id',
      'api_token',
      'profile',
      'seed',
    ])
    expect(await control(running, 'health')).toEqual({
      ok: true,
      profile: 'observed',
      seed: 'ticket',
    })
    expect(await running.stop()).toBe(0)
    expect(running.stdout()).toBe(`${JSON.stringify(running.ready)}\n`)
    for (const line of running.stderr().split('\n').filter(Boolean)) JSON.parse(line)
  })

  test('says null for what an empty world lacks', async () => {
    const { ready } = await started(['--seed', 'empty'])
    expect(ready).toMatchObject({ account_id: null, api_token: null, seed: 'empty' })
  })
})

describe('Each flag', () => {
  const shown = async (running: Running) => ({
    health: await control<object>(running, 'health'),
    clock: await control<object>(running, 'clock'),
    account: running.ready.account_id,
    behaviours: (
      await control<{ result: { name: string; value: unknown; default: unknown }[] }>(
        running,
        'behaviours',
      )
    ).result.filter((row) => row.value !== row.default),
  })

  test('may be given by its variable instead', async () => {
    const byFlag = await started([
      ...['--profile', 'strict', '--seed', 'ticket', '--at', '2026-01-01T00:00:00Z'],
      ...['--entropy', 'e', '--set', 'cookie.service_token_http_only=false'],
      ...['--set', 'service_auth.wrong_method=405'],
    ])
    const byVariable = await started([], {
      ACCESS_EMULATOR_PROFILE: 'strict',
      ACCESS_EMULATOR_SEED: 'ticket',
      ACCESS_EMULATOR_AT: '2026-01-01T00:00:00Z',
      ACCESS_EMULATOR_ENTROPY: 'e',
      ACCESS_EMULATOR_SET: 'cookie.service_token_http_only=false service_auth.wrong_method=405',
    })
    const one = await shown(byFlag)
    expect(await shown(byVariable)).toEqual(one)
    expect(one).toMatchObject({
      health: { profile: 'strict', seed: 'ticket' },
      clock: { now: '2026-01-01T00:00:00.000Z', mode: 'frozen' },
    })
    expect(one.behaviours.length).toBeGreaterThan(0)
  })

  test('wins over its variable', async () => {
    const { ready } = await started(['--seed', 'ticket'], { ACCESS_EMULATOR_SEED: 'empty' })
    expect(ready.seed).toBe('ticket')
  })

  test('counts as absent where its variable is empty, and a switch where it says no', async () => {
    const running = await started([], {
      ACCESS_EMULATOR_AT: '',
      ACCESS_EMULATOR_ENTROPY: '',
      ACCESS_EMULATOR_SEED: '',
      ACCESS_EMULATOR_STATE: '',
      ACCESS_EMULATOR_FRESH_KEYS: '0',
    })
    expect(running.ready).toMatchObject({ seed: 'example', profile: 'expected' })
    expect(await control(running, 'clock')).toMatchObject({ mode: 'real' })
  })

  test('is in the help, with its variable', async () => {
    const { code, stdout } = await runCommand(['start', '--help'])
    expect(code).toBe(0)
    const flags = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag ?? '')
    const variables = [...stdout.matchAll(/env:\s+(ACCESS_EMULATOR_\w+)/g)].map(([, name]) => name)
    const named = (flag: string) =>
      `ACCESS_EMULATOR_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`
    expect(flags.length).toBeGreaterThanOrEqual(13)
    expect(variables).toEqual(flags.map(named))
  })

  test('of an origin and of an API name reaches the emulator', async () => {
    const origin = createServer((_request, response) => response.end('from the origin'))
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    const { port } = origin.address() as { port: number }
    const { ready } = await started([
      ...['--origin', `plain.test=http://127.0.0.1:${port}`, '--api-host', 'emulator'],
    ])
    const wire = openWire(ready.url)
    const fromOrigin = await wire.send({ host: 'plain.test', path: '/' })
    expect(fromOrigin.body.toString()).toBe('from the origin')
    const health = await wire.send({ host: 'emulator', path: '/__access/health' })
    expect(health.status).toBe(200)
    wire.close()
    origin.closeAllConnections()
    origin.close()
  })
})

describe('Wrong use', () => {
  test.each([
    ['an unknown profile', ['--profile', 'real'], /There is no profile "real"\. Profiles: /],
    ['an unknown behaviour', ['--set', 'a.b=c'], /There is no behaviour "a\.b"/],
    [
      'a value that a behaviour does not take',
      ['--set', 'service_auth.endpoint=x'],
      /takes one of: /,
    ],
    [
      'an invalid time',
      ['--at', 'tomorrow'],
      /"tomorrow" is not a date and time: expected ISO 8601/,
    ],
    [
      'an invalid origin',
      ['--origin', 'app.test'],
      /"app\.test" is not an origin\. Write HOST=URL/,
    ],
    [
      'an origin of another scheme',
      ['--origin', 'app.test=grpc://127.0.0.1:50051'],
      /^access-emulator: "grpc:\/\/127\.0\.0\.1:50051" is not the URL of an origin\. Begin it with one of http:\/\/, https:\/\/, h2c:\/\/, tcp:\/\/, ssh:\/\/, rdp:\/\/, smb:\/\/\.\n$/,
    ],
    [
      'a seed that is not there',
      ['--seed', './no-such.yaml'],
      /"\.\/no-such\.yaml" is neither a named seed/,
    ],
    ['an invalid port', ['--port', 'http'], /"http" is not a port/],
    ['a port out of range', ['--port', '65536'], /"65536" is not a port/],
    ['an address of another machine', ['--host', '192.0.2.1'], /Cannot listen on 192\.0\.2\.1:0/],
    ['a name that does not resolve', ['--host', 'no.invalid'], /Cannot listen on no\.invalid:0/],
    ['an unknown flag', ['--colour'], /unknown option '--colour'/],
    [
      'a flag misspelled, with a guess',
      ['--entrpy', 'x'],
      /'--entrpy' \(Did you mean --entropy\?\)/,
    ],
    ['a flag without its value', ['--seed'], /argument missing/],
    ['a word too many', ['now'], /too many arguments/],
    ['a state folder that cannot be made', ['--state', '/dev/null/x'], /Cannot keep the state in/],
  ])('by %s is one line on stderr and exit code 2', async (_, args, says) => {
    const { code, stdout, stderr } = await runCommand(['start', '--port', '0', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(says)
    expect(stderr).toMatch(/^access-emulator: [^\n]+\n$/)
  })

  test('with an unknown command suggests a similar one', async () => {
    const { code, stdout, stderr } = await runCommand(['dcotor'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe("access-emulator: unknown command 'dcotor' (Did you mean doctor?)\n")
  })

  test('from a variable is reported as well', async () => {
    const ended = await runCommand(['start'], { env: { ACCESS_EMULATOR_PORT: 'x' } })
    expect(ended).toEqual({
      code: 2,
      stdout: '',
      stderr: 'access-emulator: "x" is not a port. Give --port a number from 0 to 65535.\n',
    })
  })

  test('with a port in use names the port, and the process if visible', async () => {
    const taken = await takenPort()
    const ended = await runCommand(['start', '--port', taken.port])
    const holder = existsSync('/proc/net/tcp') ? ` by [^\n]+ \\(process ${process.pid}\\)` : ''
    expect(ended).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        `^access-emulator: 127\\.0\\.0\\.1:${taken.port} is in use${holder}\\. Stop what listens there, or choose another --port \\(0 for any\\)\\.\n$`,
      ),
    })
    taken.close()
  })

  test('by the port of another emulator says so', async () => {
    if (!existsSync('/proc/net/tcp')) return
    const other = await started()
    const ended = await runCommand(['start', '--port', new URL(other.ready.url).port])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain(
      ` is in use by another access-emulator (process ${other.child.pid}). `,
    )
  })
})

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('ends it with 0 at once, the moment it is ready', async () => {
    const running = await started()
    expect(await running.stop(signal)).toBe(0)
  })

  test('ends it with 0 while connections stay open, silent, kept alive, and upgraded', async () => {
    const origin = createServer()
    origin.on('upgrade', (_request, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      )
    })
    let answer = () => {}
    origin.on('request', (_, response) => {
      answer = () => response.end()
    })
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    const { port } = origin.address() as { port: number }
    const running = await started(['--origin', `plain.test=http://127.0.0.1:${port}`])
    const { hostname, port: own } = new URL(running.ready.url)

    const kept = openWire(running.ready.url)
    await kept.send({ host: 'localhost', path: '/__access/health' })
    const silent = connect(Number(own), hostname)
    const waiting = connect(Number(own), hostname)
    waiting.write('GET / HTTP/1.1\r\nHost: plain.test\r\n\r\n')
    const upgraded = connect(Number(own), hostname)
    upgraded.write(
      'GET / HTTP/1.1\r\nHost: plain.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    for (const socket of [silent, waiting, upgraded]) socket.on('error', () => {})
    const [chunk] = await new Promise<[Buffer]>((resolve) =>
      upgraded.once('data', (data: Buffer) => resolve([data])),
    )
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 101 /)

    const ended = running.stop(signal)
    // SIGTERM waits for what is in progress; SIGINT does not.
    if (signal === 'SIGTERM') answer()
    expect(await ended).toBe(0)
    kept.close()
    for (const socket of [silent, waiting, upgraded]) socket.destroy()
    origin.closeAllConnections()
    origin.close()
  })
})
