/** How the application answered a request without credentials, and then the pair: most rows build on this. */
import { headerNames, unmatchedError } from '../../contracts/edge/endpoints.ts'
import { applicationOf } from './account.ts'
import { ask, type ProbeNeeded } from './check.ts'
import { oauthBearer } from './oauth-exchange.ts'
import type { ObservedFacts, SeenAnswer, UrlKind } from './observation.ts'

/** Whether the pair belongs to an active service token, as far as the answers show. */
export type Authenticated = 'yes' | 'no' | 'unknown'

export type Gate =
  | ProbeNeeded
  /** The URL is not an application, or the failing exchange is about something else. */
  | { readonly kind: 'none' }
  /** No answer, or one that the edge gave before Access. */
  | { readonly kind: 'failed'; readonly bare: SeenAnswer }
  /** Requests without credentials are let through. */
  | { readonly kind: 'open'; readonly bare: SeenAnswer }
  /** Access guards the URL, and there is no pair to try. */
  | { readonly kind: 'guarded'; readonly bare: SeenAnswer }
  | {
      readonly kind: 'refused'
      readonly bare: SeenAnswer
      readonly pair: SeenAnswer
      readonly authenticated: Authenticated
    }
  /** Access let the pair in; the origin's answer may still be an error. */
  | { readonly kind: 'passed'; readonly bare: SeenAnswer; readonly pair: SeenAnswer }

const none: Gate = { kind: 'none' }

export function gateOf(facts: ObservedFacts): Gate {
  if (notGated.has(facts.kind) || isAboutOther(facts)) return none
  const { bare, pair } = facts.seen
  if (bare === undefined) return ask('bare')
  if (isFailed(bare)) return { kind: 'failed', bare }
  if (!isGuard(bare)) return { kind: 'open', bare }
  if (facts.pair.status !== 'usable') return { kind: 'guarded', bare }
  if (pair === undefined) return ask('pair')
  if (!isGuard(pair)) return { kind: 'passed', bare, pair }
  const authenticated = authenticates(facts, bare, pair)
  if (authenticated === 'ask') return ask('invented')
  return { kind: 'refused', bare, pair, authenticated }
}

const notGated: ReadonlySet<UrlKind> = new Set(['team', 'transfer', 'api'])

/** The failing exchange carried something other than a pair in its two headers, or was not a plain request. */
function isAboutOther(facts: ObservedFacts): boolean {
  const { observed } = facts
  if (observed === undefined) return false
  const { carried, method } = observed
  return (
    carried.token !== undefined ||
    carried.json !== undefined ||
    carried.isTwice ||
    oauthBearer(facts) !== undefined ||
    method === 'OPTIONS' ||
    observed.request('x-requested-with') !== null
  )
}

/** Access refuses: a login or a block. For a host without an application this may be a block with 404. */
export function isGuard({ kind, status, header, body }: SeenAnswer): boolean {
  if (kind === 'login' || kind === 'blocked' || body === unmatchedError) return true
  return status !== null && status >= 400 && header(headerNames.aud) !== null
}

/** Edge errors that show no sign of Access: an error page, a challenge, or a connection without an answer. */
function isFailed(seen: SeenAnswer): boolean {
  const { status, body, kind } = seen
  if (status === null) return true
  if (kind !== 'not_access' || isGuard(seen)) return false
  // Browsers get edge errors as HTML pages: only the status shows that they are not the origin's.
  return /^error code: \d+/.test(body) || (status >= 520 && status <= 530) || isChallenge(seen)
}

/**
 * The firewall challenges the browser, and the request never reached Access. Source:
 * developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response
 */
export function isChallenge({ header }: SeenAnswer): boolean {
  return header('cf-mitigated') === 'challenge'
}

/** The edge rejected the request headers as too large before Access saw them. */
export function isTooLarge({ status, body }: SeenAnswer): boolean {
  const says = /request header (or cookie|fields) too large/i
  return [400, 413, 431].includes(status ?? 0) && says.test(body)
}

export function isManagedOauth({ status, header }: SeenAnswer): boolean {
  return status === 401 && /^bearer\b/i.test(header('www-authenticate') ?? '')
}

function authenticates(
  facts: ObservedFacts,
  bare: SeenAnswer,
  pair: SeenAnswer,
): Authenticated | 'ask' {
  const said = pair.meta?.service_token_status
  if (said !== undefined) return said ? 'yes' : 'no'
  if (pair.status === 401) {
    // Strict organizations answer a bad pair like this; service_auth_401_redirect and Managed OAuth any request.
    if (bare.status === 401 || isManagedOauth(pair)) return 'unknown'
    const application = applicationOf(facts)
    const isSet = application?.service_auth_401_redirect ?? application === undefined
    return bare.kind === 'blocked' && isSet ? 'unknown' : 'no'
  }
  // Where a login is offered, a pair that does not authenticate gets a redirect, or 401 under strict: never 403.
  if (bare.kind === 'login') return pair.kind === 'login' ? 'unknown' : 'yes'
  const { invented } = facts.seen
  if (invented === undefined) return 'ask'
  return invented.status === 401 ? 'yes' : 'unknown'
}
