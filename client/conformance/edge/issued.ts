/** How a case comes by a JWT of an application, in every world. */
import { api } from '../../../contracts/api/operations.ts'
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import { succeeds } from '../api-answer.ts'
import { type Arranged, serviceAuth } from '../arrange.ts'
import type { CaseTarget } from '../case.ts'
import { present } from '../difference.ts'
import { type AskedEdge, ask, echoed } from '../edge-answer.ts'

/**
 * A JWT of the application. For the time of the exchange one more policy admits the pair, so that the application
 * that has none for machines gives one too.
 */
export async function issued(
  target: CaseTarget,
  { application, token, url }: Arranged,
): Promise<string> {
  const { result: policy } = await succeeds(target, api.applicationPolicies.create, {
    params: { app_id: application.id },
    body: { ...serviceAuth(token), precedence: 9 },
  })
  await target.settle()
  const answer = await ask(target, url, { pair: token })
  await succeeds(target, api.applicationPolicies.delete, {
    params: { app_id: application.id, policy_id: policy.id },
  })
  await target.settle()
  return answer.token ?? echoedToken(answer)
}

/** The JWT that the origin got, where it answers with what it got. */
function echoedToken(answer: AskedEdge): string {
  return present(echoed(answer)[headerNames.assertion], 'the assertion at the origin')
}
