/** What a browser login decides from values alone: where it may lead back, which providers it offers, whether a PIN is right. */

/** Whether a text is a host name: nothing else may stand in an address that a browser is sent to. */
export function isHostName(text: string): boolean {
  return /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(
    text,
  )
}

/** Path, query and fragment on a host that a `redirect_url` means; the root where it means another place. */
export function returnPath(hostname: string, redirectUrl: string | null): string {
  const home = `https://${hostname.toLowerCase()}`
  if (redirectUrl === null || !URL.canParse(redirectUrl, home)) return '/'
  const url = new URL(redirectUrl, home)
  return url.origin === home && url.username === '' ? url.pathname + url.search + url.hash : '/'
}

/** The `state` of `/cdn-cgi/access/authorized`: base64 of JSON (edge-facts §6.2). */
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
/** How long `CF_Session` lives, and a login that began under it (edge-facts §3). */
export const loginLifetimeMs = 4 * 3_600_000

interface Pinned {
  /** None was made where no policy admits the address. */
  readonly pin?: string
  readonly beganMs: number
  readonly isUsed: boolean
}

/** Why a code does not sign anyone in: stable codes, for the trail. */
export type PinProblem = 'pin_not_sent' | 'pin_differs' | 'pin_used' | 'pin_expired'

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

/** What live would still ask of a person whom a policy admits, and no login here does (edge-facts §8.5). */
export function unaskedSteps(policy: Demanding): readonly string[] {
  const { mfa_config } = policy
  return [
    ...(policy.purpose_justification_required ? ['purpose_justification'] : []),
    ...(policy.approval_required ? ['approval'] : []),
    ...(policy.isolation_required ? ['isolation'] : []),
    ...(mfa_config !== undefined && mfa_config.mfa_disabled !== true ? ['mfa'] : []),
  ]
}
