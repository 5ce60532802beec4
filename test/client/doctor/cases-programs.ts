/** Programs that fail to sign people in by OAuth and OpenID Connect; made by API calls and the login alone. */
import { parseObject } from '../../../contracts/declaration/json.ts'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { browser, pinOn } from '../../edge/login/browser.ts'
import { type Fixture, people, type Request, type SituationMaker } from './situation.ts'

const callback = 'http://127.0.0.1:33418/callback'
/** RFC 7636, appendix B. */
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const configuration = {
  enabled: true,
  dynamic_client_registration: { enabled: true, allow_any_on_loopback: true },
}
const managed = (fixture: Fixture, oauth_configuration = configuration) =>
  fixture.application([people], { oauth_configuration })

const endpoint = ({ team }: Fixture, name: string) => `https://${team}/cdn-cgi/access/oauth/${name}`

/** A client registration request. */
export function registration(fixture: Fixture): Request & { readonly body: string } {
  const metadata = { redirect_uris: [callback], token_endpoint_auth_method: 'none' }
  return {
    method: 'POST',
    url: endpoint(fixture, 'registration'),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  }
}

function textIn(json: string, name: string): string {
  const value = parseObject(json)?.[name]
  if (typeof value !== 'string') throw new Error(`no ${name}: ${json}`)
  return value
}

/** The id of a newly registered client. */
async function registered(fixture: Fixture): Promise<string> {
  const { url, method = '', headers = {}, body } = registration(fixture)
  const answer = await fixture.emulator.fetch(url, { method, headers, body })
  return textIn(await answer.text(), 'client_id')
}

