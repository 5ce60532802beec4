/** Limits on what a client may cost the server before it has sent a request. */
import { readFileSync } from 'node:fs'

/** The size of a request's head, in bytes. Twice the edge's limit, so that the edge's 400 comes before Node's own 431. */
export const maxHeaderSize = 256 * 1024

export interface Limits {
  /** Concurrent connections. Beyond that, one that has sent nothing yet is closed, or else the new one gets a 503. */
  readonly connections: number
  /** From the connection to its first byte, in milliseconds. */
  readonly firstByteMs: number
  /** From the first byte of a TLS handshake to its end, however steadily bytes arrive, in milliseconds. */
  readonly handshakeMs: number
  /** Concurrent TLS handshakes. Beyond that, the oldest is closed. */
  readonly handshakes: number
  /** From a request's first byte to the end of its headers, in milliseconds. */
  readonly headersMs: number
  /** From a request's first byte to its end, in milliseconds; at least `headersMs`. */
  readonly requestMs: number
  /** Between two requests, in milliseconds. HTTP/2 frames that are not requests do not reset it. */
  readonly idleMs: number
  /** How often slow requests are looked for, in milliseconds. */
  readonly sweepMs: number
  /** How long requests in progress may take when the server drains, in milliseconds. */
  readonly drainMs: number
}

export const defaultLimits: Limits = {
  connections: 4096,
  firstByteMs: 60_000,
  handshakeMs: 10_000,
  handshakes: 512,
  headersMs: 60_000,
  requestMs: 300_000,
  idleMs: 60_000,
  sweepMs: 30_000,
  drainMs: 10_000,
}

/** The open-file limit of this process; Infinity if the system does not report one. */
export function openFileLimit(): number {
  try {
    const [, soft] =
      /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
