/** Emulators on the database of each test. */
import { afterEach } from 'vitest'
import type { EmulatorOptions } from '../../../emulator/index.ts'
import { type Api, startApi } from '../../support/api.ts'
import { databasePerTest, type PostgresServer } from './server.ts'

export interface Replicas {
  /** Those that run; all are closed when the test ends. */
  readonly open: Api[]
  readonly server: () => PostgresServer | undefined
  /** Starts one more, on the database of the test unless the options say otherwise. */
  replica(options?: EmulatorOptions): Promise<Api>
  closeAll(): Promise<void>
}

/** @param use is given the URL of each test's database */
export function replicasPerTest(use: (url: string) => void = () => {}): Replicas {
  let state = ''
  const open: Api[] = []
  const server = databasePerTest((url) => {
    state = url
    use(url)
  })
  const closeAll = async () => {
    await Promise.all(open.splice(0).map(({ emulator }) => emulator.close()))
  }
  afterEach(closeAll)
  return {
    open,
    server,
    closeAll,
    async replica(options = {}) {
      const api = await startApi({ state, ...options })
      open.push(api)
      return api
    },
  }
}
