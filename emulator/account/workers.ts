/** Which hosts of an account are Workers, and which application protects them with a Worker destination. */
import type { Destination } from '../../contracts/api/destinations.ts'
import { type WorkerHost, workerKey, workerKeys } from '../access/workers.ts'
import type { ApplicationRow } from '../state/rows.ts'
import type { AccountBase } from './base.ts'
import { perHost } from './per-host.ts'

export interface WorkerGuard {
  readonly application: ApplicationRow
  readonly destination: Destination
}

/** From the emulator's options, or from the seed. */
export function workerAt({ workers, state }: AccountBase, host: string): WorkerHost | undefined {
  return workers.get(host) ?? state.tables.worker_hosts.get(host)
}

/** The most specific Worker destination that covers a host; false if none does. */
export const workerGuardOf = perHost(
  ['worker_hosts', 'applications'],
  (account, host): WorkerGuard | false => {
    const worker = workerAt(account, host)
    for (const key of worker === undefined ? [] : workerKeys(worker)) {
      const [application] = account.state.tables.applications.by('worker', key)
      const destination = application?.destinations?.find((each) => workerKey(each) === key)
      if (application !== undefined && destination !== undefined)
        return { application, destination }
    }
    return false
  },
)

/** Warnings about Worker destinations that protect nothing here, because no host is known to be their Worker. */
export function unmappedWorkers(
  account: AccountBase,
  { destinations = [] }: ApplicationRow,
): string[] {
  const mapped = new Set(
    [...account.workers.values(), ...account.state.tables.worker_hosts.all()].flatMap(workerKeys),
  )
  return destinations.flatMap((destination) => {
    const key = workerKey(destination)
    if (key === undefined || mapped.has(key)) return []
    const { type, worker_id = 'WORKER' } = destination
    const preview = type.includes('preview') ? ':preview' : ''
    return [
      `The destination ${key} protects nothing: the emulator knows no host for it. Start it with --worker HOST=${worker_id}${preview}, or list the host under "workers" in the seed.`,
    ]
  })
}
