/** How the authorization endpoint refuses: at the callback of the client, or by a page. */
import type { AnswerReason, Failure } from '../../../contracts/errors/errors.ts'
import { type AuthorizationError, oauthErrors } from '../../../contracts/errors/oauth.ts'
import { withFragment, withParameters } from '../../access/oauth.ts'
import { because, type Reply } from '../../http/reply.ts'
import { flowPage, redirect } from '../login/flow.ts'
import { messagePage } from '../login/pages.ts'

/** The recipient of a response of the authorization endpoint. */
export interface Callback {
  readonly redirect_uri: string
  readonly state: string | undefined
  /** Where the parameters of the answer stand; `query` where absent. */
  readonly mode?: 'query' | 'fragment'
}

/** The callback with an answer for the client. */
export function atCallback(
  { redirect_uri, state, mode }: Callback,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const all = { ...parameters, state }
  return mode === 'fragment' ? withFragment(redirect_uri, all) : withParameters(redirect_uri, all)
}

/** The error goes to the client, by the browser (RFC 6749, 4.1.2.1). */
export function errorAtCallback(
  callback: Callback,
  error: AuthorizationError,
  error_description: string,
): Reply {
  const location = atCallback(callback, { error, error_description })
  return because(redirect(location), `oauth_${error}`, error_description)
}

/** The change behind the response could not be kept. */
export function notKept(callback: Callback, { detail }: Failure<'oauth_server_error'>): Reply {
  const { message } = oauthErrors.oauth_server_error
  return errorAtCallback(callback, 'server_error', detail ?? message)
}

/** Without a safe URL to send an error to (sign-in-oauth-redirect-registered). */
export function authorizationPage(reason: AnswerReason, text: string): Reply {
  return because(flowPage(400, messagePage('Invalid authorization request', text)), reason, text)
}
