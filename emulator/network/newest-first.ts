/** Where replicas share the state: what must see the newest waits for what the others have stored. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { countingOnce } from '../state/counted-once.ts'
import type { SharedOrder } from '../state/log.ts'

/** Marks an answer that was given while the database could not be reached: it may be older than what is stored. */
const behindHeader = 'access-emulator-state'

type Serve<Rest extends unknown[]> = (
  request: IncomingMessage,
  response: ServerResponse,
  ...rest: Rest
) => void

export type NewestFirst = <Rest extends unknown[]>(serve: Serve<Rest>) => Serve<Rest>

/** @param shared undefined where this process has the state alone, and nothing waits */
export function newestFirst(shared: SharedOrder | undefined): NewestFirst {
  if (shared === undefined) return (serve) => serve
  return (serve) =>
    async (request, response, ...rest) => {
      if (!(await shared.current())) response.setHeader(behindHeader, 'behind')
      countingOnce(() => serve(request, response, ...rest))
    }
}
