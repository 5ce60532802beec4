/** How the authorization endpoint refuses: at the callback of the client, or by a page. */
import type { AuthorizationError } from '../../../contracts/edge/oauth-errors.ts'
import { withParameters } from '../../access/oauth.ts'
import { because, type Reply } from '../../http/reply.ts'
import { flowPage, redirect } from '../login/flow.ts'
import { messagePage } from '../login/pages.ts'

/** Whom an answer of the authorization endpoint goes to. */
export interface Callback {
  readonly redirect_uri: string
  readonly state: string | undefined
}

/** The error goes to the client, by the browser (RFC 6749, 4.1.2.1). */
export function errorAtCallback(
  { redirect_uri, state }: Callback,
  error: AuthorizationError,
  error_description: string,
): Reply {
  const location = withParameters(redirect_uri, { error, error_description, state })
  return because(redirect(location), `oauth_${error}`, error_description)
}

/** Where there is no address that an error could be sent to (sign-in-oauth-redirect-registered). */
export function authorizationPage(reason: string, text: string): Reply {
  return because(flowPage(400, messagePage('Invalid authorization request', text)), reason, text)
}
