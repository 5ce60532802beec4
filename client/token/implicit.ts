/** The exchange that Cloudflare offers: sending the two headers to the application itself (edge-exchange-implicit). */
import { cookieNames } from '../../contracts/edge/endpoints.ts'
import type { EdgeAnswer } from '../edge/edge.ts'
import type { MetaClaims } from '../edge/meta.ts'
import { pairHeaders } from '../target/credentials.ts'
import { type ErrorParts, withoutQuery } from '../transport/errors.ts'
import type { Attempt } from './attempt.ts'

export type Implied =
  | { readonly kind: 'token'; readonly token: string; readonly met: EdgeAnswer }
  | { readonly kind: 'headers_only'; readonly reason: string; readonly met: EdgeAnswer }

/**
 * GETs the URL with the pair.
 * @throws AccessEdgeError if the pair is not let in, or nothing protects the URL
 */
export async function implicitExchange(attempt: Attempt): Promise<Implied> {
  const place = `GET ${withoutQuery(attempt.url)}`
  const met = await attempt.request(attempt.url, { headers: pairHeaders(attempt.pair) })
  if (met.kind === 'login') throw attempt.failure('login_redirect', loginTold(place, met.meta), met)
  if (met.kind === 'blocked') throw refused(attempt, place, met)
  if (met.token !== undefined) {
    attempt.note(
      `${place} with the pair returned ${met.status} and a ${cookieNames.authorization} cookie.`,
    )
    return { kind: 'token', token: met.token, met }
  }
  attempt.note(`${place} with the pair returned ${met.status} without a cookie.`)
  return await withoutCookie(attempt, place, met)
}

/** Strict mode leaves no trace on an admitted request, so only a request without credentials shows that Access is there. */
async function withoutCookie(attempt: Attempt, place: string, met: EdgeAnswer): Promise<Implied> {
  const anonymous = await attempt.request(attempt.url, {})
  attempt.note(`${place} without credentials returned ${anonymous.status} (${anonymous.kind}).`)
  if (anonymous.kind !== 'login' && anonymous.kind !== 'blocked') {
    throw attempt.failure(
      'not_protected',
      {
        what: `${place} answers ${anonymous.status} without credentials`,
        why: 'No application covers this URL, or a Bypass policy opens it, or Access is not in front of this host.',
        todo: 'Check the domain and path of the application, and that the host is proxied.',
      },
      anonymous,
    )
  }
  if (met.status === 401 || met.status === 403 || met.status >= 500) {
    throw attempt.failure(
      'unexpected',
      {
        what: `${place} with the pair returned ${met.status} without any sign of Access`,
        why: 'The answer came from the origin, from a firewall, or from an edge that does not mark its refusals.',
        todo: 'Look up the ray, and try a path that the origin serves.',
      },
      met,
    )
  }
  const reason =
    'The pair is let in, but no token is issued: the organization authenticates service tokens strictly, so send the pair with every request.'
  attempt.note(reason)
  return { kind: 'headers_only', reason, met }
}

/** What a login redirect means for a client that sent a pair (edge-meta-good-pair). */
export function loginTold(place: string, meta: MetaClaims | undefined): ErrorParts {
  const what = `${place} with the pair was redirected to the login page`
  if (meta?.service_token_status === true) {
    return {
      what,
      why: 'The pair is valid, but no Service Auth policy admits it: an Allow policy requires a login.',
      todo: 'Set the decision of the policy that includes this service token to non_identity (Service Auth).',
    }
  }
  if (meta?.service_token_status === false) {
    return {
      what,
      why: 'The pair does not belong to an active service token: it is wrong, rotated, expired, disabled, or from another account.',
      todo: 'Check the client id and secret, and the service token in the account.',
    }
  }
  return {
    what,
    why: 'The redirect does not say whether the pair was accepted.',
    todo: 'Check the pair, and that a Service Auth policy includes the service token.',
  }
}

function refused(attempt: Attempt, place: string, met: EdgeAnswer) {
  const what = `${place} with the pair was blocked with ${met.status}`
  if (met.status === 401) {
    return attempt.failure(
      'credentials_invalid',
      {
        what,
        why: 'The pair did not authenticate, or service_auth_401_redirect is on and no policy admits it.',
        todo: 'Check the client id and secret, and that a Service Auth policy includes the service token.',
      },
      met,
    )
  }
  return attempt.failure(
    'not_authorized',
    {
      what,
      why: 'No policy of the application admits the pair. If it has only Service Auth policies, a wrong pair gets the same answer.',
      todo: 'Include the service token in a Service Auth policy of this application, and check the pair.',
    },
    met,
  )
}
