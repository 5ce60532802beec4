/**
 * The transfer service: approved tokens wait here for the programs that asked for them, and programs wait here for approval.
 * In memory only; `reset` clears it.
 */

/** Tokens that only the owner of a key can decrypt (sign-in-transfer-box). */
export interface SealedTokens {
  /** Nonce and box, in base64. */
  readonly box: string
  /** The public key that it was sealed with, in base64url. */
  readonly servicePublicKey: string
}

/** The transfers of one account. */
export interface AccountTransfers {
  /** Notes that a browser has opened the approval page for a key. */
  begin(key: string): void
  /** Passes the box to the programs that wait for the key, or keeps it until `endsMs` (milliseconds since the epoch). */
  put(key: string, sealed: SealedTokens, endsMs: number): void
  clear(): void
}

export interface Transfers {
  of(account: string): AccountTransfers
  /** The account in which a key was last used. */
  accountOf(key: string): string | undefined
  /** The box for a key, which stays there. */
  peek(key: string, nowMs: number): SealedTokens | undefined
  /**
   * Takes the box for a key, which can be done once: immediately, or when it arrives. Undefined after `holdMs` of real time, or
   * if the client disconnects; `full` if too many are already waiting.
   */
  take(key: string, wait: Wait): Promise<SealedTokens | 'full' | undefined>
}

interface Wait {
  readonly nowMs: number
  readonly holdMs: number
  readonly signal: AbortSignal
}

interface KeptTransfer {
  readonly account: string
  readonly sealed?: SealedTokens
  readonly endsMs: number
}

type HeldPoll = (sealed: SealedTokens | undefined) => void

/** Beyond `mostKept` keys, the oldest are dropped; beyond `mostHeld` waiting polls, new ones are refused. */
export function createTransfers({ mostKept = 1000, mostHeld = 256 } = {}): Transfers {
  const keys = new Map<string, KeptTransfer>()
  const held = new Map<string, Set<HeldPoll>>()
  let heldCount = 0

  const keep = (key: string, kept: KeptTransfer) => {
    keys.delete(key)
    keys.set(key, kept)
    const [oldest] = keys.keys()
    if (keys.size > mostKept && oldest !== undefined) keys.delete(oldest)
  }

  const there = (key: string, nowMs: number): SealedTokens | undefined => {
    const kept = keys.get(key)
    return kept === undefined || nowMs >= kept.endsMs ? undefined : kept.sealed
  }

  const hold = (key: string, { holdMs, signal }: Wait): Promise<SealedTokens | undefined> =>
    new Promise((resolve) => {
      const waiting = held.get(key) ?? new Set()
      const done: HeldPoll = (sealed) => {
        if (!waiting.delete(done)) return
        heldCount -= 1
        if (waiting.size === 0) held.delete(key)
        clearTimeout(timer)
        signal.removeEventListener('abort', gone)
        resolve(sealed)
      }
      const gone = () => done(undefined)
      // Real time: the program's own time-out does not follow the emulator's clock.
      const timer = setTimeout(gone, holdMs).unref()
      signal.addEventListener('abort', gone)
      waiting.add(done)
      held.set(key, waiting)
      heldCount += 1
    })

  return {
    of: (account) => ({
      begin: (key) => {
        const kept = keys.get(key)
        if (kept?.sealed === undefined) keep(key, { account, endsMs: 0 })
      },
      put(key, sealed, endsMs) {
        const waiting = held.get(key)
        keep(key, waiting === undefined ? { account, sealed, endsMs } : { account, endsMs: 0 })
        // Every waiting poll gets it: one of them may come from a client that cannot decrypt it.
        for (const give of waiting ?? []) give(sealed)
      },
      clear() {
        for (const [key, kept] of keys) if (kept.account === account) keys.delete(key)
      },
    }),
    accountOf: (key) => keys.get(key)?.account,
    peek: there,
    async take(key, wait) {
      const sealed = there(key, wait.nowMs)
      const account = keys.get(key)?.account
      if (sealed !== undefined && account !== undefined) {
        keep(key, { account, endsMs: 0 })
        return sealed
      }
      if (wait.holdMs <= 0 || wait.signal.aborted) return undefined
      return heldCount >= mostHeld ? 'full' : hold(key, wait)
    },
  }
}
