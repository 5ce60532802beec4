/** What Access itself serves on application hosts and on the team domain, and the names of its headers and cookies. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'
import { audTag } from '../declaration/primitives.ts'
import { type ExchangeFailureName, exchangeErrors } from '../errors/errors.ts'
import { certs, mtlsOfIdentity } from './claims.ts'
import { cloudflaredFlow } from './cloudflared.ts'
import { appLauncher } from './launcher.ts'
import { loginFlow } from './login.ts'
import { managedOauth } from './oauth.ts'
import { oidcProvider } from './oidc.ts'
import { sshCertificates } from './ssh.ts'

export const headerNames = {
  clientId: 'cf-access-client-id',
  clientSecret: 'cf-access-client-secret',
  assertion: 'cf-access-jwt-assertion',
  accessToken: 'cf-access-token',
  email: 'cf-access-authenticated-user-email',
  aud: 'cf-access-aud',
  domain: 'cf-access-domain',
  error: 'cf-access-error',
  ray: 'cf-ray',
  /** On answers that only the profile `expected` gives. */
  evidence: 'access-emulator-evidence',
} as const

export const cookieNames = {
  authorization: 'CF_Authorization',
  appSession: 'CF_AppSession',
  binding: 'CF_Binding',
  /** On the team domain: ties logins to one browser. */
  loginSession: 'CF_Session',
  device: 'CF_Device',
} as const

/** Every path that Access owns starts with this. */
export const accessPrefix = '/cdn-cgi/access/'
export const protectedResourcePath = '/.well-known/cloudflare-access-protected-resource'

/** Observed where the organization denies a host without an application: "cannot find Access application". */
export const unmatchedError = 'error code: 1043'

/** Body of a failed exchange in the profile `expected` (emulator-exchange-failures). */
export const exchangeError = once(() =>
  z.strictObject({
    error: z.strictObject({
      status: z.number().int(),
      code: z.enum(Object.keys(exchangeErrors) as [ExchangeFailureName, ...ExchangeFailureName[]]),
      message: z.string(),
      ray_id: z.string().regex(/^[0-9a-f]{16}$/),
    }),
  }),
)

/** JSON body of a block page (edge-block-json). */
export const block = once(() =>
  z.looseObject({
    message: z.string(),
    status_code: z.number().int(),
    aud: audTag(),
    ray_id: z.string(),
    mtls_status: z.string(),
  }),
)

const protectedResource = once(() =>
  z.looseObject({
    resource: z.url(),
    protected: z.literal(true),
    team_domain: z.string(),
    authorization_servers: z.array(z.url()),
    authentication_methods: z.array(z.looseObject({ name: z.string() })),
  }),
)

/** The identity behind an application token (edge-get-identity). */
export const identity = once(() =>
  z.looseObject({
    /** The person's id at the identity provider; a One-time PIN has none. */
    id: z.string().optional(),
    name: z.string().optional(),
    email: z.string().optional(),
    /** How the provider authenticated the person (RFC 8176). */
    amr: z.array(z.string()).optional(),
    idp: z.looseObject({ id: z.string(), type: z.string() }).optional(),
    geo: z.looseObject({ country: z.string() }).optional(),
    groups: z.array(z.unknown()).optional(),
    user_uuid: z.string().optional(),
    account_id: z.string(),
    iat: z.number(),
    ip: z.string(),
    auth_status: z.string().optional(),
    common_name: z.string().optional(),
    /** Of a person who signed in with a client certificate. */
    mtls_auth: mtlsOfIdentity().optional(),
    service_token_id: z.string(),
    service_token_status: z.boolean(),
    is_warp: z.boolean().optional(),
    is_gateway: z.boolean().optional(),
    version: z.number().optional(),
  }),
)

const html = once(() => z.string())

export const edge = {
  serviceAuth: endpoint({
    id: 'edge.service_auth',
    summary: 'Exchange a service token for an application token',
    method: 'POST',
    scope: 'host',
    path: '/cdn-cgi/access/service/auth',
    result: once(() => z.strictObject({ token: z.jwt() })),
    status: 200,
    errors: [
      'credentials_missing',
      'credentials_invalid',
      'body_invalid',
      'aud_required',
      'aud_unknown',
      'aud_mismatch',
      'not_authorized',
    ],
    evidence: 'expected',
    source: ['emulator-exchange', 'edge-service-auth-absent'],
    wrap: 'plain',
  }),
  certs: endpoint({
    id: 'edge.certs',
    summary: 'Public keys that verify application tokens',
    method: 'GET',
    scope: 'host',
    path: '/cdn-cgi/access/certs',
    result: certs,
    status: 200,
    evidence: 'documented',
    source: ['edge-certs'],
    wrap: 'plain',
  }),
  getIdentity: endpoint({
    id: 'edge.get_identity',
    summary: 'The identity behind the CF_Authorization cookie',
    method: 'GET',
    scope: 'host',
    path: '/cdn-cgi/access/get-identity',
    result: identity,
    status: 200,
    evidence: 'documented',
    source: [
      'edge-get-identity',
      'edge-get-identity-claims',
      'edge-get-identity-mtls',
      'edge-get-identity-mtls-when',
    ],
    wrap: 'plain',
  }),
  logout: endpoint({
    id: 'edge.logout',
    summary: 'End the session',
    method: 'GET',
    scope: 'host',
    path: '/cdn-cgi/access/logout',
    result: html,
    status: 200,
    evidence: 'recorded',
    source: ['edge-logout', 'edge-logout-application'],
    wrap: 'page',
  }),
  protectedResource: endpoint({
    id: 'edge.protected_resource',
    summary: 'What protects this resource, and where to get authorized',
    method: 'GET',
    scope: 'host',
    path: protectedResourcePath,
    result: protectedResource,
    status: 200,
    evidence: 'recorded',
    source: ['edge-protected-resource'],
    wrap: 'plain',
  }),
  ...loginFlow,
  ...appLauncher,
  ...cloudflaredFlow,
  ...sshCertificates,
  ...managedOauth,
  ...oidcProvider,
} as const satisfies EndpointGroup
