/** Metrics for Prometheus. Loaded, and counting, from the first time that they are asked for. */
import type { Counter, Histogram, Registry } from 'prom-client'
import type { Accounts } from '../account/accounts.ts'
import type { RememberedEntry } from '../account/journal.ts'
import { holdingOf, limitOf, quantities } from '../account/quota.ts'
import type { MetricsText } from '../control/context.ts'
import type { ChangeLog, CommitOutcome } from '../state/log.ts'
import type { Readiness } from './readiness.ts'

export interface Measured {
  readonly accounts: Accounts
  readonly changes: ChangeLog
  readonly readiness: Readiness
}

/** A client may send any method. */
const methods: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
]

/** From a commit in memory of a near database to one that waits for others. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Undefined if the package `prom-client` is not installed. */
export async function startMetrics(
  measured: Measured,
): Promise<(() => Promise<MetricsText>) | undefined> {
  const client = await import('prom-client').then(
    (loaded) => loaded.default,
    () => undefined,
  )
  if (client === undefined) return undefined
  const { accounts, changes, readiness } = measured
  const register: Registry = new client.Registry()
  const registers = [register]
  client.collectDefaultMetrics({ register })
  const requests = new client.Counter({
    name: 'access_emulator_requests_total',
    help: 'Requests that were answered, but for those of the control API. Status 0: the connection was cut.',
    labelNames: ['surface', 'method', 'status'],
    registers,
  })
  const verdicts = new client.Counter({
    name: 'access_emulator_verdicts_total',
    help: 'Decisions of Access on requests.',
    labelNames: ['verdict'],
    registers,
  })
  const commits = new client.Histogram({
    name: 'access_emulator_commit_seconds',
    help: 'Time until a change was stored in the folder or database that keeps the state, or was not; outrun: another replica was faster, and the request was decided again.',
    labelNames: ['outcome'],
    buckets: seconds,
    registers,
  })
  new client.Gauge({
    name: 'access_emulator_accounts',
    help: 'Accounts.',
    registers,
    collect() {
      this.set(accounts.all().length)
    },
  })
  new client.Gauge({
    name: 'access_emulator_held',
    help: 'What all accounts with a quota hold together: objects, and their bytes as JSON.',
    labelNames: ['of'],
    registers,
    collect() {
      for (const { of, held } of quotasOf(accounts)) this.set({ of }, sumOf(held))
    },
  })
  new client.Gauge({
    name: 'access_emulator_quota_used_ratio',
    help: 'The largest share that an account holds of what it may: objects, and their bytes as JSON. At 1, it may hold no more.',
    labelNames: ['of'],
    registers,
    collect() {
      for (const { of, shares } of quotasOf(accounts)) this.set({ of }, Math.max(0, ...shares))
    },
  })
  new client.Gauge({
    name: 'access_emulator_ready',
    help: '1 if requests should be sent here, as GET /__access/ready says.',
    registers,
    async collect() {
      this.set((await readiness.missing()).length === 0 ? 1 : 0)
    },
  })
  if (changes.shared !== undefined) {
    const reached = new client.Gauge({
      name: 'access_emulator_state_current_timestamp_seconds',
      help: 'When this replica last had everything that is stored; how long ago that is, is its replication lag.',
      registers,
    })
    changes.shared.whenReached(() => reached.setToCurrentTime())
    await changes.shared.current()
  }
  accounts.journals.listen((added) => count(added, requests, verdicts))
  changes.observe?.(() => timer(commits))
  return async () => ({ text: await register.metrics(), type: register.contentType })
}

/** Of all accounts together: accounts come and go, and a time series of each would stay. */
function quotasOf(accounts: Accounts) {
  const limited = accounts.all().filter(({ lease }) => lease !== undefined)
  const all = limited.map((account) => ({ lease: account.lease, holding: holdingOf(account) }))
  return quantities.map((of) => ({
    of,
    held: all.map(({ holding }) => holding[of]),
    shares: all.map(
      ({ lease, holding }) => holding[of] / (limitOf(lease, of) ?? Number.POSITIVE_INFINITY),
    ),
  }))
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function count(
  { answered, evaluation }: RememberedEntry,
  requests: Counter<'surface' | 'method' | 'status'>,
  verdicts: Counter<'verdict'>,
): void {
  const { operation, method, status } = answered
  requests.inc({
    surface: surfaceOf(operation),
    method: methods.includes(method) ? method : 'other',
    status,
  })
  if (evaluation !== undefined) verdicts.inc({ verdict: evaluation.verdict.kind })
}

function timer(commits: Histogram<'outcome'>): (outcome: CommitOutcome) => void {
  const end = commits.startTimer()
  return (outcome) => {
    end({ outcome })
  }
}

/** `access`: the paths of Access itself, such as the login. `server`: refused before any host was asked. */
function surfaceOf(operation: string): 'api' | 'access' | 'application' | 'server' {
  if (operation === 'gate') return 'application'
  if (operation === 'door') return 'server'
  return /^(edge|transfer)\./.test(operation) ? 'access' : 'api'
}
