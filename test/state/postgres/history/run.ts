/** One run: replicas on a real Postgres, writers, and trouble; then the verdict on what was recorded. */
import { setTimeout as pause } from 'node:timers/promises'
import { startPostgres, unsynced } from '../server.ts'
import { check } from './check.ts'
import { createClient, type Recorder, runWriter } from './clients.ts'
import { createFleet } from './fleet.ts'
import type { History, Operation, Outcome, Violation } from './history.ts'
import { runNemesis, type Trouble } from './nemesis.ts'
import { createRandom } from './random.ts'
import { createSubjects } from './subjects.ts'

export interface RunOptions extends Trouble {
  readonly seed: number
  readonly replicas: number
  readonly writers: number
  /** Called now and then with what is done. */
  readonly progress?: (done: string) => void
}

export interface Counts {
  readonly writes: Readonly<Record<Outcome, number>>
  readonly creates: Readonly<Record<Outcome, number>>
  readonly reads: number
  readonly lists: number
  /** Reads and lists without an answer, and those whose answer says that it may be old. */
  readonly unread: Readonly<Record<'failed' | 'behind', number>>
  readonly kills: number
  readonly restarts: number
  readonly cuts: number
  /** The longest time in which no write was acknowledged. */
  readonly longestPauseMs: number
  readonly seconds: number
}

export interface RunResult {
  readonly history: History
  readonly counts: Counts
  readonly violations: readonly Violation[]
}

const accounts = 3
/** Per run. Every list has all of them. */
const mostCreates = 600
const stuckMs = 60_000
/** How long everything may take to work again once nothing more goes wrong. */
const repair = { tries: 300, pauseMs: 100 }

/** Undefined, with the reason printed, where there is no Postgres. */
export async function run(options: RunOptions): Promise<RunResult | undefined> {
  const server = await startPostgres({ settings: unsynced })
  if (server === undefined) return undefined
  try {
    const state = await server.database()
    const fleet = await createFleet(options.replicas, ['--seed', 'empty', '--state', state])
    try {
      return await recorded(options, { server, state, fleet })
    } finally {
      await fleet.stop()
    }
  } finally {
    await server.stop()
  }
}

type Running = Pick<Parameters<typeof runNemesis>[2], 'server' | 'state' | 'fleet'>

async function recorded(options: RunOptions, running: Running): Promise<RunResult> {
  const { seed, writers } = options
  const { fleet } = running
  const subjects = await createSubjects(fleet.urlOf(fleet.names[0] ?? ''), accounts)
  const began = performance.now()
  const now = () => performance.now() - began
  const operations: Operation[] = []
  const happened = { kill: 0, crash: 0, restart: 0, cut: 0 }
  const actions = options.kills + options.restarts + options.cuts
  const waiting: { readonly at: number; readonly resolve: () => void }[] = []
  const unread = { failed: 0, behind: 0 }
  const seen = { ok: 0, creates: 0, actions: 0 }
  const recorder: Recorder = {
    ...{ fleet, subjects, now },
    record(operation) {
      operations.push(operation)
      if (operation.kind === 'create') seen.creates += 1
      if (operation.outcome === 'ok') seen.ok += 1
      for (const each of waiting.splice(0)) {
        if (seen.ok >= each.at) each.resolve()
        else waiting.push(each)
      }
    },
    unread(why) {
      unread[why] += 1
    },
  }

  let isOver = false
  const stuck = new AbortController()
  const until = {
    isOver: () => isOver,
    // Spread over the run, so that none of it goes without.
    mayCreate: () => seen.creates < (mostCreates * (seen.actions + 1)) / (actions + 1),
  }
  const nemesis = runNemesis(options, createRandom(seed, 'nemesis'), {
    ...running,
    after: (count) =>
      count === 0
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ at: seen.ok + count, resolve })),
    say(action) {
      if (Object.hasOwn(happened, action)) happened[action as keyof typeof happened] += 1
      seen.actions += 1
      if (seen.actions % 20 === 0) {
        options.progress?.(`${seen.actions} of ${actions}, ${operations.length} operations`)
      }
    },
  })
  const all = Array.from({ length: writers }, (_, index) => {
    const name = `writer ${index + 1}`
    return runWriter(name, createRandom(seed, name), recorder, until)
  })
  try {
    await Promise.race([nemesis, Promise.all(all), stillness(() => seen.ok, stuck.signal)])
  } finally {
    isOver = true
    stuck.abort()
    await Promise.allSettled(all)
  }
  await readEverything(recorder)
  const history = { initial: subjects.initial, operations }
  const counts: Counts = {
    writes: outcomes(operations, 'write'),
    creates: outcomes(operations, 'create'),
    reads: operations.filter(({ kind }) => kind === 'read').length,
    lists: operations.filter(({ kind }) => kind === 'list').length,
    unread,
    ...{ kills: happened.kill, restarts: happened.crash + happened.restart, cuts: happened.cut },
    longestPauseMs: Math.round(longestPause(operations)),
    seconds: Math.round(now() / 1000),
  }
  return { history, counts, violations: check(history) }
}

/** Rejects once nothing has succeeded for a while: a run that is stuck fails, and does not wait. */
async function stillness(succeeded: () => number, signal: AbortSignal): Promise<void> {
  let before = -1
  while (succeeded() > before) {
    before = succeeded()
    await pause(stuckMs, undefined, { signal })
  }
  throw new Error(`Nothing has succeeded for ${stuckMs / 1000} s.`)
}

/** At every replica, once it writes again. */
async function readEverything(recorder: Recorder): Promise<void> {
  const { fleet, subjects } = recorder
  const client = createClient('the end', recorder)
  const insisted = async (what: string, ask: () => Promise<Outcome>) => {
    for (let tries = 0; tries < repair.tries; tries += 1) {
      if ((await ask()) === 'ok') return
      await pause(repair.pauseMs)
    }
    throw new Error(`${what} does not recover.`)
  }
  let count = 0
  for (const name of fleet.names) {
    await insisted(name, () => {
      count += 1
      return client.write(subjects.registers[0], `the end #${count}`, name)
    })
  }
  for (const name of fleet.names) {
    for (const each of subjects.registers) await insisted(name, () => client.read(each, name))
    for (const each of subjects.collections) await insisted(name, () => client.list(each, name))
  }
}

function outcomes(operations: readonly Operation[], kind: Operation['kind']) {
  const count = (outcome: Outcome) =>
    operations.filter((each) => each.kind === kind && each.outcome === outcome).length
  return { ok: count('ok'), refused: count('refused'), unknown: count('unknown') }
}

function longestPause(operations: readonly Operation[]): number {
  const times = operations
    .filter(({ kind, outcome }) => (kind === 'write' || kind === 'create') && outcome === 'ok')
    .map(({ returned }) => returned)
    .sort((a, b) => a - b)
  return times.reduce((most, time, index) => Math.max(most, time - (times[index - 1] ?? 0)), 0)
}
