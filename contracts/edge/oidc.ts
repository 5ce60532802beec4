/** Access as the OpenID provider of SaaS applications: each has an issuer of its own. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'
import { publicJwk } from './claims.ts'

export const ssoPrefix = '/cdn-cgi/access/sso/'
const root = `${ssoPrefix}oidc/{client_id}` as const

/** The issuer of a client id, on a team domain. */
export function oidcIssuer(team: string, clientId: string): string {
  return `https://${team}${ssoPrefix}oidc/${clientId}`
}

/** OpenID Connect Discovery, 3. */
const configuration = once(() =>
  z.looseObject({
    issuer: z.url(),
    authorization_endpoint: z.url(),
    token_endpoint: z.url(),
    jwks_uri: z.url(),
    userinfo_endpoint: z.url(),
    response_types_supported: z.array(z.string()),
    response_modes_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
    scopes_supported: z.array(z.string()),
    claims_supported: z.array(z.string()),
    subject_types_supported: z.array(z.literal('public')),
    id_token_signing_alg_values_supported: z.array(z.literal('RS256')),
    token_endpoint_auth_methods_supported: z.array(z.string()),
    code_challenge_methods_supported: z.array(z.literal('S256')),
  }),
)

const keys = once(() => z.strictObject({ keys: z.array(publicJwk().strict()) }))

/** RFC 6749, 5.1; OpenID Connect Core, 3.1.3.3. */
const issuedTokens = once(() =>
  z.strictObject({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int(),
    scope: z.string(),
    id_token: z.jwt(),
    refresh_token: z.string().optional(),
  }),
)

const page = once(() => z.string())
const common = { scope: 'host', status: 200, wrap: 'plain', evidence: 'documented' } as const

/** The body of the token endpoint is a form; what it holds stands in the summary. */
export const oidcProvider = {
  oidcConfiguration: endpoint({
    ...common,
    id: 'edge.oidc_configuration',
    summary: 'Endpoints and abilities of the provider of a SaaS application',
    method: 'GET',
    path: `${root}/.well-known/openid-configuration`,
    result: configuration,
    source: ['sign-in-oidc-endpoints', 'sign-in-oidc-discovery'],
  }),
  oidcAuthorization: endpoint({
    ...common,
    id: 'edge.oidc_authorization',
    summary:
      'Ask for a code: client_id, redirect_uri, response_type, scope, state, nonce, code_challenge',
    method: 'GET',
    path: `${root}/authorization`,
    result: page,
    wrap: 'page',
    errors: [],
    source: [
      'sign-in-oidc-flows',
      'sign-in-oidc-claims',
      'sign-in-oidc-scope-refused',
      'sign-in-oidc-denied',
      'sign-in-oidc-response-modes',
    ],
  }),
  oidcAuthorizationForm: endpoint({
    ...common,
    id: 'edge.oidc_authorization_form',
    summary: 'The same, with the parameters as a form (OpenID Connect Core, 3.1.2.1)',
    method: 'POST',
    path: `${root}/authorization`,
    result: page,
    wrap: 'page',
    errors: [],
    evidence: 'assumed',
    source: ['sign-in-oidc-authorization-form'],
  }),
  oidcToken: endpoint({
    ...common,
    id: 'edge.oidc_token',
    summary:
      'Exchange a code, or a refresh token, for tokens (form: grant_type, client_id, client_secret or Basic, code, redirect_uri, code_verifier, or refresh_token)',
    method: 'POST',
    path: `${root}/token`,
    result: issuedTokens,
    errors: [
      'oauth_invalid_request',
      'oauth_invalid_client',
      'oauth_invalid_grant',
      'oauth_unauthorized_client',
      'oauth_unsupported_grant_type',
      'oauth_server_error',
    ],
    source: ['sign-in-oidc-settings', 'sign-in-oidc-id-token', 'sign-in-oidc-access-token'],
  }),
  oidcKeys: endpoint({
    ...common,
    id: 'edge.oidc_keys',
    summary: 'Public keys that verify ID tokens of a SaaS application',
    method: 'GET',
    path: `${root}/jwks`,
    result: keys,
    source: ['sign-in-oidc-endpoints', 'sign-in-oidc-id-token'],
  }),
  oidcUserinfo: endpoint({
    ...common,
    id: 'edge.oidc_userinfo',
    summary: 'Claims of the person that an access token is for',
    method: 'GET',
    path: `${root}/userinfo`,
    // `sub`, and whatever claims the application and the identity provider have.
    result: once(() => z.record(z.string(), z.unknown())),
    errors: ['oauth_invalid_token'],
    source: ['sign-in-oidc-userinfo'],
  }),
  samlMetadata: endpoint({
    ...common,
    id: 'edge.saml_metadata',
    summary: 'Metadata of a SaaS application by SAML',
    method: 'GET',
    path: `${ssoPrefix}saml/{app}/saml-metadata`,
    result: page,
    wrap: 'page',
    source: ['sign-in-saml'],
  }),
  samlSignIn: endpoint({
    ...common,
    id: 'edge.saml_sign_in',
    summary: 'Sign in by SAML: not emulated, and answers 501',
    method: 'GET',
    path: `${ssoPrefix}saml/{app}`,
    result: page,
    wrap: 'page',
    source: ['sign-in-saml', 'emulator-not-emulated'],
  }),
} as const satisfies EndpointGroup
