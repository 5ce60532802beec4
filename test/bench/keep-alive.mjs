/** Connections through each way in, and load on them: one request at a time on each, kept alive. */
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { processorTime } from './processes.mjs'

/** @typedef {{ address: URL, host: string, cookie: string, ca: string }} Server */
/** @typedef {{ ask(): Promise<void>, close(): void }} Connection */

/** @type {Readonly<Record<string, (server: Server) => Promise<Connection>>>} */
export const waysIn = {
  plain: async (server) => http1(await tcp(server), server),
  tls: async (server) => http1(await tls(await tcp(server), server, 'http/1.1'), server),
  connect: async (server) =>
    http1(await tls(await tunnel(await tcp(server), server), server, 'http/1.1'), server),
  http2: async (server) => http2(await tls(await tcp(server), server, 'h2'), server),
}

/** As `load`, for connections that are open. */
export async function loadOn(connections, pid, seconds) {
  const before = processorTime(pid)
  const began = performance.now()
  const until = began + seconds * 1000
  const counts = await Promise.all(
    connections.map(async ({ ask }) => {
      let count = 0
      for (; performance.now() < until; count++) await ask()
      return count
    }),
  )
  const took = performance.now() - began
  const after = processorTime(pid)
  const total = counts.reduce((sum, count) => sum + count, 0)
  return {
    rate: (total / took) * 1000,
    cost: before === undefined ? undefined : ((after - before) * 1000) / total,
  }
}

async function tcp({ address }) {
  const socket = connectTcp(Number(address.port), address.hostname).setNoDelay()
  await once(socket, 'connect')
  return socket
}

async function tunnel(socket, { host }) {
  socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  if (!/^HTTP\/1\.1 200 .*\r\n\r\n$/s.test(answer)) throw new Error(`CONNECT: ${answer}`)
  return socket
}

async function tls(socket, { host, ca }, protocol) {
  const secure = connectTls({ socket, servername: host, ca, ALPNProtocols: [protocol] })
  await once(secure, 'secureConnect')
  if (secure.alpnProtocol !== protocol) throw new Error(`not ${protocol}: ${secure.alpnProtocol}`)
  return secure
}

/** The same bytes each time, and no more of the answer read than its length. */
function http1(socket, { host, cookie }) {
  const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`)
  let received = ''
  let settle
  const fail = (why) => settle?.reject(new Error(why))
  socket.setEncoding('latin1').on('data', (text) => {
    received += text
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    const [, length] = /^content-length: (\d+)/im.exec(received.slice(0, end)) ?? []
    if (length === undefined || !received.startsWith('HTTP/1.1 200 ')) return fail(received)
    if (received.length < end + 4 + Number(length)) return
    received = ''
    settle.resolve()
  })
  socket.on('error', ({ message }) => fail(message)).on('close', () => fail('closed'))
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        socket.write(bytes)
      }),
    close: () => socket.destroy(),
  }
}

function http2(socket, { host, cookie }) {
  const session = connectHttp2(`https://${host}`, { createConnection: () => socket })
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        let status
        session
          .request({ ':path': '/', cookie })
          .on('response', (headers) => {
            status = headers[':status']
          })
          .on('error', reject)
          .on('end', () => (status === 200 ? resolve() : reject(new Error(`status ${status}`))))
          .resume()
      }),
    close: () => session.destroy(),
  }
}
