/** Failures of programs that sign people in by Managed OAuth (sign-in-oauth-flow). */

import type { ExpectedAnswer } from '../control/expected-answer.ts'
import { oauthPaths, oauthServerPath } from '../edge/oauth.ts'
import { answered, each, everywhere, unauthorizedForOauth } from './answers.ts'
import type { Discriminator, Mode } from './mode.ts'
import { callback, challenge, refusedAtCallback, toLoginOfTeam, withQuery } from './oauth-words.ts'
import { serviceAuthAndPeople } from './policy-words.ts'

const configuration = {
  enabled: true,
  dynamic_client_registration: { enabled: true, allow_any_on_loopback: true },
} as const

const managed = {
  application: { oauth_configuration: configuration },
  policies: serviceAuthAndPeople,
  client: { redirect_uri: callback },
} as const

const { resource, ...withoutResource } = {
  response_type: 'code',
  client_id: '{oauth_client_id}',
  redirect_uri: callback,
  state: 'some-state',
  code_challenge: challenge,
  code_challenge_method: 'S256',
  resource: 'https://{host}/',
}
const authorization = (parameters: Readonly<Record<string, string>>) =>
  ({ to: 'team', path: withQuery(oauthPaths.authorization, parameters) }) as const
const good = authorization({ ...withoutResource, resource })
const goodGoesOn: Discriminator = answered(good, toLoginOfTeam)

const asBearer = {
  credentials: 'OAuth access token as bearer',
  headers: { accept: 'application/json' },
} as const

const refused = (evidence: ExpectedAnswer['evidence']) =>
  each(everywhere(unauthorizedForOauth), { evidence })

const refresh = {
  to: 'team',
  path: oauthPaths.token,
  method: 'POST',
  form: {
    grant_type: 'refresh_token',
    client_id: '{oauth_client_id}',
    refresh_token: '{oauth_refresh_token}',
  },
} as const
const refreshed: Discriminator = answered(refresh, {
  status: 200,
  evidence: 'recorded',
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: {
    kind: 'json',
    has: { token_type: 'bearer', expires_in: 900, resource },
    opaque: ['access_token', 'refresh_token'],
  },
})

const atCallback = { observable_with: ['exchange'], alike: 'callback_error' } as const

