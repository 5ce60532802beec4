/** Ignores an `Upgrade` to any protocol but WebSocket, as the edge does (RFC 9110 7.8). */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { connectionOptions, pairsOf } from '../../contracts/http/headers.ts'

/**
 * Other offers are not forwarded: curl and Java offer HTTP/2 without TLS by default, and an origin that accepted would
 * give a client, once admitted, a connection on which its later requests bypass the policies.
 */
export function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

const offers: ReadonlySet<string> = new Set(['upgrade', 'http2-settings'])

/** Puts a request back into its connection without the offer. @param rest the bytes that followed its head */
export function declineUpgrade(request: IncomingMessage, socket: Duplex, rest: Buffer): void {
  const { method = 'GET', url = '/', httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (const [name, value] of pairsOf(rawHeaders)) {
    const lower = name.toLowerCase()
    if (lower === 'connection') lines.push(`${name}: ${withoutOffers(value)}`)
    else if (!offers.has(lower)) lines.push(`${name}: ${value}`)
  }
  if (rest.length > 0) socket.unshift(rest)
  socket.unshift(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
}

function withoutOffers(connection: string): string {
  return connectionOptions(connection)
    .filter((option) => !offers.has(option.toLowerCase()))
    .join(', ')
}
