/** What the client remembers of each host: which world it met there, and the token that opened it. */
import type { TokenResult, Way } from './token.ts'

/** A token held for a host; whether it opens the host by itself may not be known yet. */
export interface RememberedToken {
  readonly token: string
  /** Seconds since the epoch. */
  readonly exp: number
  readonly replayable: boolean | undefined
}

export interface Memory {
  readonly ways: Map<string, Way>
  readonly held: Map<string, RememberedToken>
  readonly results: Map<string, TokenResult>
}

export function createMemory(): Memory {
  return { ways: new Map(), held: new Map(), results: new Map() }
}

const marginSeconds = 30

/** Whether a token may still be used: until 30 seconds before it expires. */
export function isFresh(exp: number, nowMs: number): boolean {
  return nowMs < (exp - marginSeconds) * 1000
}
