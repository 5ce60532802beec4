/** The one door for time, entropy and keys. Everything else is given a `World` and looks at no clock of its own. */
import { createHmac, randomBytes } from 'node:crypto'
import { createKeyPool, type KeyPool } from './keys.ts'

/** `real`: the wall clock. `frozen`: stands still until moved. `running`: the wall clock, shifted. */
export type ClockMode = 'real' | 'frozen' | 'running'

export interface ClockState {
  readonly mode: ClockMode
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Moves the world's time. Every change wakes the sleepers whose time has come. */
export interface WorldClock {
  state(): ClockState
  freeze(atMs: number): void
  /** Starts at `fromMs` and runs with the wall clock. */
  run(fromMs: number): void
  real(): void
  /** Moves forward by `ms`; a frozen clock stays frozen, a real one becomes a running one. @throws RangeError if negative */
  advance(ms: number): void
}

export interface World {
  /** Milliseconds since the epoch, an integer. */
  now(): number
  /** The wall clock, wherever the world's clock stands: for TLS certificates, which others check against theirs. */
  wallNow(): number
  /** `n` bytes that depend on the entropy and the label alone: the same label always gives the same bytes. */
  bytes(n: number, ...label: readonly (string | number)[]): Uint8Array
  /** Resolves once the world's clock has moved by `ms`. Never keeps the process alive. */
  sleep(ms: number): Promise<void>
  readonly keys: KeyPool
  readonly clock: WorldClock
  /** Whether another world with the same options gives the same bytes and keys. */
  readonly deterministic: boolean
}

export interface WorldOptions {
  /** ISO 8601. The clock stands still there; with a trailing `+` it starts there and runs. Without: the wall clock. */
  readonly at?: string
  /** The text that all ids, secrets and choices of keys derive from. Without: 32 random bytes. */
  readonly entropy?: string
  /** Generates signing keys (about 150 ms each) in place of the published ones. */
  readonly freshKeys?: boolean
}

/** @throws RangeError when `at` is not a date and time */
export function createWorld({ at, entropy, freshKeys = false }: WorldOptions = {}): World {
  const { clock, now, sleep } = createClock()
  if (at !== undefined) setClock(clock, at)
  const secret = entropy === undefined ? randomBytes(32) : Buffer.from(entropy)
  return {
    now,
    wallNow: () => Date.now(),
    bytes: (n, ...label) => expand(secret, n, label),
    sleep,
    keys: createKeyPool({ fresh: freshKeys }),
    clock,
    deterministic: entropy !== undefined && !freshKeys,
  }
}

/** A text for `entropy`, where what derives from it must outlive this process. */
export function freshEntropy(): string {
  return randomBytes(32).toString('hex')
}

// With seconds and a zone: `2026-01-01` and `2026-01-01T00:00` would mean another moment in each time zone.
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

export function setClock(clock: WorldClock, at: string): void {
  const runs = at.endsWith('+')
  const iso = runs ? at.slice(0, -1) : at
  const ms = instant.test(iso) ? Date.parse(iso) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new RangeError(
      `"${at}" is not a moment: expected ISO 8601 with seconds and zone, such as 2026-01-01T00:00:00Z; add + to let the clock run.`,
    )
  }
  if (runs) clock.run(ms)
  else clock.freeze(ms)
}

/** HMAC in counter mode. JSON keeps the label unambiguous: ("ab", "c") and ("a", "bc"), 1 and "1" all differ. */
function expand(secret: Buffer, n: number, label: readonly (string | number)[]): Uint8Array {
  const text = JSON.stringify(label)
  const blocks: Buffer[] = []
  for (let block = 0; block * 32 < n; block++) {
    blocks.push(createHmac('sha256', secret).update(`${block}:${text}`).digest())
  }
  return new Uint8Array(Buffer.concat(blocks).subarray(0, n))
}

interface Sleeper {
  /** World time at which it wakes. */
  due: number
  readonly wake: () => void
  timer?: NodeJS.Timeout | undefined
}

/** Node fires a longer timeout at once. */
const longestTimeout = 2 ** 31 - 1

function createClock(): { clock: WorldClock; now(): number; sleep(ms: number): Promise<void> } {
  let mode: ClockMode = 'real'
  let frozenAt = 0
  let offset = 0
  const sleepers = new Set<Sleeper>()

  const now = () => (mode === 'frozen' ? frozenAt : Date.now() + offset)

  function wakeOrWait(sleeper: Sleeper): void {
    clearTimeout(sleeper.timer)
    const left = sleeper.due - now()
    if (left <= 0) {
      sleepers.delete(sleeper)
      sleeper.wake()
    } else if (mode !== 'frozen') {
      sleeper.timer = setTimeout(wakeOrWait, Math.min(left, longestTimeout), sleeper).unref()
    }
  }

  function change(set: () => void): void {
    const before = now()
    set()
    const back = before - now()
    // A clock set back must not make anyone sleep longer than asked.
    if (back > 0) for (const sleeper of sleepers) sleeper.due -= back
    for (const sleeper of [...sleepers].sort((a, b) => a.due - b.due)) wakeOrWait(sleeper)
  }

  function freeze(atMs: number): void {
    change(() => {
      mode = 'frozen'
      frozenAt = Math.trunc(atMs)
    })
  }

  function run(fromMs: number): void {
    change(() => {
      mode = 'running'
      offset = Math.trunc(fromMs) - Date.now()
    })
  }

  const clock: WorldClock = {
    state: () => ({ mode, now: now() }),
    freeze,
    run,
    real() {
      change(() => {
        mode = 'real'
        offset = 0
      })
    },
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`A clock advances by 0 ms or more, not by ${ms}.`)
      if (mode === 'frozen') freeze(frozenAt + ms)
      else run(now() + ms)
    },
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      const sleeper = { due: now() + ms, wake }
      sleepers.add(sleeper)
      wakeOrWait(sleeper)
    })
  }
  return { clock, now, sleep }
}
