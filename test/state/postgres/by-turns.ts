/** A balancer that gives each request to the next of several emulators, so that no two in a row meet the same. */
import { createServer, request as send } from 'node:http'
import { type AddressInfo, connect, createServer as createDoor, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, createServer as createTlsServer } from 'node:tls'
import type { Ca } from '../../../emulator/network/tls/ca.ts'

export interface TurnTaking {
  readonly url: string
  /** How many requests each emulator got. */
  counts(): readonly number[]
  close(): Promise<void>
}

/**
 * With an authority it ends TLS itself, also in a tunnel, and each request in it goes to the next emulator.
 *
 * @param present those that get requests now; never tried twice
 */
export async function byTurns(
  present: () => readonly string[],
  authority?: Pick<Ca, 'leafFor'>,
): Promise<TurnTaking> {
  const counts = new Map(present().map((url) => [url, 0]))
  let turn = 0
  const next = () => {
    const urls = present()
    const url = urls[turn % urls.length]
    turn += 1
    return url
  }
  const server = createServer((request, response) => {
    const to = next()
    if (to === undefined) {
      response.writeHead(502).end('no emulator is there')
      return
    }
    counts.set(to, (counts.get(to) ?? 0) + 1)
    const { hostname, port } = new URL(to)
    const { method, url, rawHeaders } = request
    const onward = send({ hostname, port, method, path: url, headers: rawHeaders, setHost: false })
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    onward.once('error', () => response.destroy())
    response.once('close', () => onward.destroy())
    request.pipe(onward)
  })
  const ended = createTlsServer({
    ALPNProtocols: ['http/1.1'],
    SNICallback(name, done) {
      Promise.resolve(authority?.leafFor(name)).then(
        (leaf) => done(null, createSecureContext({ cert: leaf?.certPem, key: leaf?.keyPem })),
        (error: Error) => done(error),
      )
    },
  })
  ended.on('secureConnection', (socket) => server.emit('connection', socket))
  ended.on('tlsClientError', () => {})
  // TLS that it cannot look into goes on as it is: each connection to the next.
  const passOn = (socket: Duplex, first: Buffer) => {
    const onward = connect(Number(new URL(next() ?? '').port), '127.0.0.1')
    onward.write(first)
    socket.pipe(onward).pipe(socket)
    const cut = () => [socket, onward].map((each) => each.destroy())
    for (const end of [socket, onward]) end.on('error', cut).on('close', cut)
  }
  const take = (socket: Duplex) => {
    socket.on('error', () => {})
    socket.once('data', (first) => {
      if (first[0] === 0x16 && authority === undefined) return passOn(socket, first)
      if (first[0] !== 0x16) {
        server.emit('connection', socket)
        socket.unshift(first)
        return
      }
      socket.pause()
      socket.unshift(first)
      ended.emit('connection', socket)
    })
  }
  server.on('connect', (_, socket) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    take(socket)
  })
  const open = new Set<Socket>()
  const door = createDoor((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    take(socket)
  })
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  const { port } = door.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    counts: () => [...counts.values()],
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => door.close(resolve))
    },
  }
}
