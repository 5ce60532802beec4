/** From which address a client calls. */
import type { IncomingMessage } from 'node:http'

/** By which a proxy on this machine may state the client's address. */
export const clientIpHeader = 'access-emulator-client-ip'

/**
 * Used for a client that has already reset its connection, and so has no address. Not loopback: the client could then
 * describe itself as only a local proxy may.
 */
const nobodys = '0.0.0.0'

/** Removes the IPv4-mapped prefix of a dual-stack socket. */
export function plainAddress(address = nobodys): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, '')
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** That of the connection, unless a proxy on this machine states another. */
export function clientAddress({ socket, headers }: IncomingMessage): string {
  const peer = plainAddress(socket.remoteAddress)
  const stated = headers[clientIpHeader]
  return isLoopback(peer) && typeof stated === 'string' ? stated : peer
}
