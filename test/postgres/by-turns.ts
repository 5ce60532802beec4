/** A balancer that gives each request to the next of several emulators, so that no two in a row meet the same. */
import { createServer, request as send } from 'node:http'
import { type AddressInfo, connect, createServer as createDoor, type Socket } from 'node:net'

export interface TurnTaking {
  readonly url: string
  /** How many requests each emulator got. */
  counts(): readonly number[]
  close(): Promise<void>
}

export async function byTurns(urls: readonly string[]): Promise<TurnTaking> {
  const counts = urls.map(() => 0)
  let turn = 0
  const server = createServer((request, response) => {
    const at = turn % urls.length
    turn += 1
    counts[at] = (counts[at] ?? 0) + 1
    const { hostname, port } = new URL(urls[at] ?? '')
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
  // TLS, which it cannot look into, goes on as it is: each connection to the next.
  const open = new Set<Socket>()
  const door = createDoor((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => {})
    socket.once('data', (first) => {
      if (first[0] !== 0x16) {
        server.emit('connection', socket)
        socket.unshift(first)
        return
      }
      const onward = connect(Number(new URL(urls[turn % urls.length] ?? '').port), '127.0.0.1')
      turn += 1
      onward.write(first)
      socket.pipe(onward).pipe(socket)
      const cut = () => [socket, onward].map((each: Socket) => each.destroy())
      for (const end of [socket, onward]) end.on('error', cut).on('close', cut)
    })
  })
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  const { port } = door.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    counts: () => counts,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => door.close(resolve))
    },
  }
}
