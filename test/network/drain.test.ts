/** Draining: what is in progress is answered, connections end after their answer, and balancers are told. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import { type Running, startCommand } from '../support/command.ts'
import { openWire, type Wire } from '../support/wire.ts'
import { temporaryFolder } from './server.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

/** An application whose answers the test gives. */
async function application() {
  const waiting: ServerResponse[] = []
  const server = createServer((_, response) => {
    waiting.push(response)
    server.emit('arrived')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { server, waiting, origins: { 'public.example.com': `http://127.0.0.1:${port}` } }
}

async function started(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await createEmulator({ stateHome: await temporaryFolder(), ...options })
  open.push(() => emulator.close())
  return emulator
}

function wireTo({ url }: { readonly url: string }): Wire {
  const wire = openWire(url)
  open.push(() => wire.close())
  return wire
}

const held = { host: 'public.example.com', path: '/held' }
const ready = { host: 'localhost', path: '/__access/ready' }
const health = { host: 'localhost', path: '/__access/health' }

async function refusesConnections({ port }: Emulator): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const [error] = await once(socket, 'error')
  return Reflect.get(Object(error), 'code')
}

test('ready until it drains; then it serves, says so, and ends each connection', async () => {
  const emulator = await started()
  const wire = wireTo(emulator)
  const before = await wire.send(ready)
  expect([before.status, JSON.parse(before.body.toString())]).toEqual([200, { ready: true }])
  expect(before.header('connection')).not.toBe('close')
  const closed = emulator.close({ drain: 60 })
  const after = await wire.send(ready)
  expect([after.status, after.header('connection')]).toEqual([503, 'close'])
  expect(JSON.parse(after.body.toString())).toEqual({
    error: { code: 'not_ready', message: 'It is about to end.' },
  })
  const other = await wireTo(emulator).send(health)
  expect([other.status, other.header('connection')]).toEqual([200, 'close'])
  // Whoever has no time ends it at once.
  await emulator.close()
  await closed
  expect(await refusesConnections(emulator)).toBe('ECONNREFUSED')
})

test('a request in progress is answered, an idle connection closed, a new one refused', async () => {
  const { server, waiting, origins } = await application()
  const emulator = await started({ origins })
  const idle = wireTo(emulator)
  await idle.send(health)
  const busy = wireTo(emulator)
  const answer = busy.send(held)
  await once(server, 'arrived')
  const idleEnded = once(idle.socket, 'close')
  const closed = emulator.close({ drain: 0 })
  await idleEnded
  expect(await refusesConnections(emulator)).toBe('ECONNREFUSED')
  waiting[0]?.end('late')
  const { status, body, header } = await answer
  expect([status, body.toString(), header('connection')]).toEqual([200, 'late', 'close'])
  await closed
})

test('a stream of HTTP/2 in progress is answered, and its session told to end', async () => {
  const { server, waiting, origins } = await application()
  const emulator = await started({ origins })
  const session = http2.connect(`https://127.0.0.1:${emulator.port}`, {
    servername: 'public.example.com',
    rejectUnauthorized: false,
  })
  open.push(() => session.destroy())
  const stream = session.request({ ':path': '/held', ':authority': 'public.example.com' })
  await once(server, 'arrived')
  const [goneAway, ended] = [once(session, 'goaway'), once(session, 'close')]
  const closed = emulator.close({ drain: 0 })
  expect(await goneAway).toEqual([0, expect.anything(), undefined])
  waiting[0]?.end('late')
  expect(await text(stream)).toBe('late')
  await Promise.all([ended, closed])
})

test('a request that never ends is not waited for', async () => {
  const { server, origins } = await application()
  const emulator = await started({ origins, limits: { drainMs: 20 } })
  const answer = wireTo(emulator)
    .send(held)
    .catch(() => 'cut')
  await once(server, 'arrived')
  await emulator.close({ drain: 0 })
  expect(await answer).toBe('cut')
})

async function command(...args: string[]): Promise<Running> {
  const running = await startCommand(args)
  open.push(() => running.stop('SIGKILL'))
  return running
}

test('SIGTERM: the command answers what is in progress, and ends', async () => {
  const { server, waiting, origins } = await application()
  const running = await command('--origin', `public.example.com=${origins['public.example.com']}`)
  const idle = wireTo(running.ready)
  await idle.send(health)
  const answer = wireTo(running.ready).send(held)
  await once(server, 'arrived')
  const idleEnded = once(idle.socket, 'close')
  const code = running.stop('SIGTERM')
  await idleEnded
  waiting[0]?.end('late')
  expect((await answer).body.toString()).toBe('late')
  expect(await code).toBe(0)
})

test('--drain: SIGTERM, and it serves on; SIGINT ends it at once', async () => {
  const running = await command('--drain', '60')
  const code = running.stop('SIGTERM')
  const wire = wireTo(running.ready)
  while ((await wire.send(ready)).status !== 503);
  expect((await wire.send(health)).status).toBe(200)
  running.stop('SIGINT')
  expect(await code).toBe(0)
})

test.each(['-1', 'soon', '', '4000'])('--drain %j is refused', async (seconds) => {
  await expect(startCommand(['--drain', seconds])).rejects.toThrow(
    `--drain takes seconds from 0 to 3600, not "${seconds}".`,
  )
})
