/** What one client may cost the door before it has said anything worth an answer. */
export interface Limits {
  /** Connections at one time. Beyond them a silent one makes room, or the new one gets 503. */
  readonly connections: number
  /** From connecting to the first byte, and from the first byte of TLS to the end of its ClientHello; milliseconds. */
  readonly firstByteMs: number
  /** For the rest of the TLS handshake; milliseconds. */
  readonly handshakeMs: number
  /** From a request's first byte to the end of its headers; milliseconds. */
  readonly headersMs: number
  /** Between two requests; milliseconds. */
  readonly idleMs: number
  /** How often slow headers are looked for; milliseconds. */
  readonly sweepMs: number
}

export const defaultLimits: Limits = {
  connections: 4096,
  firstByteMs: 60_000,
  handshakeMs: 20_000,
  headersMs: 60_000,
  idleMs: 60_000,
  sweepMs: 30_000,
}
