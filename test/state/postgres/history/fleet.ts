/** The replicas: processes of the shipped command on one database, killed and started again. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Running, startCommand } from '../../../support/command.ts'

export interface Fleet {
  readonly names: readonly string[]
  /** Where this replica was last seen to listen. */
  urlOf(name: string): string
  /** `kill -9`, and a start with the same flags. False if it is not up. */
  kill(name: string): boolean
  /** Resolves once all are up. */
  allUp(): Promise<void>
  stop(): Promise<void>
}

/** A start that fails because the database is away, or still has the process that was killed. */
const patience = { tries: 200, pauseMs: 100 }

export async function createFleet(count: number, args: readonly string[]): Promise<Fleet> {
  const names = Array.from({ length: count }, (_, index) => `replica ${index + 1}`)
  const up = new Map<string, Running>()
  const urls = new Map<string, string>()
  const starting = new Map<string, Promise<void>>()
  let isStopped = false

  const start = async (name: string) => {
    let problem: unknown
    for (let tries = 0; tries < patience.tries && !isStopped; tries += 1) {
      try {
        const running = await startCommand(args)
        if (isStopped) await running.stop('SIGKILL')
        up.set(name, running)
        urls.set(name, running.ready.url)
        return
      } catch (error) {
        problem = error
        await pause(patience.pauseMs)
      }
    }
    if (!isStopped) throw new Error(`${name} does not start again.`, { cause: problem })
  }
  const startInBackground = (name: string) => {
    const started = start(name)
    // Whoever waits for all of them is told.
    started.catch(() => {})
    starting.set(name, started)
  }

  for (const name of names) await start(name)
  return {
    names,
    urlOf: (name) => urls.get(name) ?? '',
    kill(name) {
      const running = up.get(name)
      if (running === undefined) return false
      up.delete(name)
      running.stop('SIGKILL')
      startInBackground(name)
      return true
    },
    async allUp() {
      await Promise.all(starting.values())
    },
    async stop() {
      isStopped = true
      await Promise.allSettled(starting.values())
      await Promise.all([...up.values()].map((running) => running.stop('SIGKILL')))
    },
  }
}
