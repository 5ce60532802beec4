/** What a browser login decides from values alone: where it may lead back, which providers it offers, whether a PIN is right. */

/** Whether a text is a host name: nothing else may stand in an address that a browser is sent to. */
export function isHostName(text: string): boolean {
  return /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(
    text,
  )
}

/** Where a browser is sent back to: always https, on the default port. */
export interface ReturnAddress {
  /** Lower case. */
  readonly hostname: string
  /** Path, query and fragment; begins with exactly one slash. */
  readonly path: string
}

/** Longer ones are kept for nobody: Cloudflare takes no longer address. */
const longestReturn = 16 * 1024
const withHost = /^https:\/\/([^/?#]*)/i

/**
 * Reads an address, or a path on `home`. Undefined where two readers could find two hosts in it: user information, a port
 * (also the default one), a backslash or white space before the query, a control character, slashes in a row, a host that is
 * written in any way but plainly.
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
  // `//` could be read as a host by whoever takes the path alone.
  if (url.origin !== base || url.pathname.startsWith('//')) return undefined
  return { hostname, path: url.pathname + url.search + url.hash }
}

/** Path, query and fragment on a host that a `redirect_url` means; the root where it means another place. */
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

/** An address, as far as a sign-in can tell; nobody else is ever admitted by one. */
export function isEmailAddress(text: string): boolean {
  return /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(text)
}

/** Six digits. The bytes are read as one number: four leave no bias worth the name. @throws RangeError on fewer */
export function pinFrom(bytes: Uint8Array): string {
  const number = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
  return String(number % 1_000_000).padStart(6, '0')
}

/** How long a One-time PIN is good for (documented). */
export const pinLifetimeMs = 10 * 60_000
/** How long `CF_Session` lives, and a login that began under it (edge-cookie-documented). */
export const loginLifetimeMs = 4 * 3_600_000

interface Pinned {
  /** None was made where no policy admits the address. */
  readonly pin?: string
  readonly beganMs: number
  readonly tries?: number
  readonly isUsed: boolean
}

/** Why a code does not sign anyone in: stable codes, for the trail. */
export type PinProblem =
  | 'pin_tries_exceeded'
  | 'pin_not_sent'
  | 'pin_differs'
  | 'pin_used'
  | 'pin_expired'

/** Whether a login, or the address that it is of, has had as many wrong codes as it may. */
export function hasNoTryLeft(
  { tries = 0 }: Pinned,
  { ofAddress, most }: { readonly ofAddress: number; readonly most: number },
): boolean {
  return tries >= most || ofAddress >= 4 * most
}

export function pinProblem(
  { pin, beganMs, isUsed }: Pinned,
  code: string,
  nowMs: number,
): PinProblem | undefined {
  if (pin === undefined) return 'pin_not_sent'
  if (pin !== code.trim()) return 'pin_differs'
  if (isUsed) return 'pin_used'
  return nowMs >= beganMs + pinLifetimeMs ? 'pin_expired' : undefined
}

/** The identity providers of an application: those of the account, or the allowed ones among them. */
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

/** What live would still ask of a person whom a policy admits, and no login here does (edge-interactive-steps). */
export function unaskedSteps(policy: Demanding): readonly string[] {
  const { mfa_config } = policy
  return [
    ...(policy.purpose_justification_required ? ['purpose_justification'] : []),
    ...(policy.approval_required ? ['approval'] : []),
    ...(policy.isolation_required ? ['isolation'] : []),
    ...(mfa_config !== undefined && mfa_config.mfa_disabled !== true ? ['mfa'] : []),
  ]
}
