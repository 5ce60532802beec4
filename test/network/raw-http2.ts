/** Raw HTTP/2 frames, for requests that no client library sends. */
import type { TLSSocket } from 'node:tls'
import { secureTo, type TestServer } from './server.ts'

export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
} as const
const flags = { endStream: 1, endHeaders: 4 } as const

export function frame(
  type: number,
  flag: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flag, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A block of literal fields without indexing or Huffman coding (RFC 7541 6.2.2). Texts are shorter than 127 bytes. */
export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  const literal = (text: string) => {
    const bytes = Buffer.from(text, 'latin1')
    return Buffer.concat([Buffer.from([bytes.length]), bytes])
  }
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  )
}

/** Of a request that is served. */
export const pseudoHeaders = [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':authority', 'app.example.com'],
  [':path', '/a'],
] as const

export interface RawHttp2 {
  readonly socket: TLSSocket
  /** The fate of stream 1: `answered`, `reset` or `closed` (the whole connection). */
  fate(): Promise<'answered' | 'reset' | 'closed'>
}

/** Opens a connection that has sent its preface and empty settings. */
export async function rawHttp2(
  listening: TestServer,
  servername = 'app.example.com',
): Promise<RawHttp2> {
  const socket = await secureTo(listening, servername, { ALPNProtocols: ['h2'] })
  socket.on('error', () => {})
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(frameTypes.settings, 0, 0))
  let came: Buffer = Buffer.alloc(0)
  const look = (): 'answered' | 'reset' | 'closed' | undefined => {
    while (came.length >= 9) {
      const length = came.readUIntBE(0, 3)
      if (came.length < 9 + length) return undefined
      const [type, stream] = [came.readUInt8(3), came.readUInt32BE(5)]
      came = came.subarray(9 + length)
      if (type === frameTypes.goAway) return 'closed'
      if (type === frameTypes.headers && stream === 1) return 'answered'
      if (type === frameTypes.reset && stream === 1) return 'reset'
    }
    return undefined
  }
  const fate = new Promise<'answered' | 'reset' | 'closed'>((resolve) => {
    socket.on('data', (piece: Buffer) => {
      came = Buffer.concat([came, piece])
      const found = look()
      if (found !== undefined) resolve(found)
    })
    socket.once('close', () => resolve('closed'))
  })
  return { socket, fate: () => fate }
}

/** Sends one request on stream 1 with all of its header fields as given, and a body where there is one. */
export function sendRaw(
  { socket }: RawHttp2,
  fields: readonly (readonly [string, string])[],
  body?: string,
): void {
  const last = body === undefined ? flags.endStream : 0
  socket.write(frame(frameTypes.headers, flags.endHeaders | last, 1, headerBlock(fields)))
  if (body !== undefined)
    socket.write(frame(frameTypes.data, flags.endStream, 1, Buffer.from(body)))
}
