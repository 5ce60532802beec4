/** The request of a program to the application itself: the one that it signs in for, and those with its token. */
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import { bearerToken } from '../../access/credentials.ts'
import { managedOauthOf } from '../../access/oauth.ts'
import type { Evaluation, Flow, JournaledFlow } from '../../account/account.ts'
import { asksForMetadata } from '../cli/discovery.ts'
import type { EdgeRequest } from '../request.ts'
import { ofApplication } from './ids.ts'

export function flowAtGate(
  edgeRequest: EdgeRequest,
  status: number,
  evaluation: Evaluation | undefined,
): JournaledFlow | undefined {
  const { account, headers } = edgeRequest
  if (account === undefined) return undefined
  const bearer = bearerToken(headers)
  const [header] = headers(headerNames.accessToken)
  const id = account.flows.ledBy(header) ?? account.flows.ledBy(bearer)
  const flow: Flow | undefined =
    id === undefined ? discovery(edgeRequest, status, evaluation) : { id, step: 'edge' }
  if (flow === undefined) return undefined
  const sent = {
    ...(bearer === undefined ? {} : { authorization: 'Bearer …' }),
    ...(header === undefined ? {} : { [headerNames.accessToken]: '…' }),
  }
  return { ...flow, nth: account.flows.next(flow.id), sent, answered: {} }
}

/** The 401 by which a program hears of the OAuth of an application, and the HEAD by which cloudflared asks for it. */
function discovery(
  edgeRequest: EdgeRequest,
  status: number,
  evaluation: Evaluation | undefined,
): Flow | undefined {
  if (evaluation === undefined) return undefined
  const { application, verdict } = evaluation
  const isChallenge =
    status === 401 && verdict.kind === 'login' && managedOauthOf(application) !== undefined
  return isChallenge || asksForMetadata(edgeRequest)
    ? { id: ofApplication(application), step: 'discovery' }
    : undefined
}
