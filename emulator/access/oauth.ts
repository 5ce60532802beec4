/** What Managed OAuth decides from values alone: where it may redirect, whether a challenge is good, how long things live. */
import type { OauthConfiguration } from '../../contracts/api/oauth-configuration.ts'
import { durationSeconds } from '../../contracts/declaration/primitives.ts'

interface Configured {
  readonly oauth_configuration?: OauthConfiguration | undefined
}

/** The configuration of an application that has Managed OAuth. */
export function managedOauthOf({
  oauth_configuration,
}: Configured): OauthConfiguration | undefined {
  return oauth_configuration?.enabled === false ? undefined : oauth_configuration
}

/** Whether clients may register themselves for it; on where it is left out (assumed). */
export function letsClientsRegister({ dynamic_client_registration }: OauthConfiguration): boolean {
  return dynamic_client_registration?.enabled !== false
}

/** Schemes that run what stands behind them, or read it from the disk: never a place to send a code. */
const activeSchemes = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:'])

/** An absolute URI that a code may be sent to: without a fragment, user information or anything unseen in it. */
export function readRedirectUri(text: string): URL | undefined {
  if (/[\p{Cc}\s\\]/u.test(text) || text.includes('#') || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const isPlain = url.username === '' && url.password === '' && !activeSchemes.has(url.protocol)
  return isPlain ? url : undefined
}

/** Whether an application lets its clients have this redirect URI (sign-in-oauth-redirect-allowed). */
export function isRedirectAllowed(uri: string, configuration: OauthConfiguration): boolean {
  const url = readRedirectUri(uri)
  if (url === undefined) return false
  const { dynamic_client_registration: registration = {} } = configuration
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  if (isWeb && url.hostname === 'localhost' && registration.allow_any_on_localhost === true) {
    return true
  }
  if (isWeb && url.hostname === '127.0.0.1' && registration.allow_any_on_loopback === true) {
    return true
  }
  return (registration.allowed_uris ?? []).some((allowed) =>
    isWeb && allowed.endsWith('/*') ? isBelow(url, allowed.slice(0, -1)) : allowed === uri,
  )
}

/** Compared as a browser reads them: `/cb/../x` is not below `/cb/`. */
function isBelow(url: URL, folder: string): boolean {
  const root = readRedirectUri(folder)
  return root !== undefined && url.origin === root.origin && url.pathname.startsWith(root.pathname)
}

/** An S256 challenge: base64url of 32 bytes (RFC 7636, 4.2). */
export function isChallenge(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}

/** RFC 7636, 4.1. */
export function isVerifier(text: string): boolean {
  return /^[\w.~-]{43,128}$/.test(text)
}

/** Seconds; whole ones, and at least one. */
export function secondsOf(text: string | undefined, otherwise: number): number {
  const given = text === undefined ? undefined : durationSeconds(text)
  return given === undefined || given <= 0 ? otherwise : Math.max(1, Math.floor(given))
}

/** The default of the access token is documented, that of the grant is assumed (sign-in-oauth-lifetimes). */
export function oauthLifetimes({ grant = {} }: OauthConfiguration) {
  return {
    accessToken: secondsOf(grant.access_token_lifetime, 15 * 60),
    grant: secondsOf(grant.session_duration, 24 * 3600),
  }
}

type Parameters = Readonly<Record<string, string | undefined>>

/** A redirect URI with parameters of an answer. The URI itself stays as the client wrote it. */
export function withParameters(uri: string, parameters: Parameters): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${encoded(parameters)}`
}

/** The same, with the parameters where no server sees them. */
export function withFragment(uri: string, parameters: Parameters): string {
  return `${uri}#${encoded(parameters)}`
}

function encoded(parameters: Parameters): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  )
  return String(new URLSearchParams(given))
}
