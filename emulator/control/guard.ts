/** Who may use the control API. */
import { type Failure, fail } from '../../contracts/errors.ts'
import { isLoopback, plainAddress } from '../http/client-address.ts'
import { isOfType, mayHaveBody } from '../http/layers.ts'
import { headerIn, type Routed } from '../http/routes.ts'
import { sameSecret } from '../secrets.ts'

/** Refuses web pages of other origins, and other machines without the admin token. */
export function mayUse(
  request: Routed,
  adminToken: string | undefined,
): Failure<'forbidden' | 'bad_request'> | undefined {
  if (isForeign(request)) {
    return fail('forbidden', 'The control API refuses requests from web pages of other origins.')
  }
  if (request.path === '/__access/health') return undefined
  if (!isLoopback(plainAddress(request.socket.remoteAddress)) && !holdsToken(request, adminToken)) {
    return fail(
      'forbidden',
      'From other machines, the control API requires "Authorization: Bearer" with the admin token (ACCESS_EMULATOR_ADMIN_TOKEN, or --admin-token-file; if neither is set, the emulator printed a token at start).',
    )
  }
  if (
    request.method !== 'GET' &&
    mayHaveBody(request) &&
    !isOfType(request, /^application\/json$/i)
  ) {
    return fail('bad_request', 'Send the body as content-type: application/json.')
  }
  return undefined
}

function isForeign(request: Routed): boolean {
  const site = headerIn(request, 'sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = headerIn(request, 'origin')
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== headerIn(request, 'host')
}

/** Whether to ask a browser for the admin token as a password: only for the pages. */
export function mayOfferSignIn(request: Routed): boolean {
  const isPage = /^\/__access(\/?|\/requests\/[^/]*)$/.test(request.path)
  return isPage && !isForeign(request) && prefersHtml(headerIn(request, 'accept') ?? '')
}

/** Of a page and JSON. Browsers name HTML first; other programs name JSON, or nothing. */
function prefersHtml(accept: string): boolean {
  const [html, json] = [/\btext\/html\b/i, /\bapplication\/json\b/i].map((type) =>
    accept.search(type),
  )
  return html !== undefined && html >= 0 && (json === undefined || json < 0 || html < json)
}

/** As a bearer token, or as the password of any user name. */
function holdsToken(request: Routed, adminToken: string | undefined): boolean {
  const [, scheme = '', sent = ''] =
    /^(Bearer|Basic) (.+)$/i.exec(headerIn(request, 'authorization') ?? '') ?? []
  const isBasic = scheme.toLowerCase() === 'basic'
  const token = isBasic
    ? Buffer.from(sent, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
    : sent
  return adminToken !== undefined && sameSecret(token, adminToken)
}
