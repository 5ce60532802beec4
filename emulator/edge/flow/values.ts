/** What the requests and answers of a flow say, as far as it may be shown. */
import { parseObject } from '../../../contracts/declaration/json.ts'
import type { FlowValues } from '../../account/account.ts'
import type { Reply } from '../../http/reply.ts'
import type { EdgeContext } from '../context.ts'

/** The names whose values are shown. */
const shownNames: ReadonlySet<string> = new Set([
  ...['response_type', 'response_mode', 'client_id', 'redirect_uri', 'resource', 'scope', 'prompt'],
  ...['code_challenge_method', 'grant_type', 'token_type_hint', 'aud', 'kid', 'idp'],
  ...['client_name', 'redirect_uris', 'grant_types', 'response_types'],
  ...['token_endpoint_auth_method', 'authorization_servers', 'issuer', 'authorization_endpoint'],
  ...['token_endpoint', 'registration_endpoint', 'revocation_endpoint', 'jwks_uri'],
  ...['userinfo_endpoint', 'error', 'error_description', 'token_type', 'expires_in'],
  ...['location', 'send_org_token', 'close_interstitial', 'email'],
])

/** Those of which is shown only that they were there. */
const hiddenNames: ReadonlySet<string> = new Set([
  ...['code', 'code_verifier', 'code_challenge', 'client_secret', 'client_assertion'],
  ...['access_token', 'refresh_token', 'id_token', 'token', 'authorization', 'password'],
  ...['state', 'nonce', 'meta', 'redirect_url', 'sub', 'keys', 'software_statement'],
  ...['jwt', 'public_key', 'certificate'],
])
const hidden = '…'
const longest = 300

/**
 * Parameters by name. A name that no list has is only counted: where a body is no form, a secret may stand in the place of
 * a name.
 */
export function shown(values: ReadonlyMap<string, string>): FlowValues {
  const entries = [...values].flatMap(([name, value]) => {
    if (shownNames.has(name)) return [[name, cut(withoutSecrets(value))]]
    return hiddenNames.has(name) ? [[name, hidden]] : []
  })
  const others = values.size - entries.length
  return {
    ...Object.fromEntries(entries),
    ...(others === 0 ? {} : { [hidden]: others === 1 ? '1 other' : `${others} others` }),
  }
}

/** A URL may hold a code or a token behind its question mark or its hash, and a password before its host. */
function withoutSecrets(value: string): string {
  return value
    .replaceAll(/([?#])[^\s"]*/g, `$1${hidden}`)
    .replaceAll(/\/\/[^\s"/]*@/g, `//${hidden}@`)
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** The query, and the form or the JSON of the body. */
export function sentIn(
  { edgeRequest, body }: EdgeContext,
  query: URLSearchParams,
  form: URLSearchParams,
): ReadonlyMap<string, string> {
  return new Map([
    ...query,
    ...(membersOf(body) ?? form),
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
