/** OpenID Connect clients of SaaS applications (sign-in-oidc-endpoints). */
import { isObject, parseJson } from '../../../contracts/declaration/json.ts'
import { ask, type Check, exchangeCheck, match, no } from '../check.ts'
import { bearerIn, callbackError, issueOf, oidcEndpoint } from '../oauth-exchange.ts'
import type { ObservedFacts, SeenAnswer } from '../observation.ts'
import { told } from './refusal.ts'

/** A list in the application's configuration document. */
function listed(configuration: SeenAnswer, name: string): readonly unknown[] | undefined {
  const document = configuration.status === 200 ? parseJson(configuration.body) : undefined
  const list = isObject(document) ? document[name] : undefined
  return Array.isArray(list) ? list : undefined
}

/** The scopes that the client requested or was granted, as far as earlier exchanges show. */
function scopesBefore({ earlier }: ObservedFacts): readonly string[] | undefined {
  const texts = earlier.flatMap(({ url, answer }) => {
    const endpoint = oidcEndpoint(url)?.endpoint
    if (endpoint === 'authorization') return [url.searchParams.get('scope') ?? '']
    const body = endpoint === 'token' ? parseJson(answer.body) : undefined
    return isObject(body) && typeof body.scope === 'string' ? [body.scope] : []
  })
  return texts.at(-1)?.split(' ')
}

/** Errors of verifiers that take any token for a JWT. */
const aboutJwt = /\bjw[ste]\b|\bcompact\b|\bsegments?\b|\b(malformed|decod|parse|invalid token)/i

export const oidcChecks: readonly Check[] = [
  exchangeCheck('oidc-scope-refused', 'sign_in', (observed, { seen }) => {
    const error = callbackError(observed.answer)
    if (oidcEndpoint(observed.url)?.endpoint !== 'authorization') return no
    if (error?.error !== 'invalid_scope') return no
    const { oidc_configuration: configuration } = seen
    if (configuration === undefined) return ask('oidc_configuration')
    const supported = listed(configuration, 'scopes_supported')
    const asked = (observed.url.searchParams.get('scope') ?? '').split(' ')
    const stray = asked.filter((scope) => !(supported ?? asked).includes(scope))
    return match(0.95, [
      `${told(observed.answer, 'as observed')} The callback receives invalid_scope.`,
      ...(stray.length === 0
        ? []
        : [`scopes_supported of the application does not include ${stray.join(', ')}.`]),
    ])
  }),
  exchangeCheck('oidc-userinfo-bare', 'sign_in', (observed, facts) => {
    if (oidcEndpoint(observed.url)?.endpoint !== 'userinfo') return no
    const claims = observed.answer.status === 200 ? parseJson(observed.answer.body) : undefined
    if (!isObject(claims) || 'name' in claims) return no
    // Only this scope brings a name.
    if (scopesBefore(facts)?.includes('profile') === false) return no
    const { oidc_configuration: configuration } = facts.seen
    if (configuration === undefined) return ask('oidc_configuration')
    const hasName = listed(configuration, 'claims_supported')?.includes('name')
    const hasScope = listed(configuration, 'scopes_supported')?.includes('profile')
    if (!(hasName ?? hasScope)) return no
    return match(0.8, [
      `${told(observed.answer, 'as observed')} It has no name, which the scope profile would add.`,
      told(configuration, 'just now'),
    ])
  }),
  exchangeCheck('oidc-token-opaque', 'origin', (observed, facts) => {
    const bearer = bearerIn(observed)
    if (bearer === undefined || bearer.includes('.')) return no
    const { answer, url } = observed
    const issue = issueOf(facts, bearer)
    if (issue?.by !== 'SaaS application' || url.host === new URL(issue.answer.url).host) return no
    if (answer.status === null || answer.status < 400) return no
    return match(aboutJwt.test(answer.body) ? 0.95 : 0.7, [
      `${told(issue.answer, 'earlier')} It issued an opaque access token.`,
      told(answer, 'with that token'),
    ])
  }),
]
