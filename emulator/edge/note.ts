/** What the journal has of a request to a host behind the edge, whichever part of it answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import { type Fault, journaledFault } from '../../contracts/faults.ts'
import type { Evaluation } from '../account/evaluation.ts'
import type { JournaledAnswer } from '../account/journal.ts'
import { type Reply, write } from '../http/reply.ts'
import type { Visit } from './request.ts'

type Noted = Pick<
  JournaledAnswer,
  'operation' | 'status' | 'because' | 'trail' | 'onlyExpected'
> & {
  readonly evaluation?: Evaluation | undefined
  readonly fault?: Fault | undefined
}

export function note(visit: Visit, noted: Noted): void {
  const { fault, mode } = journaledFault(noted.fault)
  visit.journal.add(
    {
      ray: visit.ray,
      nowMs: visit.nowMs,
      host: visit.host,
      method: visit.method,
      path: visit.path + visit.query,
      operation: noted.operation,
      status: noted.status,
      fault,
      mode,
      trail: noted.trail,
      because: noted.because,
      onlyExpected: noted.onlyExpected,
    },
    noted.evaluation,
  )
}

/** Writes an answer that no operation gives, and notes it. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  visit: Visit,
  operation = 'edge.path',
): void {
  write(request, response, reply, visit)
  note(visit, noted(reply, operation))
}

export function noted({ status, headers, because }: Reply, operation: string): Noted {
  return { operation, status, because, onlyExpected: headers[headerNames.evidence] === 'expected' }
}
