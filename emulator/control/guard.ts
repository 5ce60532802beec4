/** Who may use the control API. */
import type { Request } from 'express'
import { type Failure, fail } from '../../contracts/errors.ts'
import { isLoopback, plainAddress } from '../http/client-address.ts'
import { sameSecret } from '../secrets.ts'

/** Refuses web pages of other origins, and other machines without the admin token. */
export function mayUse(
  request: Request,
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
  if (request.method !== 'GET' && hasBody(request) && !request.is('application/json')) {
    return fail('bad_request', 'Send the body as content-type: application/json.')
  }
  return undefined
}

function isForeign(request: Request): boolean {
  const site = request.get('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = request.get('origin')
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== request.get('host')
}

/** Whether to ask a browser for the admin token as a password: only for the pages. */
export function mayOfferSignIn(request: Request): boolean {
  const isPage = /^\/__access(\/?|\/requests\/[^/]*)$/.test(request.path)
  return isPage && !isForeign(request) && request.accepts(['json', 'html']) === 'html'
}

/** As a bearer token, or as the password of any user name. */
function holdsToken(request: Request, adminToken: string | undefined): boolean {
  const [, scheme = '', sent = ''] =
    /^(Bearer|Basic) (.+)$/i.exec(request.get('authorization') ?? '') ?? []
  const isBasic = scheme.toLowerCase() === 'basic'
  const token = isBasic
    ? Buffer.from(sent, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
    : sent
  return adminToken !== undefined && sameSecret(token, adminToken)
}

function hasBody(request: Request): boolean {
  const length = request.get('content-length')
  return request.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0')
}
