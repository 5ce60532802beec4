/** Who may use the control API. */
import type { Request } from 'express'
import { type Failure, fail } from '../../contracts/errors.ts'
import { sameSecret } from '../secrets.ts'

/** A web page must not steer the emulator of whoever opened it; nor may the network, without the admin token. */
export function mayUse(
  request: Request,
  adminToken: string | undefined,
): Failure<'forbidden' | 'bad_request'> | undefined {
  if (isForeign(request)) {
    return fail('forbidden', 'The control API refuses requests from web pages of other origins.')
  }
  if (request.path === '/__access/health') return undefined
  if (!isLoopback(request.socket.remoteAddress) && !holdsToken(request, adminToken)) {
    return fail(
      'forbidden',
      'From outside loopback the control API needs "Authorization: Bearer" with the admin token (ACCESS_EMULATOR_ADMIN_TOKEN, or --admin-token-file; where none was given, the emulator printed one as it started).',
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

/** A browser asks for the admin token as a password, where a page is all that was wanted. */
export function mayOfferSignIn(request: Request): boolean {
  const isPage = /^\/__access(\/?|\/requests\/[^/]*)$/.test(request.path)
  return isPage && !isForeign(request) && request.accepts(['json', 'html']) === 'html'
}

/** As a bearer token, or as the password of whatever name. */
function holdsToken(request: Request, adminToken: string | undefined): boolean {
  const [, scheme = '', sent = ''] =
    /^(Bearer|Basic) (.+)$/i.exec(request.get('authorization') ?? '') ?? []
  const isBasic = scheme.toLowerCase() === 'basic'
  const given = isBasic
    ? Buffer.from(sent, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
    : sent
  return adminToken !== undefined && sameSecret(given, adminToken)
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false
  const plain = address.replace(/^::ffff:/, '')
  return plain === '::1' || plain.startsWith('127.')
}

function hasBody(request: Request): boolean {
  const length = request.get('content-length')
  return request.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0')
}
