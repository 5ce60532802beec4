/** Where replicas share the state: what must see the newest waits for what the others have stored. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { control } from '../../contracts/control/endpoints.ts'
import { countingOnce } from '../state/counted-once.ts'
import type { SharedOrder } from '../state/log.ts'
import type { Surfaces } from './router.ts'

/** Marks an answer that was given while the database could not be reached: it may be older than what is stored. */
const behindHeader = 'access-emulator-state'

/** What is asked of this process alone, and must be answered however long the database takes. */
function isOfProcess({ url }: IncomingMessage): boolean {
  return url === control.health.path || url === control.metrics.path
}

export function newestFirst(surfaces: Surfaces, shared: SharedOrder | undefined): Surfaces {
  if (shared === undefined) return surfaces
  const first =
    <Rest extends unknown[]>(
      serve: (request: IncomingMessage, response: ServerResponse, ...rest: Rest) => void,
    ) =>
    async (request: IncomingMessage, response: ServerResponse, ...rest: Rest) => {
      if (!(await shared.current())) response.setHeader(behindHeader, 'behind')
      countingOnce(() => serve(request, response, ...rest))
    }
  const { api, edge } = surfaces
  const ofControl = first(surfaces.control)
  return {
    api: first(api),
    control(request, response) {
      const serve = isOfProcess(request) ? surfaces.control : ofControl
      serve(request, response)
    },
    edge: {
      ...edge,
      team: first(edge.team),
      transfer: first(edge.transfer),
      application: first(edge.application),
      async upgrade(...args) {
        await shared.current()
        edge.upgrade(...args)
      },
    },
  }
}
