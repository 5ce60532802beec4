/** Failures of SaaS applications, which sign people in by OpenID Connect (sign-in-oidc-endpoints). */
import { ssoPrefix } from '../edge/oidc.ts'
import { answered, applicationPage, everywhere } from './answers.ts'
import type { Discriminator, Mode } from './mode.ts'
import { callback, refusedAtCallback, toLoginOfTeam, withQuery } from './oauth-words.ts'
import { allowPeople } from './policy-words.ts'

const saas = {
  application: {
    type: 'saas',
    domain: null,
    saas_app: {
      auth_type: 'oidc',
      redirect_uris: [callback],
      grant_types: ['authorization_code'],
      scopes: ['openid', 'email', 'profile'],
      access_token_lifetime: '5m',
    },
  },
  policies: [allowPeople],
  client: { redirect_uri: callback },
} as const

const issuer = `${ssoPrefix}oidc/{oauth_client_id}`
const authorization = (scope: string) =>
  ({
    to: 'team',
    path: withQuery(`${issuer}/authorization`, {
      response_type: 'code',
      client_id: '{oauth_client_id}',
      redirect_uri: callback,
      scope,
      state: 'some-state',
    }),
  }) as const

const configuration: Discriminator = answered(
  { to: 'team', path: `${issuer}/.well-known/openid-configuration` },
  {
    status: 200,
    evidence: 'assumed',
    body: {
      kind: 'json',
      has: {
        issuer: `https://{team}${issuer}`,
        token_endpoint: `https://{team}${issuer}/token`,
        scopes_supported: ['openid', 'email', 'profile'],
      },
    },
  },
)

export const oidcModes = {
  'oidc-scope-refused': {
    title: 'The client asks for a scope that the SaaS application does not have',
    cause:
      'Many clients ask for offline_access without being told to. The application has that scope only with the grant refresh_tokens.',
    setup: saas,
    request: authorization('openid email profile offline_access'),
    answer: everywhere(refusedAtCallback('assumed', 'invalid_scope', 'The application has no')),
    tell: 'scope in the authorization URL names something that scopes_supported of the configuration document lacks. (API) saas_app.scopes and saas_app.grant_types.',
    discriminators: [answered(authorization('openid email profile'), toLoginOfTeam), configuration],
    fix: 'Remove the scope from the client’s settings, or add it to the application: for offline_access the grant refresh_tokens with a lifetime.',
    source: ['sign-in-oidc-scope-refused', 'sign-in-oidc-settings'],
    observable_with: ['exchange'],
    alike: 'callback_error',
  },
  'oidc-userinfo-bare': {
    title: 'userinfo lacks the claims of the scope profile',
    cause:
      'The ID token has the user’s name, but userinfo does not. A client that reads only userinfo shows a user without a name.',
    setup: {
      ...saas,
      client: { ...saas.client, got: 'tokens' },
      behaviours: { 'oidc.userinfo_profile': false },
    },
    request: {
      to: 'team',
      path: `${issuer}/userinfo`,
      credentials: 'OAuth access token as bearer',
    },
    answer: everywhere({
      status: 200,
      evidence: 'assumed',
      headers: { 'content-type': 'application/json' },
      body: { kind: 'json', has: { email: 'ada@example.com', name: null } },
    }),
    tell: 'userinfo answers 200 with email and without name, although claims_supported of the configuration document has it.',
    discriminators: [configuration],
    fix: 'Read the claims from the ID token, and userinfo only for what the ID token lacks.',
    source: ['sign-in-oidc-userinfo', 'sign-in-oidc-claims'],
    observable_with: ['exchange'],
    alike: 'unusable',
  },
  'oidc-endpoint-invented': {
    title: 'The client is configured with an endpoint that Access does not have',
    cause:
      'Public mocks and examples put the endpoints at /cdn-cgi/access/sso/oidc/token and the like. Those of Access contain the client id of the SaaS application.',
    setup: saas,
    request: {
      to: 'team',
      path: `${ssoPrefix}oidc/token`,
      method: 'POST',
      form: { grant_type: 'authorization_code', client_id: '{oauth_client_id}', code: 'some-code' },
    },
    answer: everywhere(applicationPage('assumed')),
    tell: 'The path has no client id between oidc/ and the name of the endpoint.',
    discriminators: [configuration],
    fix: 'Take every endpoint from the configuration document of the application: https://<team>/cdn-cgi/access/sso/oidc/<client id>/.well-known/openid-configuration.',
    source: ['sign-in-oidc-endpoints', 'edge-path-unknown-team'],
    observable_with: ['edge', 'exchange'],
    alike: 'application_page',
  },
  'oidc-token-opaque': {
    title: 'The client takes the access token for a JWT',
    cause:
      'The access token of a SaaS application is opaque: only Access can tell whom it is for. A client or API that verifies it as a JWT fails.',
    setup: {
      ...saas,
      client: { ...saas.client, got: 'a code' },
      behaviours: { 'oidc.access_token': 'opaque' },
    },
    request: {
      to: 'team',
      path: `${issuer}/token`,
      method: 'POST',
      form: {
        grant_type: 'authorization_code',
        client_id: '{oauth_client_id}',
        client_secret: '{oauth_client_secret}',
        code: '{oauth_code}',
        redirect_uri: callback,
      },
    },
    answer: everywhere({
      status: 200,
      evidence: 'assumed',
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: {
        kind: 'json',
        has: { token_type: 'Bearer', expires_in: 300 },
        opaque: ['access_token'],
      },
    }),
    tell: 'The token endpoint answers 200. access_token has no dots; id_token is a JWT.',
    fix: 'Verify the ID token, whose keys are at jwks_uri, and ask userinfo with the access token; never parse it.',
    source: ['sign-in-oidc-access-token', 'sign-in-oidc-id-token'],
    observable_with: ['exchange'],
    alike: 'unusable',
  },
} as const satisfies Record<string, Mode>
