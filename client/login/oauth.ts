/** Signs a user in with OAuth: registration, browser, code, tokens (sign-in-oauth-flow). */
import * as oauth from 'oauth4webapi'
import type { Target } from '../target/target.ts'
import type { Clock } from '../transport/clock.ts'
import { AccessLoginError } from '../transport/errors.ts'
import {
  type AuthorizationServerClient,
  authorizationServer,
  explained,
  tokensOf,
  whyOf,
} from './authorization-server.ts'
import { callbackPath, listenForCallback } from './callback.ts'
import type { OauthResource } from './discover.ts'
import { type OauthLogin, targetKey } from './kept.ts'
import { proofKey } from './proof-key.ts'

export interface SignIn {
  readonly target: Target
  readonly clock: Clock
  /** Aborts when the time to log in is up. */
  readonly signal: AbortSignal
  /** Shows the user where to log in. */
  show(url: URL): void
}

export interface ToSignIn {
  readonly url: URL
  readonly aud: string | undefined
}

/** @throws AccessLoginError */
export async function signInByOauth(
  { url, aud, resource, authorizationServer: issuer }: ToSignIn & OauthResource,
  { target, clock, signal, show }: SignIn,
): Promise<OauthLogin> {
  const access = await authorizationServer(target, issuer, signal)
  const { server, options } = access
  const state = oauth.generateRandomState()
  const listener = await listenForCallback(state, signal)
  try {
    const { client, redirect_uri } = await registered(access, listener.port)
    const { verifier, challenge } = await proofKey()
    show(
      authorizationUrl(server, {
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        resource,
      }),
    )
    const parameters = validated(server, client, await listener.parameters, state)
    const tokens = await explained(`${issuer.host} gave no token for the code`, async () => {
      const none = oauth.None()
      const more = { ...options, additionalParameters: { resource } }
      const response = await oauth.authorizationCodeGrantRequest(
        ...[server, client, none, parameters, redirect_uri, verifier, more],
      )
      return oauth.processAuthorizationCodeResponse(server, client, response)
    })
    return {
      kind: 'oauth',
      target: targetKey(target),
      origin: url.origin,
      ...(aud === undefined ? {} : { aud }),
      issuer: server.issuer,
      client_id: client.client_id,
      resource,
      ...tokensOf(tokens, clock.now()),
    }
  } finally {
    listener.close()
  }
}

interface Registered {
  readonly client: oauth.Client
  readonly redirect_uri: string
}

/** RFC 7591; each login registers a new client, because the port is part of the redirect URI (sign-in-oauth-redirect-registered). */
async function registered(
  { server, options }: AuthorizationServerClient,
  port: number,
): Promise<Registered> {
  if (server.registration_endpoint === undefined) {
    throw registrationRefused('The team does not allow clients to register.')
  }
  let why: string | undefined
  // An application may allow only one of the two.
  for (const host of ['127.0.0.1', 'localhost']) {
    const redirect_uri = `http://${host}:${port}${callbackPath}`
    try {
      const response = await oauth.dynamicClientRegistrationRequest(
        server,
        {
          client_name: 'access-client',
          redirect_uris: [redirect_uri],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
        },
        options,
      )
      const { client_id } = await oauth.processDynamicClientRegistrationResponse(response)
      return { client: { client_id }, redirect_uri }
    } catch (error) {
      why = whyOf(error)
      if (why === undefined) throw error
    }
  }
  throw registrationRefused(`The team refuses to register this client: ${why}`)
}

function registrationRefused(what: string): AccessLoginError {
  return new AccessLoginError('registration_refused', {
    what,
    todo: 'In the OAuth settings of the application, turn on dynamic client registration and allow redirect URIs on loopback.',
  })
}

function authorizationUrl(
  { issuer, authorization_endpoint = '' }: oauth.AuthorizationServer,
  parameters: Readonly<Record<string, string>>,
): URL {
  // A browser opens this URL and would follow other schemes.
  if (!URL.canParse(authorization_endpoint) || !/^https:/.test(authorization_endpoint)) {
    throw new AccessLoginError('unexpected', {
      what: `${issuer} has no https authorization endpoint.`,
      todo: 'Check the metadata of the authorization server.',
    })
  }
  const url = new URL(authorization_endpoint)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}

function validated(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  parameters: URLSearchParams,
  state: string,
): URLSearchParams {
  try {
    return oauth.validateAuthResponse(server, client, parameters, state)
  } catch (error) {
    const why = whyOf(error)
    if (why === undefined) throw error
    throw new AccessLoginError(
      'refused',
      {
        what: 'The login was refused:',
        why,
        todo: 'Check the OAuth settings of the application, above all which redirect URIs it allows.',
      },
      { cause: error },
    )
  }
}
