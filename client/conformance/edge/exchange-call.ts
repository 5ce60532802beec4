/** Calls the exchange for a case: on an application host, or on the team domain. */
import { edge } from '../../../contracts/edge/endpoints.ts'
import type { CaseTarget } from '../case.ts'
import { type AskedEdge, ask, type EdgeAsking } from '../edge-answer.ts'

const { path } = edge.serviceAuth

export function exchange(target: CaseTarget, url: string, asking: EdgeAsking): Promise<AskedEdge> {
  return ask(target, new URL(path, url), { method: 'POST', ...asking })
}

/** On the team domain the AUD tag in the query selects the application. */
export function exchangeOnTeam(
  target: CaseTarget,
  aud: string,
  asking: EdgeAsking,
): Promise<AskedEdge> {
  const url = new URL(path, `https://${target.team}`)
  url.searchParams.set('aud', aud)
  return ask(target, url, { method: 'POST', ...asking })
}
