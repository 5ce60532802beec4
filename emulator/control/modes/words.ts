/** Turns a mode's recipe into values: fills placeholders, adds credentials, builds the request to send. */
import type { Profile } from '../../../contracts/behaviours/behaviour.ts'
import { type Fault, fault } from '../../../contracts/control/faults.ts'
import type { PlainRequest } from '../../../contracts/control/shapes.ts'
import { headerNames } from '../../../contracts/edge/endpoints.ts'
import {
  addressees,
  type FaultRecipe,
  type Mode,
  type Placeholder,
  type RequestRecipe,
  type SentCredentialKind,
} from '../../../contracts/modes/mode.ts'

export type PlaceholderValues = Readonly<Record<Placeholder, string>>

/** The value with every `{placeholder}` in its texts replaced; other braces stay. */
export function filled<T>(value: T, facts: PlaceholderValues): T {
  return fill(value, facts) as T
}

function fill(value: unknown, facts: PlaceholderValues): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\{(\w+)\}/g, (all, name: string) =>
      Object.hasOwn(facts, name) ? facts[name as Placeholder] : all,
    )
  }
  if (Array.isArray(value)) return value.map((each) => fill(each, facts))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fill(each, facts)]))
}

/** Whether its requests or answers name the team domain. */
export function namesTeam({ request, answer, discriminators }: Mode, profile: Profile): boolean {
  const asShown = JSON.stringify([
    { request, answer: answer[profile] },
    ...(discriminators ?? []).map((tell) => ({ ...tell, answer: tell.answer[profile] })),
  ])
  return /"to":"(?:first )?team"|\{(?:first_)?team\}/.test(asShown)
}

/** The credentials that the client of a mode holds. */
export interface HeldCredentials {
  readonly client_id: string
  /** As the client knows it, even after a rotation. */
  readonly client_secret: string
  readonly wrong_secret: string
  readonly unknown_client_id: string
  /** The application token; empty if no request of the mode sends one. */
  readonly token: string
  /** The value of the `CF_Binding` cookie that belongs to the token. */
  readonly binding: string
  /** The value of the browser's `CF_Session` cookie. */
  readonly login_session: string
  readonly api_token: string
  /** Of the recipe; empty if it has none. */
  readonly unusable_api_token: string
  /** Of the mode's OAuth client; empty if it got none. */
  readonly access_token: string
}

type RequestHeaders = Readonly<Record<string, string>>

const idHeader = 'CF-Access-Client-Id'
const secretHeader = 'CF-Access-Client-Secret'
const pairOf = (id: string, secret: string): RequestHeaders => ({
  [idHeader]: id,
  [secretHeader]: secret,
})
const cookieOf = (token: string): RequestHeaders => ({ cookie: `CF_Authorization=${token}` })
/** Longer than a request's headers may be in total, with any value of the behaviour `request.header_limit`. */
const tooLong = 128 * 1024
const manyCookiesOf = (token: string): RequestHeaders => {
  const { cookie = '' } = cookieOf(token)
  return {
    cookie: Array(Math.ceil(tooLong / cookie.length))
      .fill(cookie)
      .join('; '),
  }
}
const inJson = (names: RequestHeaders): RequestHeaders => ({ authorization: JSON.stringify(names) })
const lowerCase = (id: string, secret: string): RequestHeaders => ({
  [headerNames.clientId]: id,
  [headerNames.clientSecret]: secret,
})

const credentialHeaders: Readonly<
  Record<SentCredentialKind, (held: HeldCredentials) => RequestHeaders>
> = {
  none: () => ({}),
  pair: (held) => pairOf(held.client_id, held.client_secret),
  'wrong secret': (held) => pairOf(held.client_id, held.wrong_secret),
  'unknown client id': (held) => pairOf(held.unknown_client_id, held.client_secret),
  'client id alone': (held) => ({ [idHeader]: held.client_id }),
  'pasted header names': (held) =>
    pairOf(`${idHeader}: ${held.client_id}`, `${secretHeader}: ${held.client_secret}`),
  'json header': (held) => inJson(lowerCase(held.client_id, held.client_secret)),
  'json header in upper case': (held) => inJson(pairOf(held.client_id, held.client_secret)),
  'pair and json header': (held) => ({
    ...pairOf(held.client_id, held.client_secret),
    ...inJson(lowerCase(held.client_id, held.client_secret)),
  }),
  'held token as cookie': ({ token }) => cookieOf(token),
  'held token and its binding as cookies': ({ token, binding }) => ({
    cookie: `${cookieOf(token).cookie}; CF_Binding=${binding}`,
  }),
  'held token many times as cookie': ({ token }) => manyCookiesOf(token),
  'held token as bearer': ({ token }) => ({ authorization: `Bearer ${token}` }),
  'held token and wrong secret': (held) => ({
    ...cookieOf(held.token),
    ...pairOf(held.client_id, held.wrong_secret),
  }),
  'OAuth access token as bearer': ({ access_token }) => ({
    authorization: `Bearer ${access_token}`,
  }),
  'login session': ({ login_session }) => ({ cookie: `CF_Session=${login_session}` }),
  'invented assertion': () => ({ [headerNames.assertion]: 'invented.by.client' }),
  'api token': ({ api_token }) => ({ authorization: `Bearer ${api_token}` }),
  'malformed api token': ({ api_token }) => ({ authorization: `Bearer "${api_token}"` }),
  'unusable api token': ({ unusable_api_token }) => ({
    authorization: `Bearer ${unusable_api_token}`,
  }),
  'unknown api token': () => ({ authorization: 'Bearer nobody-made-this-api-token-0000000000000' }),
}

export type ModeRequest = PlainRequest & { readonly redirect?: 'follow' }

/** The request to send. */
export function requestOf(
  sent: RequestRecipe,
  held: HeldCredentials,
  facts: PlaceholderValues,
): ModeRequest {
  const { to = 'application', method = 'GET', path = '/', host, redirect } = sent
  const credentials = sent.credentials ?? (to === 'api' ? 'api token' : 'none')
  const base = host === undefined ? addressees[to] : `https://${host}`
  const content = contentOf(sent, facts)
  return {
    method,
    url: filled(base + path, facts),
    headers: {
      ...credentialHeaders[credentials](held),
      ...(content === undefined ? {} : { 'content-type': content.type }),
      ...sent.headers,
    },
    ...(content === undefined ? {} : { body: content.body }),
    ...(redirect === undefined ? {} : { redirect }),
  }
}

function contentOf({ body, form }: RequestRecipe, facts: PlaceholderValues) {
  if (form !== undefined) {
    const fields = new URLSearchParams(filled({ ...form }, facts))
    return { type: 'application/x-www-form-urlencoded', body: fields.toString() }
  }
  if (body === undefined) return undefined
  return { type: 'application/json', body: JSON.stringify(filled(body, facts)) }
}

/** A fault of the mode `id`, for the account's stack of faults. */
export function faultOf({ seconds, ...recipe }: FaultRecipe, id: string, nowMs: number): Fault {
  const until =
    seconds === undefined ? {} : { until: new Date(nowMs + seconds * 1000).toISOString() }
  return fault().parse({ ...recipe, ...until, mode: id })
}
