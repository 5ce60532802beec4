/** Reasons for answers that no policy decides: those of the edge, of Access's own paths and of the login. */
import { foreign } from './credentials.ts'
import { type ReasonRow, reasonRows } from './row.ts'

const permissionMissing = {
  text: 'The API token lacks the permission: {detail}',
  fix: 'give a policy of the token one of these permission groups, on this account or zone',
} as const satisfies ReasonRow

/** For failures of the API whose message alone says too little. */
export const apiReasons = reasonRows({
  route_unknown: { text: 'Not an operation of the API{methods}' },
  not_emulated: {
    text: "The emulator does not implement this operation of Cloudflare's API: {detail}",
  },
  no_credentials: {
    text: 'The request carries no API credentials: neither Authorization nor X-Auth-Key and X-Auth-Email',
  },
  token_malformed: { text: 'The Authorization header does not have the form of an API token' },
  auth_key_malformed: { text: 'The X-Auth-Key header does not have the form of an API key' },
  auth_email_malformed: { text: 'The X-Auth-Email header is not an email address' },
  authentication_error: { text: `${foreign}: no account of this emulator has this API token` },
  api_token_invalid: { text: `${foreign}: no account of this emulator has this API token` },
  unable_to_authenticate: {
    text: `${foreign}: no account of this emulator has this X-Auth-Key with this X-Auth-Email`,
  },
  permission_missing: permissionMissing,
  permission_forbidden: permissionMissing,
  api_token_disabled: { text: 'The API token {detail} is disabled' },
  api_token_expired: {
    text: 'The API token {detail} has expired (expires_on)',
    fix: 'create another API token, with a later expires_on',
  },
  api_token_not_yet_valid: { text: 'The API token {detail} is not valid yet (not_before)' },
  api_token_location: {
    text: 'The condition of the API token excludes requests from the address {detail}',
    fix: 'allow the address in the condition of the token (request_ip), or call from another one',
  },
  account_token_lists_accounts: {
    text: 'The API token belongs to an account, and only that of a user can list accounts',
    fix: 'use the id of the account, without asking for it',
  },
  account_token_without_user: {
    text: 'The API token belongs to an account, and so to no user whom this operation could show',
    fix: 'use the token of a user',
  },
  account_token_without_memberships: {
    text: 'The API token belongs to an account, and so to no user who could be a member of accounts',
    fix: 'use the id of the account, without asking for it',
  },
  authorization_missing: { text: 'The Authorization header is missing' },
  unauthorized_resource: {
    text: 'The credentials belong to another account than the account or zone in the path',
  },
  not_enabled: { text: 'The account has no Access organization yet' },
})

/** For requests to hosts behind the edge. */
export const hostReasons = reasonRows({
  no_application: {
    text: 'No application covers this host and path, so the request goes straight to the origin',
  },
  no_application_covers_this_host_and_path: {
    text: 'No application covers this host and path',
  },
  unmatched_host_denied: {
    text: 'No application covers this host and path, and the organization denies such requests (deny_unmatched_requests)',
    fix: 'add an application for the host, or exempt its zone',
  },
  preflight_bypassed: {
    text: 'The application lets preflights through (options_preflight_bypass)',
  },
  preflight_answered: { text: 'Access answers the preflight itself (cors_headers)' },
  worker_path_overridden: {
    text: 'An override of the Worker destination makes this path public, so the request goes straight to the origin',
  },
  worker_websocket_refused: {
    text: 'A Worker destination covers the host, and Access lets no WebSocket through to it',
  },
  host_without_record: {
    text: 'The host has no DNS record, Worker route, --origin or application',
  },
  path_malformed: {
    text: 'The path is not valid: it contains a malformed escape or a control character',
  },
  cookies_too_large: { text: 'The cookies are longer than the edge accepts' },
  headers_too_large: { text: 'The headers are longer than the edge accepts' },
  origin_answered: { text: 'Access let the request through, and the origin answered {status}' },
  warned: { text: 'Done, with a warning: {detail}' },
})

