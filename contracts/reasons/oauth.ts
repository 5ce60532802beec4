/** Reasons for answers of the OAuth endpoints, beside the failures of `contracts/edge/oauth-errors.ts`. */
import type { ReasonRow } from './row.ts'

export const oauthReasons = {
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
} as const satisfies Record<string, ReasonRow>
