/** Programs that sign people in by Managed OAuth (sign-in-oauth-flow): the failing exchange shows which step failed. */

import { isObject, parseJson } from '../../../contracts/declaration/json.ts'
import { oauthPaths, oauthTokenPrefix } from '../../../contracts/edge/oauth.ts'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { missing } from '../account.ts'
import { ask, type Check, type CheckResult, exchangeCheck, match, no } from '../check.ts'
import { applicationFor } from '../destinations.ts'
import { isManagedOauth } from '../gate.ts'
import { type CallbackError, callbackError, issueOf, oauthBearer } from '../oauth-exchange.ts'
import type { ObservedFacts, ProbedExchange, SeenAnswer } from '../observation.ts'
import { told } from './refusal.ts'

const observedSo = 'as observed'

const saying = ({ error, description }: CallbackError) =>
  `The callback receives ${error}${description === '' ? '' : `: ${description}`}.`

/** A browser may end at the root of the application instead of the callback (sign-in-oauth-resource-missing). */
function endsAtRoot({ url, answer }: ProbedExchange): boolean {
  const location = answer.header('location') ?? ''
  if (!URL.canParse(location) || url.searchParams.get('redirect_uri') === null) return false
  const { pathname, search } = new URL(location)
  const isCallback = location.startsWith(url.searchParams.get('redirect_uri') ?? '')
  return !isCallback && pathname === '/' && search === ''
}

/** The redirect URIs that the requested application allows, if the account can be read. */
function allowedBy(facts: ObservedFacts, resource: string | null): readonly string[] {
  const { applications } = facts.account
  if (applications === undefined || resource === null || !URL.canParse(resource)) return []
  const application = applicationFor(applications, new URL(resource))
  const uris = application?.oauth_configuration?.dynamic_client_registration?.allowed_uris ?? []
  return application
    ? [
        `allowed_uris of the application "${application.name ?? ''}" are ${uris.length === 0 ? 'empty' : uris.join(', ')}.`,
      ]
    : []
}

/**
 * The edge refuses a Managed OAuth token. Its age tells the two causes apart, if the exchange that issued it was saved.
 */
function tokenRefused(id: 'oauth-token-expired' | 'oauth-token-revoked'): Check {
  return exchangeCheck(id, 'token', (observed, facts) => {
    const bearer = oauthBearer(facts)
    if (!bearer?.startsWith(oauthTokenPrefix)) return no
    if (!isManagedOauth(observed.answer)) return no
    const refusal = told(observed.answer, 'with a Managed OAuth token')
    const issue = issueOf(facts, bearer)
    const age = (observed.answer.dateMs ?? Number.NaN) - (issue?.answer.dateMs ?? Number.NaN)
    if (issue?.expiresInMs === undefined || Number.isNaN(age)) {
      return match(id === 'oauth-token-expired' ? 0.55 : 0.4, [refusal])
    }
    const isOver = age >= issue.expiresInMs
    if (isOver !== (id === 'oauth-token-expired')) return no
    return match(0.95, [
      refusal,
      `The token was issued ${age / 1000} seconds earlier; its expires_in is ${issue.expiresInMs / 1000}.`,
    ])
  })
}

const closed = 'It has no registration_endpoint.'

/** The metadata of an authorization server at which no client may register (sign-in-oauth-server-metadata). */
function isClosed({ status, body }: SeenAnswer): boolean {
  const metadata = status === 200 ? parseJson(body) : undefined
  return isObject(metadata) && 'issuer' in metadata && !('registration_endpoint' in metadata)
}

/** A row about an authorization request that failed. */
function authorizationCheck(
  id: ModeId,
  look: (
    observed: ProbedExchange,
    error: CallbackError | undefined,
    facts: ObservedFacts,
  ) => CheckResult,
): Check {
  return exchangeCheck(id, 'sign_in', (observed, facts) => {
    if (observed.url.pathname !== oauthPaths.authorization) return no
    return look(observed, callbackError(observed.answer), facts)
  })
}

export const oauthChecks: readonly Check[] = [
  authorizationCheck('oauth-resource-missing', (observed, error) => {
    if (observed.url.searchParams.has('resource')) return no
    const proof = `The authorization URL has no resource. ${told(observed.answer, observedSo)}`
    if (error?.error === 'invalid_target') return match(0.95, [proof, saying(error)])
    return endsAtRoot(observed)
      ? match(0.9, [proof, 'It leads to the root of the application, without a code.'])
      : no
  }),
  authorizationCheck('oauth-redirect-not-allowed', (observed, error, facts) => {
    if (!/redirect uri not allowed/i.test(error?.description ?? '')) return no
    const wanted = missing(facts, ['applications'])
    if (wanted !== undefined) return ask(wanted)
    const resource = observed.url.searchParams.get('resource')
    return match(0.95, [
      told(observed.answer, observedSo),
      ...(error === undefined ? [] : [saying(error)]),
      ...allowedBy(facts, resource),
    ])
  }),
  authorizationCheck('oauth-challenge-dash', (observed, error) => {
    const { searchParams } = observed.url
    const first = searchParams.get('code_challenge')?.[0] ?? ''
    const isS256 = searchParams.get('code_challenge_method') === 'S256'
    if (error === undefined || !/code_challenge_method/.test(error.description)) return no
    if (!isS256 || (first !== '-' && first !== '_')) return no
    return match(0.95, [
      `The authorization URL has code_challenge_method=S256, but a code_challenge that begins with ${first}.`,
      saying(error),
    ])
  }),
  tokenRefused('oauth-token-expired'),
  tokenRefused('oauth-token-revoked'),
  {
    id: 'oauth-registration-disabled',
    about: 'sign_in',
    evaluate({ observed, seen, wantsOauth }) {
      if (wantsOauth && seen.oauth_server !== undefined && isClosed(seen.oauth_server)) {
        return match(0.95, [`${told(seen.oauth_server, 'of the team')} ${closed}`])
      }
      if (observed?.method !== 'POST' || observed.url.pathname !== oauthPaths.registration) {
        return no
      }
      const { answer } = observed
      if (answer.status === null || answer.status < 400 || answer.status >= 500) return no
      const { oauth_server: server } = seen
      if (server === undefined) return ask('oauth_server')
      return isClosed(server)
        ? match(0.95, [told(answer, observedSo), `${told(server, 'of the team')} ${closed}`])
        : no
    },
  },
]
