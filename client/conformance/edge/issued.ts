/** How a case obtains a JWT of an application, in every profile. */
import { api } from '../../../contracts/api/operations.ts'
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import { succeeds } from '../api-answer.ts'
import { type Arranged, serviceAuth } from '../arrange.ts'
import type { CaseTarget } from '../case.ts'
import { present } from '../difference.ts'
import { type AskedEdge, ask, echoed } from '../edge-answer.ts'

/**
 * A JWT of the application. While it is issued, an extra policy admits the pair, so that applications without one for
 * machines issue one too.
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

/** The JWT that the origin received, if the origin echoes requests. */
function echoedToken(answer: AskedEdge): string {
  return present(echoed(answer)[headerNames.assertion], 'the assertion at the origin')
}
