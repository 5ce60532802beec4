/** What each reason means, as a sentence without the full stop. */
import { api, pathsOf, patternOf } from '../../contracts/api/operations.ts'
import { type Endpoint, type EndpointGroup, once } from '../../contracts/endpoint.ts'
import { apiErrors, controlErrors, exchangeErrors } from '../../contracts/errors.ts'
import type { Because, JournaledAnswer } from '../account/journal.ts'

type Words = string | ((detail: string, answered: JournaledAnswer) => string)

/** Why a request that no application covers is denied. */
export const deniedWords =
  'No application covers this host and path, and the organization denies such requests (deny_unmatched_requests)'

const foreign = 'Unknown credentials'

/** For answers that do not depend on policies. */
const words: Readonly<Record<string, Words>> = {
  route_unknown: (_, { path }) => {
    const methods = methodsAt(withoutQuery(path).replace('/client/v4', ''))
    const taken = methods.length === 0 ? '' : `: this path takes ${methods.join(', ')}`
    return `Not an operation of the API${taken}`
  },
  not_emulated: (detail) =>
    `The emulator does not implement this operation of Cloudflare's API: ${detail}`,
  no_credentials:
    'The request carries no API credentials: neither Authorization nor X-Auth-Key and X-Auth-Email',
  token_malformed: 'The Authorization header does not have the form of an API token',
  auth_key_malformed: 'The X-Auth-Key header does not have the form of an API key',
  auth_email_malformed: 'The X-Auth-Email header is not an email address',
  authentication_error: `${foreign}: no account of this emulator has this API token`,
  api_token_invalid: `${foreign}: no account of this emulator has this API token`,
  unable_to_authenticate: `${foreign}: no account of this emulator has this X-Auth-Key with this X-Auth-Email`,
  authorization_missing: 'The Authorization header is missing',
  unauthorized_resource:
    'The credentials belong to another account than the account or zone in the path',
  not_enabled: 'The account has no Access organization yet',
  service_auth_absent:
    'Cloudflare Access has no POST /cdn-cgi/access/service/auth: send the client id and secret to the protected URL itself',
  service_auth_wrong_method: 'The exchange accepts POST only',
  path_unknown: (_, { path }) =>
    `Access has no path ${withoutQuery(path)}, and does not forward it to the origin`,
  no_application_on_host: 'There is no application on this host, so Access has no paths there',
  no_application:
    'No application covers this host and path, so the request goes straight to the origin',
  unmatched_host_denied: deniedWords,
  preflight_bypassed: 'The application lets preflights through (options_preflight_bypass)',
  preflight_answered: 'Access answers the preflight itself (cors_headers)',
  worker_path_overridden:
    'An override of the Worker destination makes this path public, so the request goes straight to the origin',
  worker_websocket_refused:
    'A Worker destination covers the host, and Access lets no WebSocket through to it',
  warned: (detail) => `Done, with a warning: ${detail}`,
  host_without_record: 'The host has no DNS record, Worker route, --origin or application',
  organization_unknown: (_, { host }) => `No account here has the team ${host}`,
  team_path_unknown: 'The team domain has no such path',
  token_of_old_team: 'The token names a team that the account no longer has',
  path_malformed: 'The path is not valid: it contains a malformed escape or a control character',
  body_unreadable: 'The body could not be read',
  cookies_too_large: 'The cookies are longer than the edge accepts',
  headers_too_large: 'The headers are longer than the edge accepts',
  own_path_upgraded:
    'Access accepts no upgrade (WebSocket) on its own paths, and does not forward it to the origin',
  cli_key_invalid:
    'The parameter token is no public key of 32 bytes in base64url, as cloudflared sends',
  cli_without_token:
    'The application lets the person in without a login, so there is no token to hand over',
  cli_approval_asked: 'The person is asked whether a program may have their tokens',
  cli_approved: 'The tokens of the person wait, sealed, for the program',
  token_check: 'The edge itself tells cloudflared that the token is good (cloudflared_token_check)',
  transfer_key_invalid: 'The path names no public key of 32 bytes in base64url',
  transfer_pending:
    'Nobody has approved for this public key yet, or its tokens were fetched before',
  transfer_taken: 'Somebody has approved: the tokens went out, sealed for the owner of the key',
  transfer_polls_exceeded: 'Too many polls of the transfer service are held already',
  transfer_path_unknown: 'The transfer service has no such path',
  transfer_unsealed:
    '`cloudflared tunnel login` fetches its certificate here, which is not emulated',
  connection_cut: 'The connection was cut before an answer',
}

