/** From which address a client calls, and who may say so in its place. */

import type { IncomingMessage } from 'node:http'
import { isLoopback } from '../../contracts/http/loopback.ts'

/** By which a proxy on this machine may state the client's address. */
export const clientIpHeader = 'access-emulator-client-ip'

/** With an admin token: lets the sender describe the client to a shared emulator, where an address proves nothing. */
export const describingTokenHeader = 'access-emulator-token'

/**
 * Used for a client that has already reset its connection, and so has no address. Not loopback: the client could then
 * describe itself as only a local proxy may.
 */
const nobodys = '0.0.0.0'

/** Removes the IPv4-mapped prefix of a dual-stack socket. */
export function plainAddress(address = nobodys): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, '')
}

/** Whose client a request of a shared emulator may describe: any account's, one's, or nobody's. */
export type Describes = 'any' | 'none' | { readonly id: string }

const described = new WeakMap<IncomingMessage, () => Describes>()

/** Of a shared emulator: what the request's token allows, whatever its address. Asked once the state is current. */
export function settleDescription(request: IncomingMessage, describes: () => Describes): void {
  described.set(request, describes)
}

/** Whether to believe what a request says of its client: from this machine, or by the token that a shared emulator asks for. */
export function mayDescribeClient(
  request: IncomingMessage,
  account: { readonly id: string } | undefined,
): boolean {
  const describes = described.get(request)?.()
  if (describes === undefined) return isLoopback(plainAddress(request.socket.remoteAddress))
  if (typeof describes === 'string') return describes === 'any'
  return describes.id === account?.id
}

/** That of the connection, unless a proxy that is believed states another. */
export function clientAddress(request: IncomingMessage, account: { readonly id: string }): string {
  const stated = request.headers[clientIpHeader]
  return typeof stated === 'string' && mayDescribeClient(request, account)
    ? stated
    : plainAddress(request.socket.remoteAddress)
}
