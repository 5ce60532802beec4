/** An OpenID Connect SaaS application and a hand-written client. */
import { app, type EdgeFixture, type EdgeOptions, people } from '../applications.ts'
import { browser } from '../login/browser.ts'
import { addProvider, standIn, team } from '../login/person.ts'
import {
  challenge,
  consented,
  fetched,
  given,
  oauthWorld,
  type Parameters,
  postForm,
  type Reached,
  type Sent,
  verifier,
} from './application.ts'

export const clientId = 'c'.repeat(64)
export const clientSecret = 'a secret of the SaaS application, 64 characters or so, for the test'
export const redirectUri = 'https://saas.example/callback'
export const issuer = `${team}/cdn-cgi/access/sso/oidc/${clientId}`

export const saas = {
  auth_type: 'oidc',
  client_id: clientId,
  client_secret: clientSecret,
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_tokens'],
  scopes: ['openid', 'email', 'profile', 'groups'],
  access_token_lifetime: '5m',
  refresh_token_options: { lifetime: '30d' },
}

export const saasApplication = (settings: Readonly<Record<string, unknown>> = {}, more = {}) =>
  ({
    ...app('', [people]),
    type: 'saas',
    name: 'SaaS',
    domain: undefined,
    ...more,
    saas_app: { ...saas, ...settings },
  }) as unknown as ReturnType<typeof app>

export function saasWorld(
  settings: Readonly<Record<string, unknown>> = {},
  { applications = [], ...options }: EdgeOptions = {},
): Promise<EdgeFixture> {
  return oauthWorld({ ...options, applications: [saasApplication(settings), ...applications] })
}

export function authorizationUrl(parameters: Parameters = {}): string {
  const all = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid email profile groups',
    state: 'a state',
    nonce: 'a nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  }
  return `${issuer}/authorization?${new URLSearchParams(given(all))}`
}

export async function codeFor(edge: Reached, parameters: Parameters = {}): Promise<string> {
  const back = await consented(edge, authorizationUrl(parameters))
  const code = back.searchParams.get('code')
  if (code === null) throw new Error(`no code: ${back.href}`)
  return code
}

export function exchange(edge: Reached, code: string, more: Parameters = {}): Promise<Sent> {
  const all = {
    grant_type: 'authorization_code',
    client_id: clientId,
    client_secret: clientSecret,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...more,
  }
  return postForm(edge, `${issuer}/token`, given(all))
}

export function userinfo(edge: Reached, token: string, of = issuer): Promise<Sent> {
  return fetched(edge, `${of}/userinfo`, { authorization: `Bearer ${token}` })
}

/** A user of a stand-in provider that sends more claims than the email address. */
export async function consentedBy(
  edge: EdgeFixture,
  url: string,
  person: {
    readonly email: string
    readonly name?: string
    readonly groups?: string
    readonly claims?: string
  },
): Promise<{ readonly status: number; readonly text: string; readonly location: URL | undefined }> {
  await addProvider(edge, 'okta', 'Okta')
  const visitor = browser(edge.emulator)
  const form = await standIn(visitor, url, 'Okta')
  const fields = { name: '', groups: '', claims: '', ...person }
  let at = await visitor.submit(form, fields)
  while (at.location?.hostname.endsWith('.cloudflareaccess.com'))
    at = await visitor.get(at.location)
  return at
}
