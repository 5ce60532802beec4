/** Connections to real hosts that `--passthrough` allows: a raw tunnel, or one plain request. */
import { lookup as systemLookup } from 'node:dns'
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { connect, type LookupFunction, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { hopByHop, pairsOf } from '../../../contracts/http/headers.ts'
import type { Reply } from '../../http/reply.ts'
import { problem } from '../refusals.ts'
import { isPrivateAddress, namedAddresses } from './private-networks.ts'

export type Dial = (host: string, port: number) => Duplex

/** Ignores addresses that are `closed`; fails with the message of `refusal` if a name has no other. */
export function lookupPast(
  closed: (address: string) => boolean,
  refusal: (name: string) => string,
  lookup: typeof systemLookup = systemLookup,
): LookupFunction {
  return (name, options, done) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      const outside = found.filter(({ address }) => !closed(address))
      const [first] = outside
      if (first === undefined) return done(new Error(refusal(name)), '')
      if (options.all) done(null, outside)
      else done(null, first.address, first.family)
    })
  }
}

/**
 * For hosts of `--passthrough`: a name may resolve to any public address, but to a private one only if `passthrough` lists
 * that address. The checked address is the one connected to.
 */
export function outsideLookup(
  passthrough: readonly string[],
  lookup: typeof systemLookup = systemLookup,
): LookupFunction {
  const isNamed = namedAddresses(passthrough)
  return lookupPast(
    (address) => isPrivateAddress(address) && !isNamed(address),
    (name) =>
      `${name} resolves to a private address, to which the proxy connects only if --passthrough lists that address`,
    lookup,
  )
}

export function createDial(passthrough: readonly string[] = []): Dial {
  const lookup = outsideLookup(passthrough)
  return (host, port) => connect({ host, port, lookup })
}

export function unreachable(host: string, error: Error): Reply {
  return problem(502, 'passthrough_failed', `Cannot reach "${host}": ${error.message}`)
}

/** Some tools check for exactly this reason phrase. */
export const established = 'HTTP/1.1 200 Connection established\r\n\r\n'

/** Pipes two connections into each other until one ends. */
export function tunnelOut(
  socket: Socket,
  head: Buffer,
  outside: Duplex,
  failed: (error: Error) => void,
): void {
  outside.once('error', failed)
  socket.once('close', () => outside.destroy())
  outside.once('connect', () => {
    outside.off('error', failed)
    outside.on('error', () => socket.destroy())
    outside.once('close', () => socket.destroySoon())
    socket.write(established)
    outside.write(head)
    socket.pipe(outside).pipe(socket)
  })
}

/** The credentials are for this proxy. */
const endsAtProxy: ReadonlySet<string> = new Set([...hopByHop, 'proxy-authorization'])

/** Forwards one plain request unchanged, apart from hop-by-hop headers. */
export function forwardUpstream(
  request: IncomingMessage,
  response: ServerResponse,
  outside: Duplex,
  failed: (error: Error) => void,
): void {
  const { method = 'GET', url = '/', headers } = request
  const sent = send({
    method,
    path: url,
    headers: withoutHops(request.rawHeaders, headers['transfer-encoding'] !== undefined),
    createConnection: () => outside,
  })
  sent.on('error', (error) => {
    if (response.headersSent) response.destroy()
    else failed(error)
  })
  sent.on('response', (answer) => {
    response.sendDate = false
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.rawHeaders, false))
    answer.pipe(response)
    answer.on('close', () => {
      if (!answer.complete) response.destroy()
    })
  })
  response.once('close', () => outside.destroy())
  request.pipe(sent)
}

export function withoutHops(raw: readonly string[], chunked: boolean): string[] {
  const kept = pairsOf(raw).filter(([name]) => !endsAtProxy.has(name.toLowerCase()))
  return [...(chunked ? ['Transfer-Encoding', 'chunked'] : []), ...kept.flat()]
}
