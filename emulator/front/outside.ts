/** The way out, for names that `--passthrough` lets out: a raw tunnel, or one plain request. */
import { lookup as systemLookup } from 'node:dns'
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { BlockList, connect, isIPv6, type LookupFunction, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Reply } from '../http/reply.ts'
import { problem } from './refusals.ts'

export type Dial = (host: string, port: number) => Duplex

/** A name that leads back to this machine would open its other ports to whoever can name it. */
const home = new BlockList()
home.addSubnet('127.0.0.0', 8, 'ipv4')
home.addSubnet('0.0.0.0', 8, 'ipv4')
home.addAddress('::1', 'ipv6')
home.addAddress('::', 'ipv6')

export function outsideLookup(lookup: typeof systemLookup = systemLookup): LookupFunction {
  return lookupPast(
    home,
    (name) => `${name} leads to this machine, where the proxy does not go`,
    lookup,
  )
}

/** Addresses of `closed` are none; a name that has no other fails in the words of `refusal`. */
export function lookupPast(
  closed: BlockList,
  refusal: (name: string) => string,
  lookup: typeof systemLookup = systemLookup,
): LookupFunction {
  return (name, options, done) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      const outside = found.filter(
        ({ address }) => !closed.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
      )
      const [first] = outside
      if (first === undefined) return done(new Error(refusal(name)), '')
      if (options.all) done(null, outside)
      else done(null, first.address, first.family)
    })
  }
}

export function createDial(): Dial {
  const lookup = outsideLookup()
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

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Sends one plain request out, as it is. */
export function requestOut(
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
  const kept = chunked ? ['Transfer-Encoding', 'chunked'] : []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (!hopByHop.has(name.toLowerCase())) kept.push(name, raw[at + 1] ?? '')
  }
  return kept
}
