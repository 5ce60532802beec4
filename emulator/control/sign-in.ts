/** Signs a browser on another machine in to the pages, with the admin token. */
import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Layer, readForm } from '../http/layers.ts'
import { type Reply, type Stamp, write } from '../http/reply.ts'
import { headerIn, type Routed } from '../http/routes.ts'
import { sameSecret } from '../secrets.ts'

export const signInPath = '/__access/sign-in'
const cookieName = 'access_emulator_admin'

/** Whether the request carries the cookie of a browser that has signed in. */
export function isSignedIn(request: Routed, adminToken: string): boolean {
  const cookies = headerIn(request, 'cookie') ?? ''
  const sent = cookies.matchAll(new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]+)`, 'g'))
  return [...sent].some(([, value = '']) => sameSecret(value, valueFor(adminToken)))
}

/** The cookie does not hold the token itself, which other programs on this host may read: cookies ignore ports. */
function valueFor(adminToken: string): string {
  return createHmac('sha256', adminToken).update('dashboard').digest('base64url')
}

/** Answers the form of the sign-in page; passes on every other request. */
export function signInLayer(adminToken: string | undefined, stamp: () => Stamp): Layer {
  return async (request, response, next) => {
    if (request.path !== signInPath || adminToken === undefined) return next()
    const form: ReadonlyMap<string, string> =
      request.method === 'POST' ? await readForm(request, response) : new Map()
    const page = placeOf(form.get('to') ?? '')
    const token = form.get('token')
    const isRight = token !== undefined && sameSecret(token, adminToken)
    const reply = isRight
      ? signedIn(page, adminToken, request)
      : await signInPage(page, token === undefined ? '' : 'This is not the admin token.')
    write(request, response, reply, stamp())
  }
}

function signedIn(page: string, adminToken: string, { socket }: IncomingMessage): Reply {
  const isSecure = Reflect.get(socket, 'encrypted') === true
  const cookie = `${cookieName}=${valueFor(adminToken)}; Path=/__access; Max-Age=43200; HttpOnly; SameSite=Strict`
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
