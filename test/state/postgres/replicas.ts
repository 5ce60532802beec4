/** Emulators on the database of each test. */
import { afterEach, expect, vi } from 'vitest'
import type { EmulatorOptions } from '../../../emulator/index.ts'
import { type Api, startApi, team } from '../../support/api.ts'
import type { TestDatabase } from './databases.ts'

export interface Replicas {
  /** Those that run; all are closed when the test ends. */
  readonly open: Api[]
  /** Starts one more, on the database of the test unless the options say otherwise. */
  replica(options?: EmulatorOptions): Promise<Api>
  closeAll(): Promise<void>
}

export function replicasOn(database: Pick<TestDatabase, 'url'>): Replicas {
  const open: Api[] = []
  const closeAll = async () => {
    await Promise.all(open.splice(0).map(({ emulator }) => emulator.close()))
  }
  afterEach(closeAll)
  return {
    open,
    closeAll,
    async replica(options = {}) {
      const api = await startApi({ state: database.url, ...options })
      open.push(api)
      return api
    },
  }
}

const compacted = 'select compacted::int from access_emulator.head'

/** Writes until the log has been shortened: it takes many records, and as much text as the state has. */
export async function shortenLog(
  { emulator: { control } }: Pick<Api, 'emulator'>,
  { number }: Pick<TestDatabase, 'number'>,
  account = team.id,
): Promise<void> {
  const query = { account }
  const state = await control.getState({ query })
  const counters = Array.from({ length: 9000 }, (_, n) => ({
    id: `${n}${'x'.repeat(30)}`,
    count: 1,
  }))
  await control.putState({ query, body: { ...state, counters } })
  for (let n = 0; n < 210; n += 1) await control.setClock({ body: { advance: 0 } })
  await vi.waitFor(async () => expect(await number(compacted)).toBeGreaterThan(0), 10_000)
}
