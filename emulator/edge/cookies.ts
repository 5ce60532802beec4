/** Access's cookies, as `Set-Cookie` values (edge-cookie-documented). */
import { cookieNames } from '../../contracts/edge/endpoints.ts'
import { type CookieAttributes, setCookie } from '../../contracts/http/cookies.ts'

/** An application's `CF_Authorization`. It needs `Expires`: cloudflared rejects it otherwise (edge-cookie-expires). */
export function authorizationCookie(
  token: string,
  options: {
    readonly expires: number
    readonly httpOnly: boolean
    readonly path: string
    readonly sameSite: string | undefined
  },
): string {
  const { expires, path, httpOnly, sameSite } = options
  return setCookie(cookieNames.authorization, token, {
    expires,
    path,
    httpOnly,
    sameSite: sameSite || 'none',
  })
}

/** An application's `CF_Binding`: set together with its token, with the same lifetime (edge-binding-cookie). */
export function bindingCookie(
  value: string,
  options: { readonly expires: number; readonly path: string },
): string {
  return setCookie(cookieNames.binding, value, { ...options, httpOnly: true, sameSite: 'None' })
}

/** `CF_AppSession`, set with the redirect to the login; valid for 24 hours. */
export function appSessionCookie(
  value: string,
  options: { readonly nowMs: number; readonly sameSite: string },
): string {
  return setCookie(cookieNames.appSession, value, {
    expires: Math.floor(options.nowMs / 1000) + 86_400,
    path: '/',
    httpOnly: true,
    sameSite: options.sameSite,
  })
}

/** The team domain's `CF_Authorization`: the global session. */
export function globalSessionCookie(token: string, expires: number): string {
  return setCookie(cookieNames.authorization, token, ofTeam(expires, 'None'))
}

/** `CF_Session`, which binds a login to one browser. */
export function loginSessionCookie(value: string, expires: number): string {
  return setCookie(cookieNames.loginSession, value, ofTeam(expires, 'None'))
}

/** `CF_Device`, set on sign-in with a One-time PIN; valid for 30 days. */
export function deviceCookie(value: string, nowMs: number): string {
  const expires = Math.floor(nowMs / 1000) + 30 * 86_400
  return setCookie(cookieNames.device, value, ofTeam(expires, 'Strict'))
}

function ofTeam(expires: number, sameSite: string): CookieAttributes {
  return { expires, path: '/', httpOnly: true, sameSite }
}

/** Deletes a cookie. */
export function expiredCookie(name: string): string {
  return setCookie(name, '', { expires: 0, path: '/', httpOnly: true, sameSite: 'none' })
}
