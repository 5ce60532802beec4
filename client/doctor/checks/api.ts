/** Refusals of the API, by the error codes of its envelope (api-errors). */
import { operations, pathsOf, patternOf } from '../../../contracts/api/operations.ts'
import { permissionOfCall } from '../../../contracts/api/permissions.ts'
import { apiErrors } from '../../../contracts/errors/errors.ts'
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

/** Of the older routes to a token that they do not accept, whatever is wrong with it (api-token-not-usable). */
const isInvalidToken = (refusal: ApiRefusal) =>
  has('api_token_expired')(refusal) && saysIt(apiErrors.api_token_expired.message)(refusal)
const isWrongPlace = saysIt(apiErrors.api_token_location.message)
const isUnauthenticated = has('authentication_error')

/** What is wrong with a token shares its answer with a missing permission: the verify call tells them apart. */
function byVerify(
  applies: (refusal: ApiRefusal) => boolean,
  wanted: NonNullable<ObservedFacts['account']['api_token']>,
) {
  return (refusal: ApiRefusal, facts: ObservedFacts): CheckResult => {
    if (!applies(refusal)) return no
    const { api_token } = facts.account
    const needed = wanted === 'active' ? permissionNeeded(refusal) : undefined
    const proof = [saying(refusal), ...(needed === undefined ? [] : [needed.proof])]
    if (api_token === undefined) {
      // The verify call may have got no answer.
      const mayAsk = facts.hasApi && facts.refusals.api_token === undefined
      return mayAsk ? ask('api_token') : match(0.5, proof, { fix: needed?.fix })
    }
    if (api_token !== wanted) return no
    return match(0.95, [...proof, verified[api_token]], { fix: needed?.fix })
  }
}

const verified = {
  active: 'The verify call says that the API token is active.',
  over: 'The verify call says that the API token is disabled or has expired.',
  refused: 'The verify call refuses the API token.',
} as const

/** The permission groups that the refused call accepts (api-permissions). */
function permissionNeeded({ call }: ApiRefusal): { proof: string; fix: string } | undefined {
  const [method = '', path = ''] = call?.replace(/\?.*$/, '').split(' ') ?? []
  const { groups = [], evidence } = permissionOfCall(method, path) ?? {}
  if (groups.length === 0) return undefined
  const names = groups.map((name) => `"${name}"`).join(' or ')
  const [, scope] = /^\/(account|zone)s\/[^/]+/.exec(path) ?? []
  const where = scope === undefined ? '' : ` on the ${scope}`
  const grade = evidence === 'assumed' ? ' (assumed: the official document names none)' : ''
  return {
    proof: `${call} needs the permission group ${names}${where}${grade}.`,
    fix: `Grant the API token ${names}${where}.`,
  }
}

export const apiChecks: readonly Check[] = [
  row('api-no-credentials', has('no_credentials')),
  row('api-token-malformed', has('token_malformed')),
  row(
    'api-token-unknown',
    byVerify((refusal) => isUnauthenticated(refusal) || isInvalidToken(refusal), 'refused'),
  ),
  row('api-permission-missing', byVerify(isUnauthenticated, 'active')),
  row('api-token-expired', byVerify(isInvalidToken, 'over')),
  row('api-token-location', isWrongPlace),
  row(
    'api-account-foreign',
    (refusal) =>
      has('unauthorized_resource')(refusal) && !isInvalidToken(refusal) && !isWrongPlace(refusal),
  ),
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
