/** Keeps a replica up to date: on notice, from time to time, and before what must see the newest state. */
import type { Client } from 'pg'
import { asError } from '../../world/error-code.ts'
import { afresh } from '../afresh.ts'
import { schemaName } from './schema.ts'

export interface Following {
  begin(): void
  hasBegun(): boolean
  /** Waits until everything that was stored before the call is applied. False if the database cannot be reached. */
  current(): Promise<boolean>
  /** Whether the latest attempt did not reach the database. */
  isLost(): boolean
  /** Notes whether another statement reached the database. */
  lose(error: Error): void
  regain(): void
  close(): Promise<void>
}

export interface FollowOptions {
  /** Fetches and applies what is new. */
  pull(): Promise<void>
  /** Whether a record has been applied. */
  isSeen(sequence: number): boolean
  /** A connection of its own, on which notices arrive. */
  connect(): Promise<Client>
  lost(error: Error): void
  found(): void
  /** Called each time that everything stored has been applied. */
  reached(): void
}

/** In milliseconds. Without notices, such as behind PgBouncer, what waits for a change must still learn of it within a second. */
const between = { looks: 400, attempts: 250, listening: 2000 } as const

export function follow({ pull, isSeen, connect, lost, found, reached }: FollowOptions): Following {
  let isLost = false
  let hasBegun = false
  let isClosed = false
  let listener: Client | undefined
  const timers = new Set<NodeJS.Timeout>()

  const later = (ms: number, act: () => void) => {
    if (isClosed) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms).unref()
    timers.add(timer)
  }

  const lose = (error: Error) => {
    if (isClosed) return
    if (!isLost) lost(error)
    isLost = true
  }

  const regain = () => {
    if (isLost) found()
    isLost = false
    reached()
  }

  const look = async (): Promise<boolean> => {
    try {
      await pull()
      regain()
      return true
    } catch (error) {
      lose(asError(error))
      return false
    }
  }

  /** What is stored now may be missing from a look that has already begun: it needs the next. */
  const looks = afresh(look)
  const refreshed = looks.run

  const lookAgain = () =>
    later(isLost ? between.attempts : between.looks, () => {
      refreshed().finally(lookAgain)
    })

  const listen = async (): Promise<void> => {
    const again = () => {
      if (listener === client) listener = undefined
      later(between.listening, () => void listen())
    }
    const client = await connect().catch(() => undefined)
    if (client === undefined) return again()
    if (isClosed) return void client.end().catch(() => {})
    listener = client
    client.on('error', () => client.end().catch(() => {}))
    client.once('end', again)
    client.on('notification', ({ payload }) => {
      // Later: what this replica stored itself is about to be applied, and needs no other look.
      setImmediate(() => {
        if (!isSeen(Number(payload))) void refreshed()
      })
    })
    // Behind PgBouncer there may be none: then looking from time to time must do.
    await client.query(`listen ${schemaName}`).catch(() => client.end().catch(() => {}))
  }

  return {
    begin() {
      hasBegun = true
      lookAgain()
      void listen()
    },
    hasBegun: () => hasBegun,
    current: () => (isLost ? Promise.resolve(false) : refreshed()),
    isLost: () => isLost,
    lose,
    regain,
    async close() {
      isClosed = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.allSettled([looks.settled(), listener?.end()])
    },
  }
}
