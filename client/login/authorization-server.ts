/** The authorization server of Managed OAuth, through oauth4webapi over the target's connections. */
import * as oauth from 'oauth4webapi'
import type { Target } from '../target/target.ts'
import { connect } from '../transport/connect.ts'
import { AccessLoginError, type ErrorParts } from '../transport/errors.ts'
import type { OauthLogin } from './kept.ts'

export type Server = oauth.AuthorizationServer

type Sent = oauth.CustomFetchOptions<string, unknown>

export interface AuthorizationServerClient {
  readonly server: Server
  /** Used for every request to the server. */
  readonly options: {
    readonly [oauth.customFetch]: (url: string, init: Sent) => Promise<Response>
    readonly signal?: AbortSignal
  }
}

/** RFC 8414. @throws AccessLoginError without valid metadata */
export async function authorizationServer(
  target: Target,
  issuer: URL,
  signal?: AbortSignal,
): Promise<AuthorizationServerClient> {
  const options = {
    [oauth.customFetch]: (url: string, init: Sent) =>
      connect(target.fetch, new URL(url), {
        method: init.method,
        headers: init.headers,
        redirect: init.redirect,
        ...(typeof init.body === 'string' || init.body instanceof URLSearchParams
          ? { body: init.body }
          : {}),
        ...(init.signal === undefined ? {} : { signal: init.signal }),
      }),
    ...(signal === undefined ? {} : { signal }),
  }
  const server = await explained(`${issuer.host} does not describe its OAuth endpoints`, async () =>
    oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' }),
    ),
  )
  return { server, options }
}

/** Refreshes a login's tokens. @throws AccessLoginError if the server refuses */
export async function refreshed(
  target: Target,
  login: OauthLogin,
  nowMs: number,
): Promise<OauthLogin> {
  const { refresh_token, client_id } = login
  if (refresh_token === undefined) throw loginIsOver(login.origin)
  const issuer = new URL(login.issuer)
  const { server, options } = await authorizationServer(target, issuer)
  const tokens = await explained(`${issuer.host} did not renew the login`, async () => {
    const client = { client_id }
    const more = { ...options, additionalParameters: { resource: login.resource } }
    const request = oauth.refreshTokenGrantRequest(
      ...[server, client, oauth.None(), refresh_token, more],
    )
    return oauth.processRefreshTokenResponse(server, client, await request)
  }).catch((error: AccessLoginError) => {
    const { cause } = error
    const isOver = cause instanceof oauth.ResponseBodyError && cause.error === 'invalid_grant'
    throw isOver ? loginIsOver(login.origin, whyOf(cause)) : error
  })
  return { ...login, ...tokensOf(tokens, nowMs) }
}

/** RFC 7009. Undefined if the server has no revocation endpoint. @throws AccessLoginError if it refuses */
export async function revoked(
  target: Target,
  { issuer, client_id, refresh_token, access_token }: OauthLogin,
  signal: AbortSignal,
): Promise<true | undefined> {
  const { server, options } = await authorizationServer(target, new URL(issuer), signal)
  if (server.revocation_endpoint === undefined) return undefined
  await explained(`${new URL(issuer).host} did not revoke the login`, async () => {
    // Revoking the refresh token ends the grant (sign-in-oauth-revocation).
    const token = refresh_token ?? access_token
    const request = oauth.revocationRequest(server, { client_id }, oauth.None(), token, options)
    return oauth.processRevocationResponse(await request)
  })
  return true
}

export function tokensOf(
  { access_token, refresh_token, expires_in }: oauth.TokenEndpointResponse,
  nowMs: number,
): Pick<OauthLogin, 'access_token' | 'refresh_token' | 'expires_at'> {
  return {
    access_token,
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(expires_in === undefined ? {} : { expires_at: Math.floor(nowMs / 1000) + expires_in }),
  }
}

export function loginIsOver(origin: string, why = ''): AccessLoginError {
  return new AccessLoginError('login_needed', {
    what: `The login at ${origin} has expired.`,
    why,
    todo: `Log in again: access-client login ${origin}/`,
  })
}

/** Runs a step of the protocol and rewords its errors. */
export async function explained<T>(
  what: string,
  step: () => Promise<T>,
  todo = 'Log in again; if that does not help, check the Managed OAuth settings of the application.',
): Promise<T> {
  try {
    return await step()
  } catch (error) {
    const why = whyOf(error)
    if (why === undefined) throw error
    throw new AccessLoginError('unexpected', { what: `${what}:`, why, todo }, { cause: error })
  }
}

/** Undefined if it is not a protocol error. */
export function whyOf(error: unknown): ErrorParts['why'] {
  if (
    error instanceof oauth.ResponseBodyError ||
    error instanceof oauth.AuthorizationResponseError
  ) {
    const { error: code, error_description: description } = error
    return description === undefined ? `${code}.` : `${code} (${description}).`
  }
  // The metadata has an invalid URL, such as an issuer without a scheme (sign-in-oauth-issuer).
  if (error instanceof TypeError && 'code' in error && error.code === 'ERR_INVALID_URL') {
    return 'Its response contains an invalid URL.'
  }
  const isOurs =
    error instanceof oauth.OperationProcessingError ||
    error instanceof oauth.UnsupportedOperationError ||
    error instanceof oauth.WWWAuthenticateChallengeError
  return isOurs ? `${error.message}.` : undefined
}
