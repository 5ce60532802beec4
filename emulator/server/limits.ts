/** What clients may cost the door before they have said anything worth an answer. */
import { readFileSync } from 'node:fs'

/** Bytes of a request's head. Twice what the edge takes: its 400 must come before the 431 of Node's parser. */
export const maxHeaderSize = 256 * 1024

export interface Limits {
  /** Connections at one time. Beyond them a silent one makes room, or the new one gets 503. */
  readonly connections: number
  /** From connecting to the first byte; milliseconds. */
  readonly firstByteMs: number
  /** From the first byte of TLS to the end of the handshake, however steadily its bytes come; milliseconds. */
  readonly handshakeMs: number
  /** TLS handshakes at one time. Beyond them the oldest makes room. */
  readonly handshakes: number
  /** From a request's first byte to the end of its headers; milliseconds. */
  readonly headersMs: number
  /** Between two requests, and for HTTP/2 whatever else than a request comes in between; milliseconds. */
  readonly idleMs: number
  /** How often slow headers are looked for; milliseconds. */
  readonly sweepMs: number
}

export const defaultLimits: Limits = {
  connections: 4096,
  firstByteMs: 60_000,
  handshakeMs: 10_000,
  handshakes: 512,
  headersMs: 60_000,
  idleMs: 60_000,
  sweepMs: 30_000,
}

/** The open-file limit of this process, where the system tells it. */
export function openFileLimit(): number {
  try {
    const [, soft] =
      /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
