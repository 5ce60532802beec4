/** Refusals of the API, by the error codes of its envelope (api-errors). */
import { operations, pathsOf, patternOf } from '../../../contracts/api/operations.ts'
import { apiErrors } from '../../../contracts/errors.ts'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { ask, type Check, type CheckResult, match, no } from '../check.ts'
import type { ApiRefusal, ObservedFacts } from '../observation.ts'

/** The refusals to judge: the observed one, otherwise those that kept the doctor from reading the account. */
function refusalsOf(facts: ObservedFacts): readonly ApiRefusal[] | 'ask' {
  const { refusals, kind, seen, observed } = facts
  if (refusals.observed !== undefined) return [refusals.observed]
  if (kind === 'api' && observed !== undefined) return []
  if (kind === 'api' && seen.asked === undefined) return 'ask'
  return Object.values(refusals)
}

function row(
  id: ModeId,
  judge: (refusal: ApiRefusal, facts: ObservedFacts) => CheckResult | boolean,
): Check {
  return {
    id,
    about: 'api',
    evaluate(facts) {
      const refusals = refusalsOf(facts)
      if (refusals === 'ask') return ask('asked')
      for (const refusal of refusals) {
        const judged = judge(refusal, facts)
        if (judged === true) return match(0.95, [saying(refusal)])
        if (judged !== false && judged.kind !== 'no') return judged
      }
      return no
    },
  }
}

function saying({ call, status, codes, messages, ray }: ApiRefusal): string {
  const what = call === undefined ? 'The API' : `The API call ${call}`
  const how = status === null ? 'returned' : `returned ${status} with`
  const where = ray === undefined ? '' : ` (ray ${ray})`
  return `${what} ${how} code ${codes.join(', ')}: ${messages[0] ?? ''}${where}`
}

const has = (name: keyof typeof apiErrors) => (refusal: ApiRefusal) =>
  refusal.codes.includes(apiErrors[name].code)
const saysIt = (words: string) => (refusal: ApiRefusal) =>
  refusal.messages.some((message) => message.includes(words))

/** `METHOD /zones/…` of an operation that exists for accounts only. */
function isAccountOnly(refusal: ApiRefusal): boolean {
  const path = pathOf(refusal)
  const rest = /^\/zones\/[^/]+(\/.*)$/.exec(path ?? '')?.[1]
  if (rest === undefined) return false
  return operations.some(
    (operation) =>
      operation.scope === 'account' &&
      pathsOf(operation).some((each) => patternOf(each).test(`/accounts/x${rest}`)),
  )
}

/** From the call, or from the message, which names the path that matched no route. */
function pathOf({ call, messages }: ApiRefusal): string | undefined {
  return (
    call?.split(' ')[1] ??
    /\/(?:client\/v4\/)?((?:zones|accounts)\/[^\s,"']+)/
      .exec(messages.join(' '))?.[1]
      ?.replace(/^/, '/')
  )
}

/** An invalid token and a missing permission share a code: the verify call tells them apart. */
function byVerify(wanted: 'active' | 'refused') {
  return (refusal: ApiRefusal, facts: ObservedFacts): CheckResult => {
    if (!has('authentication_error')(refusal)) return no
    const { api_token } = facts.account
    if (api_token === undefined)
      return facts.hasApi ? ask('api_token') : match(0.5, [saying(refusal)])
    if (api_token !== wanted) return no
    const verified =
      api_token === 'active'
        ? 'The verify call says that the API token is active.'
        : 'The verify call refuses the API token.'
    return match(0.95, [saying(refusal), verified])
  }
}

export const apiChecks: readonly Check[] = [
  row('api-no-credentials', has('no_credentials')),
  row('api-token-malformed', has('token_malformed')),
  row('api-token-unknown', byVerify('refused')),
  row('api-permission-missing', byVerify('active')),
  row('api-account-foreign', has('unauthorized_resource')),
  row('api-rate-limited', (refusal) => refusal.status === 429 || has('rate_limited')(refusal)),
  row('organization-not-enabled', has('not_enabled')),
  row('api-application-unknown', has('unknown_application')),
  row(
    'api-object-unknown',
    (refusal) => has('not_found')(refusal) || has('unknown_group')(refusal),
  ),
  row('api-route-unknown', (refusal) => has('route_unknown')(refusal) && !isAccountOnly(refusal)),
  row('api-wrong-scope', (refusal) => has('route_unknown')(refusal) && isAccountOnly(refusal)),
  row('api-application-exists', has('application_already_exists')),
  row('api-token-in-use', has('service_token_in_use')),
  row('policy-names-client-id', saysIt('service token not found')),
]