/** Why a service token does not authenticate, or its headers cannot be read. */
export const pairWords: Readonly<Record<string, string>> = {
  unknown: `${foreign}: no service token has the client id that was sent`,
  wrong_secret: 'The client secret does not match the service token',
  expired: 'The service token has expired',
  disabled: 'The service token is disabled',
  previous_secret_expired:
    'The client secret is the previous one, from before a rotation, and is no longer accepted',
  client_id_missing: 'CF-Access-Client-Secret was sent without CF-Access-Client-Id',
  client_secret_missing: 'CF-Access-Client-Id was sent without CF-Access-Client-Secret',
  both_forms_sent:
    'The client id and secret were sent both as two headers and in the single header',
  header_sent_twice: 'CF-Access-Client-Id or CF-Access-Client-Secret was sent twice',
  single_header_keys:
    'The single header lacks the keys cf-access-client-id and cf-access-client-secret',
}

/** Why an application token that was sent is not accepted. */
export const tokenWords: Readonly<Record<string, string>> = {
  jwt_of_other_application: 'The application token is for another application',
  jwt_of_unknown_application: 'The application token is for no application of the account',
  jwt_of_other_issuer: 'The application token names a team that the account no longer has',
  jwt_of_other_type: 'The token is not an application token',
  jwt_expired: 'The application token has expired',
  jwt_revoked: 'The application token was revoked',
  jwt_unverified: 'The token was not signed with any of the published keys',
  jwt_not_bound: 'The application token came without its binding cookie',
  jwt_sent_as_bearer:
    'The application token came as Authorization: Bearer, which Access does not read',
  oauth_token_unknown: 'No access token of OAuth is like the one that was sent, or it was revoked',
  oauth_token_of_other_application: 'The access token of OAuth is for another application',
  oauth_token_expired: 'The access token of OAuth has expired: refresh it',
  oauth_token_revoked: 'The tokens of the application were revoked after the person signed in',
}

/** Whether the caller sent credentials that no account here has. */
export function isForeign(reason: string | null): boolean {
  return ['authentication_error', 'api_token_invalid', 'unable_to_authenticate'].includes(
    reason ?? '',
  )
}

export function becauseInWords(
  { reason, detail = '' }: Because,
  answered: JournaledAnswer,
): string {
  const own = words[reason]
  if (own !== undefined) return typeof own === 'string' ? own : own(detail, answered)
  const known = { ...controlErrors, ...exchangeErrors, ...apiErrors }
  const rows: Readonly<Record<string, { readonly message: string }>> = known
  const row = Object.hasOwn(rows, reason) ? rows[reason] : undefined
  if (row === undefined) return detail === '' ? reason.replaceAll('_', ' ') : detail
  const message = row.message.replace(/\.$/, '')
  return detail === '' || message.includes(detail) ? message : `${message}: ${detail}`
}

function withoutQuery(path: string): string {
  return path.replace(/\?.*$/s, '')
}

interface PathMethods {
  readonly method: string
  readonly path: RegExp
}

/** The methods of the API at a path, which is given below `/client/v4` and without query. */
function methodsAt(path: string): readonly string[] {
  return [...new Set(rows().flatMap((row) => (row.path.test(path) ? [row.method] : [])))]
}

const rows = once((): readonly PathMethods[] =>
  Object.values<EndpointGroup>(api)
    .flatMap((group) => Object.values<Endpoint>(group))
    .flatMap((endpoint) => pathsOf(endpoint).map((path) => ({ endpoint, path })))
    .map(({ endpoint: { method }, path }) => ({
      method,
      path: patternOf(path),
    })),
)