/** For Access's own paths, on an application's host and on the team domain. */
export const accessPathReasons = reasonRows({
  service_auth_absent: {
    text: 'Cloudflare Access has no POST /cdn-cgi/access/service/auth: send the client id and secret to the protected URL itself',
  },
  service_auth_wrong_method: { text: 'The exchange accepts POST only' },
  path_unknown: {
    text: 'Access has no path {path}, and does not forward it to the origin',
  },
  sso_path_unknown: {
    text: 'The team domain has no such path under /cdn-cgi/access/sso',
    detailed: true,
  },
  no_application_on_host: {
    text: 'There is no application on this host, so Access has no paths there',
  },
  application_unknown: { text: 'There is no such application on this team domain or host' },
  organization_unknown: { text: 'No account here has the team {host}' },
  team_path_unknown: { text: 'The team domain has no such path' },
  token_of_old_team: { text: 'The token names a team that the account no longer has' },
  body_unreadable: { text: 'The body could not be read' },
  own_path_upgraded: {
    text: 'Access accepts no upgrade (WebSocket) on its own paths, and does not forward it to the origin',
  },
  login_session_invalid: {
    text: 'The browser sent no session of a login',
    detailed: true,
    fix: 'open the URL of the application again, in the same browser',
  },
  login_nonce_invalid: {
    text: 'The step belongs to no login, or to one that is over',
    detailed: true,
    fix: 'open the URL of the application again',
  },
  login_login_invalid: {
    text: "The login has expired, is another browser's, or cannot be continued",
    detailed: true,
    fix: 'open the URL of the application again, in the same browser',
  },
})

/** For logins of cloudflared, and its transfer service. */
export const cloudflaredReasons = reasonRows({
  cli_key_invalid: {
    text: 'The parameter token is no public key of 32 bytes in base64url, as cloudflared sends',
  },
  cli_without_token: {
    text: 'The application lets the person in without a login, so there is no token to hand over',
  },
  cli_approval_asked: { text: 'The person is asked whether a program may have their tokens' },
  launcher_login_offered: { text: 'The App Launcher asks the person to log in' },
  cli_approved: { text: 'The tokens of the person wait, sealed, for the program' },
  cert_sign_body_invalid: { text: 'The body is not JSON with public_key, jwt and issuer' },
  cert_sign_issuer_invalid: {
    text: 'The issuer is not this team, by its name under cloudflareaccess.com',
  },
  cert_sign_token_invalid: {
    text: 'The JWT is not an application token that is accepted now: {detail}',
    fix: 'log in again: cloudflared access login',
  },
  cert_sign_without_ca: {
    text: 'The application has no CA for short-lived certificates',
    fix: 'make one: POST /access/apps/{app_id}/ca',
  },
  cert_sign_without_email: {
    text: 'The JWT is that of a service token, which has no user to log in as',
  },
  cert_sign_key_invalid: {
    text: 'public_key is not the line of an SSH key of type ecdsa-sha2-nistp256, -384 or -521, ssh-ed25519 or ssh-rsa',
  },
  token_check: {
    text: 'The edge itself tells cloudflared that the token is good (cloudflared_token_check)',
  },
  transfer_key_invalid: { text: 'The path names no public key of 32 bytes in base64url' },
  transfer_pending: {
    text: 'Nobody has approved for this public key yet, or its tokens were fetched before',
  },
  transfer_taken: {
    text: 'Somebody has approved: the tokens went out, sealed for the owner of the key',
  },
  transfer_polls_exceeded: { text: 'Too many polls of the transfer service are held already' },
  transfer_path_unknown: { text: 'The transfer service has no such path' },
  transfer_unsealed: {
    text: '`cloudflared tunnel login` fetches its certificate here, which is not emulated',
  },
  connection_cut: { text: 'The connection was cut before an answer' },
})
