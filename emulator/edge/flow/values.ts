/** What the requests and answers of a flow say, as far as it may be shown. */
import { parseObject } from '../../../contracts/json.ts'
import type { FlowValues } from '../../account/flows.ts'
import type { Reply } from '../../http/reply.ts'
import type { EdgeContext } from '../context.ts'

/** The names whose values are shown. Whatever else was sent, its value is not: it may be a secret under any name. */
const shownNames: ReadonlySet<string> = new Set([
  ...['response_type', 'response_mode', 'client_id', 'redirect_uri', 'resource', 'scope', 'prompt'],
  ...['code_challenge_method', 'grant_type', 'token_type_hint', 'aud', 'kid', 'idp'],
  ...['client_name', 'redirect_uris', 'grant_types', 'response_types'],
  ...['token_endpoint_auth_method', 'authorization_servers', 'issuer', 'authorization_endpoint'],
  ...['token_endpoint', 'registration_endpoint', 'revocation_endpoint', 'jwks_uri'],
  ...['userinfo_endpoint', 'error', 'error_description', 'token_type', 'expires_in'],
  ...['location', 'send_org_token', 'close_interstitial', 'email'],
])
const hidden = '…'
/** Of each kind, so that one request cannot fill the journal. */
const longest = { name: 64, value: 300, count: 30 }

/** Only the values that may be shown; of the others, that they were there. */
export function shown(values: ReadonlyMap<string, string>): FlowValues {
  const entries = [...values].slice(0, longest.count).map(([name, value]) => {
    const text = shownNames.has(name) ? withoutQueries(value) : hidden
    return [cut(name, longest.name), cut(text, longest.value)]
  })
  return Object.fromEntries(entries)
}

/** A URL may hold a code or a token behind its question mark or its hash. */
function withoutQueries(value: string): string {
  return value.replaceAll(/([?#])[^\s"]*/g, `$1${hidden}`)
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}

/** The query, and the form or the JSON of the body. */
export function sentIn({ edgeRequest, body }: EdgeContext): ReadonlyMap<string, string> {
  const ofBody = membersOf(body) ?? new URLSearchParams(body)
  return new Map([
    ...new URLSearchParams(edgeRequest.query),
    ...ofBody,
    ...edgeRequest
      .headers('authorization')
      .map((sent): [string, string] => ['authorization', sent]),
  ])
}

/** The members of a JSON answer, or the URL of a redirect with its parameters. */
export function answeredBy({ headers, body }: Reply): ReadonlyMap<string, string> {
  const { location } = headers
  if (typeof location !== 'string') return new Map(membersOf(body) ?? [])
  const [address = '', query = '', fragment = ''] = location.split(/[?#]/)
  return new Map([
    ['location', address],
    ...new URLSearchParams(query),
    ...new URLSearchParams(fragment),
  ])
}

function membersOf(body: string): [string, string][] | undefined {
  const object = body.startsWith('{') ? parseObject(body) : undefined
  if (object === undefined) return undefined
  return Object.entries(object).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
}
