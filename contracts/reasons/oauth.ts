/** Reasons for responses of the OAuth endpoints, in addition to the failures of `contracts/errors/oauth.ts`. */
import { reasonRows } from './row.ts'

/** Why a token endpoint refuses a code, a refresh token or the grant behind them. The client gets the text too. */
export const grantReasons = reasonRows({
  oauth_code_unknown: { text: 'There is no such code', fix: 'start a new authorization' },
  oauth_code_of_other_client: {
    text: 'The code was given to another client',
    fix: 'exchange the code with the client_id that asked for it',
  },
  oauth_code_used: {
    text: 'The code has been exchanged before',
    fix: 'start a new authorization, and exchange its code once',
  },
  oauth_code_expired: { text: 'The code has expired', fix: 'start a new authorization' },
  oauth_code_redirect_differs: {
    text: 'redirect_uri is not the one that the code was sent to',
    fix: 'send the redirect_uri of the authorization request',
  },
  oauth_challenge_missing: {
    text: 'The code was asked for without a code_challenge',
    fix: 'send code_challenge with the authorization request, or no code_verifier now',
  },
  oauth_verifier_missing: {
    text: 'code_verifier is missing',
    fix: 'send the code_verifier that code_challenge was made of',
  },
  oauth_verifier_differs: {
    text: 'code_verifier is not the one that code_challenge was made of',
    fix: 'send the code_verifier of the same authorization request',
  },
  oauth_refresh_token_unknown: {
    text: 'There is no such refresh token',
    fix: 'start a new authorization',
  },
  oauth_refresh_token_of_other_client: {
    text: 'The refresh token was given to another client',
    fix: 'refresh with the client_id that got the token',
  },
  oauth_refresh_token_used: {
    text: 'The refresh token has been used before',
    fix: 'send the refresh token that came with the latest access token',
  },
  oauth_grant_used_meanwhile: {
    text: 'Another request has used the grant at the same time',
    fix: 'refresh once at a time, and use the tokens of the request that succeeded',
  },
  oauth_grant_over: {
    text: 'The session of the grant is over',
    fix: 'start a new authorization',
  },
  oauth_grant_revoked: { text: 'The grant was revoked', fix: 'start a new authorization' },
  oauth_grant_person_unknown: {
    text: 'The person is not known any more',
    fix: 'start a new authorization',
  },
  oauth_grant_application_closed: {
    text: 'The application of the grant has no OAuth any more',
    fix: 'turn oauth_configuration of the application on again',
  },
  oauth_grant_not_admitted: { text: 'No policy admits the person any more' },
})
export type GrantReason = keyof typeof grantReasons

export const oauthReasons = reasonRows({
  oauth_preflight: {
    text: 'Access answers the preflight itself: scripts of any origin may use the endpoint',
  },
  oauth_client_unknown: {
    text: 'No client has registered with this client_id',
    detailed: true,
    fix: 'register the client again',
  },
  oauth_redirect_not_registered: {
    text: 'redirect_uri is not one that the client or the application lists',
    detailed: true,
    fix: 'send a redirect_uri that is listed',
  },
  oauth_resource_missing: {
    text: 'The request has no resource (RFC 8707), so no code is made',
    fix: 'send the URL of the application as resource',
  },
  oauth_access_denied: { text: 'No policy admits the person', detailed: true },
  oauth_unsupported_response_type: {
    text: 'The application or the endpoint does not allow this response_type',
    detailed: true,
  },
  oauth_invalid_scope: { text: 'The application does not allow this scope', detailed: true },
  oauth_login_required: {
    text: 'Nobody is signed in, and prompt=none asks for no login',
    detailed: true,
    fix: 'sign in first, or leave prompt=none out',
  },
  oidc_client_unknown: { text: 'No SaaS application by OpenID Connect has this client id' },
  oauth_form_unreadable: {
    text: 'The form could not be read, or is too long',
    fix: 'send the parameters as application/x-www-form-urlencoded, or in the query',
  },
  oidc_client_differs: {
    text: 'client_id is not that of the endpoint',
    detailed: true,
    fix: 'send the client_id that is in the path',
  },
  oidc_claim_missing: {
    text: 'The identity provider gave no claim that the application requires',
    detailed: true,
  },
  saml_not_emulated: { text: 'The emulator does not sign anyone in by SAML', detailed: true },
})
