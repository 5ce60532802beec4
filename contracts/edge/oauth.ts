/** Managed OAuth: Access as the authorization server of a self-hosted application. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'

/** RFC 9728, on the host of the application. */
export const oauthResourcePath = '/.well-known/oauth-protected-resource'
/** RFC 8414, on the host of the application and on the team domain. */
export const oauthServerPath = '/.well-known/oauth-authorization-server'

const root = '/cdn-cgi/access/oauth'

export const oauthPaths = {
  authorization: `${root}/authorization`,
  token: `${root}/token`,
  revocation: `${root}/revoke`,
  registration: `${root}/registration`,
} as const

/** Every access token and refresh token of Managed OAuth begins so. */
export const oauthTokenPrefix = 'oauth:'

export const oauthGrantTypes = ['authorization_code', 'refresh_token'] as const
/** How a client may authenticate at the token endpoint. */
export const oauthClientAuthentications = [
  'client_secret_basic',
  'client_secret_post',
  'none',
] as const
export type OauthClientAuthentication = (typeof oauthClientAuthentications)[number]

/** RFC 9728, 2. */
const protectedResource = once(() =>
  z.looseObject({ resource: z.url(), authorization_servers: z.array(z.url()) }),
)

/** RFC 8414, 2. */
const authorizationServer = once(() =>
  z.looseObject({
    issuer: z.string(),
    authorization_endpoint: z.url(),
    token_endpoint: z.url(),
    revocation_endpoint: z.url(),
    registration_endpoint: z.url().optional(),
    response_types_supported: z.array(z.literal('code')),
    response_modes_supported: z.array(z.literal('query')),
    grant_types_supported: z.array(z.enum(oauthGrantTypes)),
    token_endpoint_auth_methods_supported: z.array(z.enum(oauthClientAuthentications)),
    code_challenge_methods_supported: z.array(z.literal('S256')),
  }),
)

const longestUri = 2048

/** A client's registration metadata (RFC 7591, 2); other members are dropped. */
export const oauthClientMetadata = once(() =>
  z.object({
    client_name: z.string().max(256).optional(),
    redirect_uris: z.array(z.string().max(longestUri)).min(1).max(20),
    grant_types: z.array(z.enum(oauthGrantTypes)).default(['authorization_code']),
    response_types: z.array(z.literal('code')).default(['code']),
    token_endpoint_auth_method: z.enum(oauthClientAuthentications).default('client_secret_basic'),
    resource: z.string().max(longestUri).optional(),
  }),
)
export type OauthClientMetadata = z.output<ReturnType<typeof oauthClientMetadata>>

/** RFC 7591, 3.2.1. */
const registeredClient = once(() =>
  z.strictObject({
    client_id: z.uuid(),
    client_name: z.string().optional(),
    redirect_uris: z.array(z.string()),
    grant_types: z.array(z.enum(oauthGrantTypes)),
    response_types: z.array(z.literal('code')),
    token_endpoint_auth_method: z.enum(oauthClientAuthentications),
    client_secret: z.string().optional(),
    client_secret_expires_at: z.literal(0).optional(),
    registration_client_uri: z.url(),
    client_id_issued_at: z.number().int(),
  }),
)

/** RFC 6749, 5.1. */
const issuedTokens = once(() =>
  z.strictObject({
    access_token: z.string().startsWith(oauthTokenPrefix),
    token_type: z.literal('bearer'),
    expires_in: z.number().int(),
    scope: z.literal(''),
    resource: z.string(),
    refresh_token: z.string().startsWith(oauthTokenPrefix).optional(),
  }),
)

const common = { scope: 'host', status: 200, wrap: 'plain' } as const

/** Bodies of the token and revocation endpoints are forms; what they hold stands in the summaries. */
export const managedOauth = {
  oauthProtectedResource: endpoint({
    ...common,
    id: 'edge.oauth_protected_resource',
    summary: 'Which authorization server issues tokens for this resource (RFC 9728)',
    method: 'GET',
    path: oauthResourcePath,
    result: protectedResource,
    evidence: 'documented',
    source: ['sign-in-oauth-resource-metadata', 'sign-in-oauth-cross-origin'],
  }),
  oauthAuthorizationServer: endpoint({
    ...common,
    id: 'edge.oauth_authorization_server',
    summary: 'Endpoints and abilities of the authorization server (RFC 8414)',
    method: 'GET',
    path: oauthServerPath,
    result: authorizationServer,
    evidence: 'documented',
    source: ['sign-in-oauth-server-metadata', 'sign-in-oauth-issuer'],
  }),
  oauthRegistration: endpoint({
    ...common,
    id: 'edge.oauth_registration',
    summary: 'Register a client (RFC 7591)',
    method: 'POST',
    path: oauthPaths.registration,
    result: registeredClient,
    status: 201,
    errors: [
      'oauth_invalid_redirect_uri',
      'oauth_invalid_client_metadata',
      'oauth_registration_disabled',
      'oauth_server_error',
    ],
    evidence: 'documented',
    source: [
      'sign-in-oauth-registration',
      'sign-in-oauth-registration-details',
      'sign-in-oauth-registration-refused',
    ],
  }),
  oauthAuthorization: endpoint({
    ...common,
    id: 'edge.oauth_authorization',
    summary:
      'Ask for a code: response_type, client_id, redirect_uri, state, code_challenge, resource (RFC 6749, 7636, 8707)',
    method: 'GET',
    path: oauthPaths.authorization,
    result: once(() => z.string()),
    wrap: 'page',
    errors: [],
    evidence: 'documented',
    source: [
      'sign-in-oauth-flow',
      'sign-in-oauth-login',
      'sign-in-oauth-redirect-allowed',
      'sign-in-oauth-redirect-registered',
      'sign-in-oauth-challenge',
      'sign-in-oauth-invalid-target',
    ],
  }),
  oauthToken: endpoint({
    ...common,
    id: 'edge.oauth_token',
    summary:
      'Exchange a code, or a refresh token, for tokens (form: grant_type, client_id, code, redirect_uri, code_verifier, or refresh_token)',
    method: 'POST',
    path: oauthPaths.token,
    result: issuedTokens,
    errors: [
      'oauth_invalid_request',
      'oauth_invalid_client',
      'oauth_invalid_grant',
      'oauth_unauthorized_client',
      'oauth_unsupported_grant_type',
      'oauth_invalid_target',
      'oauth_server_error',
    ],
    evidence: 'documented',
    source: ['sign-in-oauth-tokens', 'sign-in-oauth-refresh', 'sign-in-oauth-code-once'],
  }),
  oauthRevocation: endpoint({
    ...common,
    id: 'edge.oauth_revocation',
    summary: 'Revoke a token (RFC 7009; form: token, client_id)',
    method: 'POST',
    path: oauthPaths.revocation,
    result: once(() => z.strictObject({})),
    errors: [
      'oauth_invalid_request',
      'oauth_invalid_client',
      'oauth_invalid_grant',
      'oauth_server_error',
    ],
    evidence: 'assumed',
    source: ['sign-in-oauth-revocation'],
  }),
} as const satisfies EndpointGroup