export function authorization(
  fixture: Fixture,
  client_id: string,
  { resource = `https://${fixture.host}/`, ...more }: Readonly<Record<string, string>> = {},
): string {
  const all = {
    ...{ response_type: 'code', client_id, redirect_uri: callback, state: 'some-state' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256', ...more },
    ...(resource === '' ? {} : { resource }),
  }
  return `${endpoint(fixture, 'authorization')}?${new URLSearchParams(all)}`
}

/** Signs a person in on the way from an authorization URL to the callback. */
async function signIn({ emulator, team }: Fixture, url: string) {
  const person = browser(emulator)
  const walk = async (from: Awaited<ReturnType<typeof person.get>>) => {
    let at = from
    while (at.location?.hostname.endsWith('.cloudflareaccess.com')) {
      at = await person.get(at.location)
    }
    return at
  }
  const login = await walk(await person.get(url))
  const pin = await walk(await person.submit(login, { email: 'ada@example.com' }))
  const end = await walk(await person.submit(pin, { code: pinOn(pin) }))
  const code = end.location?.searchParams.get('code')
  if (!code) throw new Error(`no code: ${end.status} ${end.text}`)
  const session = person.cookie(team, 'CF_Authorization')?.value ?? ''
  return { code, cookies: `CF_Authorization=${session}` }
}

/** Sends a form to a token endpoint; the client saves the exchange. */
async function exchanged(
  { emulator }: Fixture,
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<{ readonly kept: Request; readonly access_token: string }> {
  const body = new URLSearchParams(form).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await emulator.fetch(url, { method: 'POST', headers, body })
  const text = await answer.text()
  const answered = { status: answer.status, body: text, answer: [...answer.headers] }
  const kept: Request = { method: 'POST', url, headers, body, answered }
  return { kept, access_token: textIn(text, 'access_token') }
}

/** A client that holds Managed OAuth tokens, and the exchange that issued them. */
export async function connected(fixture: Fixture) {
  const application = await managed(fixture)
  const client_id = await registered(fixture)
  const { code, cookies } = await signIn(fixture, authorization(fixture, client_id))
  const form = { grant_type: 'authorization_code', client_id, code }
  const issued = await exchanged(fixture, endpoint(fixture, 'token'), {
    ...form,
    ...{ redirect_uri: callback, code_verifier: verifier },
  })
  const url = `https://${fixture.host}/`
  const headers = { authorization: `Bearer ${issued.access_token}`, accept: 'application/json' }
  return { ...issued, cookies, application, client_id, url, request: { url, headers } }
}

/** The issuer and the client of a new SaaS application. */
export async function saas(fixture: Fixture) {
  const { saas_app } = await fixture.application([people], {
    type: 'saas',
    domain: null,
    saas_app: {
      auth_type: 'oidc',
      redirect_uris: [callback],
      grant_types: ['authorization_code'],
      scopes: ['openid', 'email', 'profile'],
    },
  })
  const { client_id = '', client_secret = '' } = saas_app ?? {}
  const issuer = `https://${fixture.team}/cdn-cgi/access/sso/oidc/${client_id}`
  return { issuer, client_id: String(client_id), client_secret: String(client_secret) }
}

type Client = Awaited<ReturnType<typeof saas>>

export function oidcAuthorization({ issuer, client_id }: Client, scope: string): string {
  const all = { response_type: 'code', client_id, redirect_uri: callback, state: 'some-state' }
  return `${issuer}/authorization?${new URLSearchParams({ ...all, scope })}`
}

export async function signedIn(fixture: Fixture, client: Client, scope = 'openid email profile') {
  const { issuer, client_id, client_secret } = client
  const { code } = await signIn(fixture, oidcAuthorization(client, scope))
  const form = { grant_type: 'authorization_code', client_id, client_secret, code }
  return exchanged(fixture, `${issuer}/token`, { ...form, redirect_uri: callback })
}

/** The failing exchange is the only one, and the doctor diagnoses its URL. */
const alone = (request: Request) => ({ url: request.url, observed: [request] })

export const programWorlds: Partial<Record<ModeId, SituationMaker>> = {
  async 'oauth-resource-missing'(fixture) {
    await managed(fixture)
    const client = await registered(fixture)
    return alone({ url: authorization(fixture, client, { resource: '' }) })
  },
  async 'oauth-redirect-not-allowed'(fixture) {
    const { id: app_id } = await managed(fixture)
    const client = await registered(fixture)
    await fixture.api.applications.replace({
      app_id,
      body: {
        type: 'self_hosted',
        domain: fixture.host,
        oauth_configuration: { enabled: true, dynamic_client_registration: { enabled: true } },
      },
    })
    return alone({ url: authorization(fixture, client) })
  },
  async 'oauth-registration-disabled'(fixture) {
    await managed(fixture, {
      enabled: true,
      dynamic_client_registration: { enabled: false, allow_any_on_loopback: true },
    })
    return alone(registration(fixture))
  },
  async 'oauth-token-expired'(fixture) {
    const { kept, url, request } = await connected(fixture)
    await fixture.pass(20 * 60)
    return { url, observed: [kept, request] }
  },
  async 'oauth-token-revoked'(fixture) {
    const { kept, url, request, application } = await connected(fixture)
    await fixture.pass(60)
    await fixture.api.applications.revokeTokens({ app_id: application.id })
    return { url, observed: [kept, request] }
  },
  async 'oidc-scope-refused'(fixture) {
    const client = await saas(fixture)
    return alone({ url: oidcAuthorization(client, 'openid email profile offline_access') })
  },
  async 'oidc-endpoint-invented'(fixture) {
    await saas(fixture)
    return alone({ url: `https://${fixture.team}/cdn-cgi/access/sso/oidc/authorize` })
  },
  async 'oidc-token-opaque'(fixture) {
    const { kept, access_token } = await signedIn(fixture, await saas(fixture))
    const url = `https://api.${fixture.zone}/`
    const body = 'Unauthorized: Invalid Compact JWS'
    const headers = { authorization: `Bearer ${access_token}` }
    return { url, observed: [kept, { url, headers, answered: { status: 401, body } }] }
  },
}
