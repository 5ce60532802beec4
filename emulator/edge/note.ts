/** Journals requests to hosts behind the edge, whichever part of it answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Fault, journaledFault } from '../../contracts/control/faults.ts'
import { headerNames } from '../../contracts/edge/endpoints.ts'
import type { Evaluation, JournaledAnswer, JournaledFlow } from '../account/account.ts'
import { type Reply, write } from '../http/reply.ts'
import { flowAtGate } from './flow/at-gate.ts'
import type { EdgeRequest } from './request.ts'

type Noted = Pick<
  JournaledAnswer,
  'operation' | 'status' | 'because' | 'trail' | 'onlyExpected'
> & {
  readonly evaluation?: Evaluation | undefined
  readonly fault?: Fault | undefined
  /** Of a path of Access; the gate finds its own. */
  readonly flow?: JournaledFlow | undefined
}

export function note(edgeRequest: EdgeRequest, noted: Noted): void {
  const { fault, mode } = journaledFault(noted.fault)
  edgeRequest.journal.add(
    {
      ray: edgeRequest.ray,
      nowMs: edgeRequest.nowMs,
      host: edgeRequest.host,
      method: edgeRequest.method,
      path: edgeRequest.path + edgeRequest.query,
      operation: noted.operation,
      status: noted.status,
      fault,
      mode,
      trail: noted.trail,
      because: noted.because,
      onlyExpected: noted.onlyExpected,
      flow:
        noted.operation === 'gate'
          ? flowAtGate(edgeRequest, noted.status, noted.evaluation)
          : noted.flow,
    },
    noted.evaluation,
  )
}

/** Writes an answer that does not come from an operation, and journals it. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  edgeRequest: EdgeRequest,
  operation = 'edge.path',
): void {
  write(request, response, reply, edgeRequest)
  note(edgeRequest, noted(reply, operation))
}

export function noted({ status, headers, because }: Reply, operation: string): Noted {
  return { operation, status, because, onlyExpected: headers[headerNames.evidence] === 'expected' }
}