export const oauthModes = {
  'oauth-resource-missing': {
    ...atCallback,
    title: 'The authorization request names no resource',
    cause:
      'Managed OAuth issues tokens for one application, which the client must name in the parameter resource (RFC 8707). Clients made before that RFC leave it out.',
    setup: { ...managed, behaviours: { 'oauth.resource_missing': 'invalid_target' } },
    request: authorization(withoutResource),
    answer: everywhere(refusedAtCallback('assumed', 'invalid_target', 'resource is required')),
    tell: 'The authorization URL has no resource. Some clients saw the login end at the root of the application instead, without a code at the callback (behaviour oauth.resource_missing).',
    discriminators: [goodGoesOn],
    fix: 'Have the client send resource, with the URL of the application, to the authorization endpoint.',
    source: ['sign-in-oauth-resource-missing', 'sign-in-oauth-invalid-target'],
  },
  'oauth-redirect-not-allowed': {
    ...atCallback,
    title: 'The application no longer allows the client’s redirect URI',
    cause:
      'The client registered while its redirect URI was allowed. It is no longer in allowed_uris of the application, which is checked at every authorization.',
    setup: {
      ...managed,
      application: {
        oauth_configuration: {
          enabled: true,
          dynamic_client_registration: {
            enabled: true,
            allowed_uris: ['https://client.example/callback'],
          },
        },
      },
    },
    request: good,
    answer: everywhere(
      refusedAtCallback(
        'recorded',
        'invalid_request',
        'Redirect URI not allowed by application configuration',
      ),
    ),
    tell: 'The error arrives at the very callback that is refused. (API) oauth_configuration of the application does not allow it. Refreshing tokens that the client already has still works.',
    fix: 'Add the redirect URI to allowed_uris of the application, or allow any on localhost or loopback.',
    source: ['sign-in-oauth-redirect-allowed'],
  },
  'oauth-challenge-dash': {
    ...atCallback,
    title: 'The PKCE challenge begins with - or _',
    cause:
      'The authorization server treats such a code_challenge as if it were not S256. In one login out of 32 a random challenge begins that way.',
    setup: { ...managed, behaviours: { 'oauth.challenge_dash': 'refused' } },
    request: authorization({
      ...withoutResource,
      code_challenge: `-${challenge.slice(1)}`,
      resource,
    }),
    answer: everywhere(
      refusedAtCallback(
        'documented',
        'invalid_request',
        'code_challenge_method must be S256 for public clients',
      ),
    ),
    tell: 'The request has code_challenge_method=S256, and its code_challenge begins with - or _. The next login of the same client usually succeeds. Whether Cloudflare still does this is unknown.',
    discriminators: [goodGoesOn],
    fix: 'Have the client make a new code_verifier until the challenge begins with a letter or digit, or simply try again.',
    source: ['sign-in-oauth-challenge', 'sign-in-oauth-challenge-today'],
  },
  'oauth-token-expired': {
    title: 'The OAuth access token has expired, and the client does not refresh it',
    cause: 'An access token lives 15 minutes unless the application says otherwise.',
    setup: { ...managed, client: { ...managed.client, got: 'tokens', ago: 901 } },
    request: asBearer,
    answer: refused('documented'),
    tell: 'More time has passed since the token was issued than its expires_in. A refreshed token is accepted.',
    discriminators: [refreshed],
    fix: 'Send the refresh token to the token endpoint before expires_in is over, or after a 401, and use the new pair of tokens.',
    source: ['sign-in-oauth-lifetimes', 'sign-in-oauth-refresh', 'edge-managed-oauth-401'],
    observable_with: ['exchange'],
    alike: 'unauthorized',
  },
  'oauth-token-revoked': {
    title: 'The application’s tokens were revoked, and only refreshing still works',
    cause:
      'revoke_tokens of the application makes the edge refuse every access token of an older grant, even one that a refresh has just issued.',
    setup: {
      ...managed,
      client: { ...managed.client, got: 'tokens' },
      later: 'revoke its tokens',
      behaviours: { 'oauth.revoke_tokens': 'edge_refuses' },
    },
    request: asBearer,
    answer: refused('recorded'),
    tell: 'The token is younger than its expires_in. A refresh is answered 200, and the new token is refused as well.',
    discriminators: [refreshed],
    fix: 'Have the user sign in again: discard the tokens of the client and start a new authorization.',
    source: ['sign-in-oauth-revoke-tokens', 'edge-managed-oauth-401'],
    observable_with: ['exchange'],
    alike: 'unauthorized',
  },
  'oauth-registration-disabled': {
    title: 'OAuth clients may not register themselves',
    cause:
      'dynamic_client_registration is disabled in every application of the team that has Managed OAuth.',
    setup: {
      ...managed,
      later: 'close registration',
      behaviours: { 'oauth.registration_disabled': 400 },
    },
    request: {
      to: 'team',
      path: oauthPaths.registration,
      method: 'POST',
      body: {
        client_name: 'A client',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
      },
    },
    answer: everywhere({
      status: 400,
      evidence: 'assumed',
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: { kind: 'json', has: { error: 'invalid_client_metadata', client_id: null } },
    }),
    tell: 'The metadata of the authorization server has no registration_endpoint. (API) dynamic_client_registration.enabled is false.',
    discriminators: [
      answered(
        { to: 'team', path: oauthServerPath },
        {
          status: 200,
          evidence: 'documented',
          body: { kind: 'json', has: { registration_endpoint: null } },
        },
      ),
    ],
    fix: 'Enable dynamic_client_registration in oauth_configuration of the application, and allow the redirect URI of the client there.',
    source: ['sign-in-oauth-registration-disabled', 'sign-in-oauth-server-metadata'],
    observable_with: ['exchange'],
    alike: 'registration_refused',
  },
} as const satisfies Record<string, Mode>
