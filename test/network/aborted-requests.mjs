/**
 * An emulator, its origin and its clients in one process: requests that are given up at every step, by either side. Prints
 * what is left of them. Run with `--expose-gc`: aborted-requests.mjs http1|http2 COUNT STATE_HOME
 */
import { once } from 'node:events'
import { createServer, get, OutgoingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as later } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { queryObjects } from 'node:v8'
import { createEmulator } from '../../dist/index.js'

const [protocol, count, stateHome] = process.argv.slice(2)
const host = 'app.example.com'
const concurrent = 32
/** Not `once` of node:events, which rejects on an error. */
const closed = (emitter) => new Promise((resolve) => emitter.once('close', resolve))

/** What the origin does by path; where it does nothing, the client gives up. */
const origin = createServer((request, response) => {
  request.on('error', () => {})
  const [, at, step] = (request.url ?? '').split('/')
  arrived.get(at)?.()
  if (step === 'reset-before-head') request.socket.resetAndDestroy()
  if (step === 'reset-after-head') response.writeHead(200).flushHeaders()
  if (step === 'reset-in-body') response.write('part')
  if (step === 'reset-after-head' || step === 'reset-in-body') {
    setImmediate(() => request.socket.resetAndDestroy())
  }
  if (step === 'half-close') request.socket.end()
  if (step === 'head') response.writeHead(200).flushHeaders()
  if (step === 'body') response.write('part')
  if (step === 'early-answer') response.end('no')
})
const arrived = new Map()
origin.listen(0, '127.0.0.1')
await once(origin, 'listening')

const emulator = await createEmulator({
  origins: { [host]: `http://127.0.0.1:${origin.address().port}` },
  stateHome,
})

/** The client gives up once the origin has the request, the client the head, or a part of the body; or the origin does. */
const steps = {
  silent: 'arrived',
  head: 'head',
  body: 'body',
  upload: 'arrived',
  'early-answer': 'body',
  'reset-before-head': 'end',
  'reset-after-head': 'end',
  'reset-in-body': 'end',
  'half-close': 'end',
}
const names = Object.keys(steps)

/** @returns {Promise<void>} settles once the client has seen `until`, and given up */
async function overHttp1(at, step, until) {
  const socket = connectTcp(emulator.port, '127.0.0.1')
  socket.on('error', () => {})
  const isUpload = step === 'upload' || step === 'early-answer'
  const body = isUpload ? 'Content-Length: 10\r\n\r\npart' : '\r\n'
  const request = `${isUpload ? 'POST' : 'GET'} /${at}/${step} HTTP/1.1\r\nHost: ${host}\r\n${body}`
  socket.write(request)
  let text = ''
  await new Promise((resolve) => {
    if (until === 'arrived') arrived.set(at, resolve)
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (until === 'head' && head >= 0) resolve()
      if (until === 'body' && head >= 0 && text.length > head + 4) resolve()
      // A failure of the origin is an answer with a length: the connection goes on.
      if (until === 'end' && /^HTTP\/1.1 5\d\d/.test(text)) resolve()
    })
    socket.once('close', resolve)
  })
  arrived.delete(at)
  // By turns with FIN and with RST.
  if (at % 2 === 0) socket.destroy()
  else socket.resetAndDestroy()
  if (!socket.closed) await closed(socket)
}

async function session() {
  const options = { port: emulator.port, host: '127.0.0.1', servername: host }
  const socket = connectTls({ ...options, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
  await once(socket, 'secureConnect')
  const made = connectHttp2(`https://${host}`, { createConnection: () => socket })
  made.on('error', () => {})
  return made
}

async function overHttp2(at, step, until, client) {
  const isUpload = step === 'upload' || step === 'early-answer'
  const headers = { ':method': isUpload ? 'POST' : 'GET', ':path': `/${at}/${step}` }
  const stream = client.request(headers, { endStream: !isUpload })
  stream.on('error', () => {})
  if (isUpload) stream.write('part')
  await new Promise((resolve) => {
    if (until === 'arrived') arrived.set(at, resolve)
    if (until === 'head') stream.once('response', resolve)
    if (until === 'body') stream.once('data', resolve)
    if (until === 'end') stream.resume()
    stream.once('close', resolve)
  })
  arrived.delete(at)
  stream.destroy()
  if (!stream.closed) await closed(stream)
}

async function abort(from, to) {
  let next = from
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      const client = protocol === 'http2' ? await session() : undefined
      for (let at = next++; at < to; at = next++) {
        const step = names[at % names.length]
        await (client === undefined ? overHttp1 : overHttp2)(String(at), step, steps[step], client)
      }
      // By turns in good order and at once.
      if (client === undefined) return
      const left = closed(client)
      if (next % 2 === 0) client.close()
      else client.destroy()
      await left
    }),
  )
  // Idle connections to the origin close by themselves.
  for (const socket of sockets) await closed(socket)
}
const sockets = new Set()
origin.on('connection', (socket) => {
  sockets.add(socket)
  socket.on('error', () => {})
  socket.once('close', () => sockets.delete(socket))
})

const resources = () =>
  process.getActiveResourcesInfo().filter((type) => !/^(Pipe|TTY|File|FSReq)/.test(type))

/** What there is, once what is due has run: bytes in use, requests, sockets and streams, responses, and other resources. */
async function used() {
  // The proxy has one timer for all of its requests, which ends at its next tick without any.
  do await later(20, undefined, { ref: false })
  while (resources().includes('Timeout'))
  globalThis.gc()
  const count = (type) => queryObjects(type, { format: 'count' })
  const { heapUsed: bytes } = process.memoryUsage()
  return { bytes, kept: [count(Readable), count(OutgoingMessage)], resources: resources() }
}

// Afterwards the ring buffer of the journal is full, and everything is loaded.
async function whole() {
  const at = { host: '127.0.0.1', port: emulator.port, path: '/x/early-answer', headers: { host } }
  const [answer] = await once(get({ ...at, agent: false }), 'response')
  return text(answer)
}
for (let at = 0; at < 1000; at += concurrent) {
  await Promise.all(Array.from({ length: concurrent }, whole))
}
await abort(0, 20 * names.length)
const before = await used()
await abort(0, Number(count))
const after = await used()
const inUse = await whole()
await emulator.close()
origin.close()
process.stdout.write(`${JSON.stringify({ before, after, inUse })}\n`)
