/** An application with Managed OAuth, a user who signs in, and a hand-written client. */
import { createHash } from 'node:crypto'
import type { Emulator } from '../../../emulator/index.ts'
import {
  app,
  type EdgeFixture,
  type EdgeOptions,
  edgeFixture,
  people,
  policy,
  theNamed,
} from '../applications.ts'
import { type Browser, browser, type Page, pinOn } from '../login/browser.ts'
import { ada, team } from '../login/person.ts'

export const mcp = 'mcp.example.com'
export const plain = 'plain.example.com'
export const callback = 'http://127.0.0.1:33418/callback'
export const endpoint = (name: string) => `${team}/cdn-cgi/access/oauth/${name}`

export const oauth = {
  enabled: true,
  dynamic_client_registration: {
    enabled: true,
    allow_any_on_localhost: true,
    allow_any_on_loopback: true,
    allowed_uris: ['https://client.example/*', 'cursor://anysphere.cursor/cb'],
  },
  grant: { access_token_lifetime: '15m', session_duration: '24h' },
}

/** `mcp` has Managed OAuth, `plain` does not. */
export const oauthApplications = [
  app(mcp, [policy('non_identity', theNamed), people], { oauth_configuration: oauth }),
  app(plain, [people]),
]

export function oauthWorld({
  applications = [],
  ...options
}: EdgeOptions = {}): Promise<EdgeFixture> {
  return edgeFixture({ ...options, applications: [...oauthApplications, ...applications] })
}

/** Whatever answers at the names of an edge: a fixture, or an emulator elsewhere. */
export interface Reached {
  readonly emulator: Pick<Emulator, 'fetch'>
}

/** A verifier and its challenge, the same in every run. */
export const verifier = 'a-verifier-that-is-long-enough-for-rfc-7636-0000'
export const challenge = createHash('sha256').update(verifier).digest('base64url')

export interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

async function read(answer: Response): Promise<Sent> {
  const text = await answer.text()
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : {}
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: body as Record<string, unknown>,
  }
}

export async function postForm(
  { emulator }: Reached,
  url: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  return read(
    await emulator.fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers }),
  )
}

export async function fetched(
  { emulator }: Reached,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  return read(await emulator.fetch(url, { headers, redirect: 'manual' }))
}

export async function register(
  { emulator }: Reached,
  metadata: Readonly<Record<string, unknown>> = {},
): Promise<Sent> {
  const body = JSON.stringify({
    client_name: 'A test',
    redirect_uris: [callback],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    ...metadata,
  })
  const headers = { 'content-type': 'application/json' }
  return read(await emulator.fetch(endpoint('registration'), { method: 'POST', body, headers }))
}

/** Registers a client and returns its id. */
export async function clientOf(edge: Reached, metadata = {}): Promise<string> {
  return String((await register(edge, metadata)).body.client_id)
}

/** Parameters of a request; undefined leaves one out. */
export type Parameters = Readonly<Record<string, string | undefined>>

export function given(parameters: Parameters): Readonly<Record<string, string>> {
  const all = Object.entries(parameters)
  return Object.fromEntries(all.filter((each): each is [string, string] => each[1] !== undefined))
}

export function authorizationUrl(client_id: string, parameters: Parameters = {}): string {
  const all = {
    response_type: 'code',
    client_id,
    redirect_uri: callback,
    state: 'a state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: `https://${mcp}/`,
    ...parameters,
  }
  return `${endpoint('authorization')}?${new URLSearchParams(given(all))}`
}

/** Follows a page through the user's login, to the first redirect to elsewhere or the page that ends it. */
export async function signedIn(person: Browser, from: Page, email = ada): Promise<Page> {
  const walk = async (page: Page) => {
    let at = page
    while (at.location?.hostname.endsWith('.cloudflareaccess.com'))
      at = await person.get(at.location)
    return at
  }
  const login = await walk(from)
  if (login.location !== undefined) return login
  const pin = await walk(await person.submit(login, { email }))
  if (!pin.text.includes('<output>')) return person.submit(pin, { code: '000000' })
  return walk(await person.submit(pin, { code: pinOn(pin) }))
}

/** Where the browser ends up after the user signs in. */
export async function consented({ emulator }: Reached, url: string, email = ada): Promise<URL> {
  const person = browser(emulator)
  const { location, status, text, url: at } = await signedIn(person, await person.get(url), email)
  if (location === undefined) throw new Error(`${status} ${at.href}: ${text}`)
  return location
}

export interface Client {
  readonly id: string
  readonly access: string
  readonly refresh: string
  readonly answer: Sent
}

export async function codeFor(
  edge: Reached,
  client_id: string,
  parameters: Parameters = {},
): Promise<string> {
  const back = await consented(edge, authorizationUrl(client_id, parameters))
  const code = back.searchParams.get('code')
  if (code === null) throw new Error(`no code: ${back.href}`)
  return code
}

export function exchange(
  edge: Reached,
  client_id: string,
  code: string,
  more: Parameters = {},
): Promise<Sent> {
  const form = {
    grant_type: 'authorization_code',
    client_id,
    code,
    redirect_uri: callback,
    code_verifier: verifier,
    ...more,
  }
  return postForm(edge, endpoint('token'), given(form))
}

export function refresh(
  edge: Reached,
  { id, refresh }: Pick<Client, 'id' | 'refresh'>,
  more: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  const form = { grant_type: 'refresh_token', client_id: id, refresh_token: refresh, ...more }
  return postForm(edge, endpoint('token'), form)
}

/** A client with tokens. */
export async function connected(edge: Reached): Promise<Client> {
  const id = String((await register(edge)).body.client_id)
  const answer = await exchange(edge, id, await codeFor(edge, id))
  return { id, answer, access: tokenIn(answer, 'access'), refresh: tokenIn(answer, 'refresh') }
}

export function tokenIn({ body, text }: Sent, kind: 'access' | 'refresh'): string {
  const token = body[`${kind}_token`]
  if (typeof token !== 'string') throw new Error(`no ${kind} token: ${text}`)
  return token
}

/** The application's response to a bearer token. */
export function asBearer(edge: EdgeFixture, token: string, host = mcp, path = '/') {
  return edge.send(host, { path, headers: { authorization: `Bearer ${token}` } })
}
