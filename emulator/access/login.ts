/** The pure part of a browser login: where it may redirect to, which providers it offers, whether a PIN is valid. */
import type { MtlsAuth } from '../../contracts/edge/claims.ts'
import type { PinReason, TrailReason } from '../../contracts/reasons/table.ts'

/** Whether a text is a host name: nothing else may be put into a URL that a browser is redirected to. */
export function isHostName(text: string): boolean {
  return /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(
    text,
  )
}

/** The URL that a browser returns to: always https, on the default port. */
export interface ReturnAddress {
  /** Lower case. */
  readonly hostname: string
  /** Path, query and fragment; begins with exactly one slash. */
  readonly path: string
}

/** The longest URL accepted, as at Cloudflare. Limits what is stored. */
const longestReturn = 16 * 1024
const withHost = /^https:\/\/([^/?#]*)/i

/**
 * Parses a URL, or a path on `home`. Undefined if different parsers could read different hosts in it: with user information,
 * a port (even the default one), a backslash or white space before the query, a control character, consecutive slashes, or
 * a host that is not written plainly.
 */
export function readReturn(text: string, home?: string): ReturnAddress | undefined {
  const [beforeQuery = ''] = text.split(/[?#]/, 1)
  if (text.length > longestReturn || /\p{Cc}/u.test(text) || /[\\\s]/.test(beforeQuery))
    return undefined
  const named = withHost.exec(text)?.[1]
  const hostname = (named ?? home)?.toLowerCase()
  if (hostname === undefined || !isHostName(hostname)) return undefined
  if (named === undefined && (!text.startsWith('/') || text.startsWith('//'))) return undefined
  const base = `https://${hostname}`
  if (!URL.canParse(text, base)) return undefined
  const url = new URL(text, base)
  // Used as a relative URL, a path that begins with `//` would name a host.
  if (url.origin !== base || url.pathname.startsWith('//')) return undefined
  return { hostname, path: url.pathname + url.search + url.hash }
}

/** The path, query and fragment of a `redirect_url` on the given host; `/` if it is on another host or invalid. */
export function returnPath(hostname: string, redirectUrl: string | null): string {
  const read = redirectUrl === null ? undefined : readReturn(redirectUrl, hostname)
  return read?.hostname === hostname.toLowerCase() ? read.path : '/'
}

/** The `state` of `/cdn-cgi/access/authorized`: base64 of JSON (sign-in-authorized-state). */
export interface ReturnState {
  readonly hostname: string
  /** Path and query. */
  readonly redirectURL: string
  readonly isSSO: boolean
  readonly authDomain: string
}

export function encodeState({ hostname, redirectURL, isSSO, authDomain }: ReturnState): string {
  return btoa(JSON.stringify({ hostname, redirectURL, isSSO, authDomain }))
}

/** Whether a text looks like an email address, as far as a sign-in needs to know. */
export function isEmailAddress(text: string): boolean {
  return /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(text)
}

/** Six digits. Four bytes, read as one number, leave a negligible bias. @throws RangeError on fewer than four bytes */
export function pinFrom(bytes: Uint8Array): string {
  const number = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
  return String(number % 1_000_000).padStart(6, '0')
}

/** How long a One-time PIN is valid (documented). */
export const pinLifetimeMs = 10 * 60_000
/** How long `CF_Session`, and a login that began with it, is valid (edge-cookie-documented). */
export const loginLifetimeMs = 4 * 3_600_000

interface Pinned {
  /** Undefined if no policy admits the address. */
  readonly pin?: string
  /** Milliseconds since the epoch. */
  readonly began_at: number
  readonly tries?: number
  readonly is_used: boolean
}

/** Whether a login, or its address, has used up its attempts. */
export function hasNoTryLeft(
  { tries = 0 }: Pinned,
  { ofAddress, most }: { readonly ofAddress: number; readonly most: number },
): boolean {
  return tries >= most || ofAddress >= 4 * most
}

export function pinProblem(
  { pin, began_at, is_used }: Pinned,
  code: string,
  nowMs: number,
): PinReason | undefined {
  if (pin === undefined) return 'pin_not_sent'
  if (pin !== code.trim()) return 'pin_differs'
  if (is_used) return 'pin_used'
  return nowMs >= began_at + pinLifetimeMs ? 'pin_expired' : undefined
}

/** The identity providers that an application offers: all of the account's, or the allowed ones. */
export function offeredProviders<P extends { readonly id: string }>(
  providers: readonly P[],
  allowed: readonly string[] | undefined,
): readonly P[] {
  if (allowed === undefined || allowed.length === 0) return providers
  return providers.filter(({ id }) => allowed.includes(id))
}

interface Demanding {
  readonly purpose_justification_required?: boolean | undefined
  readonly approval_required?: boolean | undefined
  readonly isolation_required?: boolean | undefined
  readonly mfa_config?: { readonly [name: string]: unknown } | undefined
}

/** Steps that Cloudflare would still require of an admitted person, and that are not emulated (edge-interactive-steps). */
export function unaskedSteps(policy: Demanding): readonly TrailReason[] {
  const { mfa_config } = policy
  return [
    ...(policy.purpose_justification_required
      ? ['purpose_justification_not_emulated' as const]
      : []),
    ...(policy.approval_required ? ['approval_not_emulated' as const] : []),
    ...(policy.isolation_required ? ['isolation_not_emulated' as const] : []),
    ...(mfa_config !== undefined && mfa_config.mfa_disabled !== true
      ? ['mfa_not_emulated' as const]
      : []),
  ]
}

/** What an identity says of the certificate that the person signed in with (edge-get-identity-mtls). */
export function certificateFields({ common_name, ...mtls_auth }: MtlsAuth) {
  return { auth_status: mtls_auth.auth_status, common_name, mtls_auth }
}
