/** The only source of time, entropy and keys. All other code gets a `World` and reads no clock of its own. */
import { createHmac, randomBytes } from 'node:crypto'
import { createKeyPool, type KeyPool, type KeyStore } from './keys.ts'

/** `real`: the wall clock. `frozen`: stands still until changed. `running`: the wall clock, shifted. */
export type ClockMode = 'real' | 'frozen' | 'running'

export interface ClockState {
  readonly mode: ClockMode
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What a clock is set to. Times are milliseconds since the epoch, `offset` what a running one is ahead of the wall clock. */
export type ClockSetting =
  | { readonly mode: 'real' }
  | { readonly mode: 'frozen'; readonly at: number }
  | { readonly mode: 'running'; readonly offset: number }

interface ClockChanges<T> {
  freeze(atMs: number): T
  /** Starts at `fromMs` and runs with the wall clock. */
  run(fromMs: number): T
  real(): T
  /** Moves the clock forward by `ms`; a frozen one stays frozen, a real one becomes a running one. @throws RangeError if negative */
  advance(ms: number): T
}

/** Sets the World's time. Every change wakes the sleepers that are due. */
export interface WorldClock extends ClockChanges<void> {
  state(): ClockState
  setting(): ClockSetting
  set(setting: ClockSetting): void
  /** What each change would set the clock to. */
  readonly next: ClockChanges<ClockSetting>
}

export interface World {
  /** Milliseconds since the epoch, an integer. */
  now(): number
  /** Whole seconds since the epoch, as in the claims of a token. */
  seconds(): number
  /** The wall clock, whatever the World's clock says: for TLS certificates, which clients check against their own. */
  wallNow(): number
  /** `n` bytes that depend only on the entropy and the label: the same label always gives the same bytes. */
  bytes(n: number, ...label: readonly (string | number)[]): Uint8Array
  /** Resolves once the World's clock has advanced by `ms`. Never keeps the process alive. */
  sleep(ms: number): Promise<void>
  readonly keys: KeyPool
  readonly clock: WorldClock
  /** Whether another World with the same options gives the same bytes and keys. */
  readonly deterministic: boolean
}

export interface WorldOptions {
  /** ISO 8601 with seconds and zone. Freezes the clock at that time; with a trailing `+`, it runs from there. Default: the wall clock. */
  readonly at?: string
  /** The text that all ids, secrets and choices of keys derive from. Default: 32 random bytes. */
  readonly entropy?: string
  /** Generates signing keys (about 150 ms each) instead of using the published ones. Default: false. */
  readonly freshKeys?: boolean
  /** Where generated keys are kept. */
  readonly keyStore?: KeyStore | undefined
}

/** @throws RangeError if `at` is not a date and time */
export function createWorld(options: WorldOptions = {}): World {
  const { at, entropy, freshKeys = false, keyStore: store } = options
  const { clock, now, sleep } = createClock()
  if (at !== undefined) clock.set(settingAt(clock, at))
  const secret = entropy === undefined ? randomBytes(32) : Buffer.from(entropy)
  return {
    now,
    seconds: () => Math.floor(now() / 1000),
    wallNow: () => Date.now(),
    bytes: (n, ...label) => expand(secret, n, label),
    sleep,
    keys: createKeyPool({ fresh: freshKeys, store }),
    clock,
    deterministic: entropy !== undefined && !freshKeys,
  }
}

/** A new value for `entropy`, for when what derives from it must outlive this process. */
export function freshEntropy(): string {
  return randomBytes(32).toString('hex')
}

// Seconds and zone are required: `2026-01-01` and `2026-01-01T00:00` mean a different moment in each time zone.
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** What `--at` sets the clock to. @throws RangeError */
export function settingAt({ next }: WorldClock, at: string | undefined): ClockSetting {
  if (at === undefined) return next.real()
  const runs = at.endsWith('+')
  const iso = runs ? at.slice(0, -1) : at
  const ms = instant.test(iso) ? Date.parse(iso) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new RangeError(
      `"${at}" is not a date and time: expected ISO 8601 with seconds and zone, such as 2026-01-01T00:00:00Z; add + to let the clock run.`,
    )
  }
  return runs ? next.run(ms) : next.freeze(ms)
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
  /** World time at which to wake, in milliseconds. */
  due: number
  readonly wake: () => void
  timer?: NodeJS.Timeout | undefined
}

/** Node fires longer timeouts immediately. */
const longestTimeout = 2 ** 31 - 1

function createClock(): { clock: WorldClock; now(): number; sleep(ms: number): Promise<void> } {
  let mode: ClockMode = 'real'
  let frozenAt = 0
  let offset = 0
  const sleepers = new Set<Sleeper>()

  const now = () => (mode === 'frozen' ? frozenAt : Date.now() + offset)

  const next: WorldClock['next'] = {
    freeze: (atMs) => ({ mode: 'frozen', at: Math.trunc(atMs) }),
    run: (fromMs) => ({ mode: 'running', offset: Math.trunc(fromMs) - Date.now() }),
    real: () => ({ mode: 'real' }),
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`A clock can advance by 0 ms or more, not by ${ms}.`)
      return mode === 'frozen' ? next.freeze(frozenAt + ms) : next.run(now() + ms)
    },
  }

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

  function set(setting: ClockSetting): void {
    const before = now()
    mode = setting.mode
    if (setting.mode === 'frozen') frozenAt = setting.at
    else offset = setting.mode === 'running' ? setting.offset : 0
    const back = before - now()
    // Setting the clock back must not make a sleeper sleep longer than requested.
    if (back > 0) for (const sleeper of sleepers) sleeper.due -= back
    for (const sleeper of [...sleepers].sort((a, b) => a.due - b.due)) wakeOrWait(sleeper)
  }

  const clock: WorldClock = {
    state: () => ({ mode, now: now() }),
    setting: () => {
      if (mode === 'real') return { mode }
      return mode === 'frozen' ? { mode, at: frozenAt } : { mode, offset }
    },
    set,
    next,
    freeze: (atMs) => set(next.freeze(atMs)),
    run: (fromMs) => set(next.run(fromMs)),
    real: () => set(next.real()),
    advance: (ms) => set(next.advance(ms)),
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
