/** Signs a browser on another machine in to the pages, with the admin token. */
import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { cookieValues } from '../../contracts/http/cookies.ts'
import type { Accounts } from '../account/accounts.ts'
import { holderOfToken, type TokenHolder, type TokenIssuers } from '../account/admin-tokens.ts'
import { type Layer, readForm } from '../http/layers.ts'
import { type Reply, type Stamp, write } from '../http/reply.ts'
import { headerIn, type Routed } from '../http/routes.ts'
import { sameSecret } from '../world/secrets.ts'

export const signInPath = '/__access/sign-in'
const cookieName = 'access_emulator_admin'

export interface SignInIssuers extends TokenIssuers {
  readonly accounts: TokenIssuers['accounts'] & Pick<Accounts, 'byId'>
}

/** Who signed in at the browser that sends the request, by its cookie. */
export function signedInAs(request: Routed, issuers: SignInIssuers): TokenHolder | undefined {
  for (const value of cookieValues([headerIn(request, 'cookie') ?? ''], cookieName)) {
    const [id = ''] = value.split('.')
    const holder = issuers.accounts.byId(id) ?? 'emulator'
    const right = valueFor(holder, issuers)
    if (right !== undefined && sameSecret(value, right)) return holder
  }
  return undefined
}

/**
 * The cookie does not hold the token itself, which other programs on this host may read: cookies ignore ports. That of an
 * account begins with its id.
 */
function valueFor(holder: TokenHolder, { adminToken }: TokenIssuers): string | undefined {
  if (holder === 'emulator') return adminToken === undefined ? undefined : proofOf(adminToken)
  return holder.lease && `${holder.id}.${proofOf(holder.lease.token_digest)}`
}

function proofOf(secret: string): string {
  return createHmac('sha256', secret).update('dashboard').digest('base64url')
}

/** Answers the form of the sign-in page; passes on every other request. */
export function signInLayer(issuers: SignInIssuers, stamp: () => Stamp): Layer {
  return async (request, response, next) => {
    if (request.path !== signInPath) return next()
    const form: ReadonlyMap<string, string> =
      request.method === 'POST' ? await readForm(request, response) : new Map()
    const page = placeOf(form.get('to') ?? '')
    const token = form.get('token')
    const holder = token === undefined ? undefined : holderOfToken(token, issuers)
    const value = holder && valueFor(holder, issuers)
    const reply =
      value === undefined
        ? await signInPage(page, token === undefined ? '' : 'This is not the admin token.')
        : signedIn(page, value, request)
    write(request, response, reply, stamp())
  }
}

function signedIn(page: string, value: string, { socket }: IncomingMessage): Reply {
  const isSecure = Reflect.get(socket, 'encrypted') === true
  const cookie = `${cookieName}=${value}; Path=/__access; Max-Age=43200; HttpOnly; SameSite=Strict`
  const headers = {
    location: page,
    'set-cookie': isSecure ? `${cookie}; Secure` : cookie,
    'cache-control': 'no-store',
  }
  return { status: 303, headers, body: '' }
}

/** @param page where the sign-in leads */
export async function signInPage(page: string, problem = ''): Promise<Reply> {
  const { signInForm } = await import('./dashboard/sign-in.ts')
  const { result, headers } = signInForm(placeOf(page), problem)
  const asked = {
    'content-type': 'text/html; charset=UTF-8',
    'www-authenticate': 'Bearer realm="Access emulator"',
  }
  return { status: 401, headers: { ...asked, ...headers }, body: result }
}

/** Only pages of the dashboard, so that the form leads nowhere else. */
function placeOf(path: string): string {
  const isPage = /^\/__access(?:[/?][\w./?=&%:+-]*)?$/.test(path)
  return isPage && !/\.\.|\/\//.test(path) ? path : '/__access'
}
