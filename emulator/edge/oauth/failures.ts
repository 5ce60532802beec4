/** How an endpoint of OAuth refuses a client (RFC 6749, 5.2). */
import type { Failure } from '../../../contracts/errors/errors.ts'
import { type OauthFailureName, oauthErrors } from '../../../contracts/errors/oauth.ts'
import type { Account } from '../../account/account.ts'
import { because, json, type Reply } from '../../http/reply.ts'
import type { EdgeContext } from '../context.ts'

/** Keeps tokens and responses about them out of caches (RFC 6749, 5.1). */
export const notStored = { 'cache-control': 'no-store', pragma: 'no-cache' } as const

export function isOauthFailure(failure: Failure): failure is Failure<OauthFailureName> {
  return Object.hasOwn(oauthErrors, failure.failure)
}

/** For scripts of any origin (sign-in-oauth-cross-origin). */
export function crossOrigin({ behaviour }: Pick<Account, 'behaviour'>) {
  return behaviour('oauth.cross_origin') ? { 'access-control-allow-origin': '*' } : {}
}

export function oauthFailureReply(
  { failure, detail, reason }: Failure<OauthFailureName>,
  { account, edgeRequest }: Pick<EdgeContext, 'account' | 'edgeRequest'>,
): Reply {
  const { status, error, message } = oauthErrors[failure]
  const error_description = detail ?? message
  const challenge = challengeOf(failure, edgeRequest.headers('authorization').length > 0)
  const headers = {
    ...notStored,
    ...crossOrigin(account),
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
  }
  return because(
    json(status, { error, error_description }, headers),
    reason ?? failure,
    error_description,
  )
}

/** RFC 6749, 5.2 for a client; RFC 6750, 3 for a bearer, which sends nothing in its first request. */
function challengeOf(failure: OauthFailureName, isSent: boolean): string | undefined {
  if (failure === 'oauth_invalid_token') {
    return isSent ? 'Bearer realm="OAuth", error="invalid_token"' : 'Bearer realm="OAuth"'
  }
  return failure === 'oauth_invalid_client' && isSent ? 'Basic realm="OAuth"' : undefined
}

/** The response to a cross-origin preflight. */
export function crossOriginPreflight(account: Account): Reply {
  const headers = {
    ...crossOrigin(account),
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': 'Authorization, Content-Type, MCP-Protocol-Version',
    'access-control-max-age': '86400',
  }
  return because({ status: 204, headers, body: '' }, 'oauth_preflight')
}
