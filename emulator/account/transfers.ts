/**
 * The transfer service: approved tokens wait as rows of their account for the programs that asked for them, and programs wait
 * here for the row, which may be written by another replica.
 */
import type { SealedTokens } from '../state/login-rows.ts'
import { putNewest } from '../state/newest-rows.ts'
import type { Change, Tables } from '../state/state.ts'
import type { AccountBase } from './base.ts'

/** Notes that a browser has opened the approval page for a key. */
export function beginTransfer({ state }: Pick<AccountBase, 'state'>, key: string): Change[] {
  if (state.tables.transfers.get(key) !== undefined) return []
  return putNewest(state, { table: 'transfers', put: { id: key } })
}

/** Keeps tokens for the program with this key, until `endsMs` (milliseconds since the epoch). */
export function putSealed(
  { state }: Pick<AccountBase, 'state'>,
  key: string,
  sealed: SealedTokens,
  endsMs: number,
): Change[] {
  return putNewest(state, { table: 'transfers', put: { id: key, sealed, ends_at: endsMs } })
}

/** The tokens that are kept for a key. */
export function sealedFor(tables: Tables, key: string, nowMs: number): SealedTokens | undefined {
  const { sealed, ends_at = 0 } = tables.transfers.get(key) ?? {}
  return nowMs < ends_at ? sealed : undefined
}

/** What is left once a program has taken its tokens: which account the key belongs to. */
export function takenBy(key: string): Change[] {
  return [{ table: 'transfers', put: { id: key } }]
}

export interface HeldPolls {
  /** Gives the polls what has come for them. For every change of an account's rows. */
  wake(tables: Tables): void
  /** The tokens for a key, once they come. Undefined after `holdMs` of real time, or if the client disconnects; `full` if too many are already waiting. */
  wait(key: string, wait: Wait): Promise<SealedTokens | 'full' | undefined>
}

interface Wait {
  readonly nowMs: number
  readonly holdMs: number
  readonly signal: AbortSignal
}

interface HeldPoll {
  readonly key: string
  readonly nowMs: number
  readonly end: (sealed?: SealedTokens) => void
}

/** Beyond `mostHeld` waiting polls, new ones are refused. */
export function createHeldPolls(mostHeld = 256): HeldPolls {
  const held = new Set<HeldPoll>()
  return {
    wake(tables) {
      // Every waiting poll gets them: one of them may come from a client that cannot decrypt them.
      for (const { key, nowMs, end } of held) {
        const sealed = sealedFor(tables, key, nowMs)
        if (sealed !== undefined) end(sealed)
      }
    },
    async wait(key, { nowMs, holdMs, signal }) {
      if (holdMs <= 0 || signal.aborted) return undefined
      if (held.size >= mostHeld) return 'full'
      return new Promise((resolve) => {
        const end = (sealed?: SealedTokens) => {
          held.delete(poll)
          clearTimeout(timer)
          signal.removeEventListener('abort', gone)
          resolve(sealed)
        }
        const gone = () => end()
        const poll = { key, nowMs, end }
        // Real time: the program's own time-out does not follow the emulator's clock.
        const timer = setTimeout(gone, holdMs).unref()
        signal.addEventListener('abort', gone)
        held.add(poll)
      })
    },
  }
}
