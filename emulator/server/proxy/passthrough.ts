/** The way out, for names that `--passthrough` lets out: a raw tunnel, or one plain request. */
import { lookup as systemLookup } from 'node:dns'
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { connect, type LookupFunction, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { hopByHop, pairsOf } from '../../../contracts/http/headers.ts'
import type { Reply } from '../../http/reply.ts'
import { problem } from '../refusals.ts'
import { isPrivateAddress, namedAddresses } from './private-networks.ts'

export type Dial = (host: string, port: number) => Duplex

/** Addresses that are `closed` count as absent; a name that has no other fails in the words of `refusal`. */
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
 * For hosts of `--passthrough`: a name may lead to any address of the internet, and to others only where `passthrough` names
 * those. The address that was looked at is the one that is connected to.
 */
export function outsideLookup(
  passthrough: readonly string[],
  lookup: typeof systemLookup = systemLookup,
): LookupFunction {
  const isNamed = namedAddresses(passthrough)
  return lookupPast(
    (address) => isPrivateAddress(address) && !isNamed(address),
    (name) =>
      `${name} leads to an address of this machine or network, where the proxy goes only if --passthrough names that address`,
    lookup,
  )
}

export function createDial(passthrough: readonly string[] = []): Dial {
  const lookup = outsideLookup(passthrough)
  return (host, port) => connect({ host, port, lookup })
}

export function unreachable(host: string, error: Error): Reply {
  return problem(502, 'passthrough_failed', `"${host}" could not be reached: ${error.message}`)
}

/** Tools look for these words. */
export const established = 'HTTP/1.1 200 Connection established\r\n\r\n'

/** Joins two connections until one of them ends. */
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

/** Sends one plain request out, as it is. */
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
