/** Rewrites headers on their way through the proxy: adds credentials, and never reveals them to the client. */
import { cookieNames, headerNames } from '../../contracts/edge/endpoints.ts'
import { withAttributes, withoutCookies } from '../../contracts/http/cookies.ts'
import {
  connectionOptions,
  type HeaderPairs,
  hopByHop,
  pairsOf,
  valuesOf,
} from '../../contracts/http/headers.ts'

export interface Ends {
  /** The proxy's origin: `http://127.0.0.1:8080`, or its other name as requested. */
  readonly local: string
  /** The application's origin. */
  readonly origin: string
}

/** Set by the proxy itself, or not forwarded. */
const endsHere: ReadonlySet<string> = new Set([
  ...hopByHop,
  'host',
  'expect',
  'proxy-authorization',
])
const accessCookies: ReadonlySet<string> = new Set(Object.values(cookieNames))

/** Whether only Access or its clients send this header. */
const isOfAccess = (name: string) => name.startsWith('cf-access-')

/** Request headers for the application. */
export function sentHeaders(
  raw: readonly string[],
  { local, origin }: Ends,
  credential: HeaderPairs,
): string[] {
  const given = [...raw]
  const ended = endingAt(given)
  const kept = pairsOf(given).flatMap(([name, value]): string[] => {
    const lower = name.toLowerCase()
    if (ended.has(lower) || isOfAccess(lower)) return []
    if (lower === 'cookie') {
      const cookies = withoutCookies(value, accessCookies)
      return cookies === '' ? [] : [name, cookies]
    }
    const isAddress = lower === 'origin' || lower === 'referer'
    return [name, isAddress ? moved(value, local, origin) : value]
  })
  return ['host', new URL(origin).host, ...kept, ...credential.flat()]
}

/** Response headers for the local program or browser. */
export function returnedHeaders(
  raw: Readonly<Record<string, string | readonly string[] | undefined>>,
  { local, origin }: Ends,
): Record<string, string | string[]> {
  const ended = endingAt(Object.entries(raw).flatMap(([name, value = '']) => [name, String(value)]))
  const kept = Object.entries(raw).flatMap(([name, value = '']) => {
    if (ended.has(name) || name === 'strict-transport-security' || name === 'alt-svc') return []
    const values = [value].flat().flatMap((each) => returned(name, each, { local, origin }))
    return values.length === 0 ? [] : [[name, values.length === 1 ? values[0] : values] as const]
  })
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']))
}

function returned(name: string, value: string, { local, origin }: Ends): readonly string[] {
  if (name === 'set-cookie') {
    const cookie = value.slice(0, value.indexOf('=')).trim()
    return accessCookies.has(cookie) ? [] : [localCookie(value)]
  }
  const isAddress = name === 'location' || name === 'access-control-allow-origin'
  return [isAddress ? moved(value, origin, local) : value]
}

/** Most browsers reject `Secure` cookies over http, and all reject these prefixes without it. */
function localCookie(cookie: string): string {
  const isPrefixed = /^__(host|secure)-/i.test(cookie)
  return withAttributes(cookie, (attribute, { name, value = '' }) => {
    const lower = name.toLowerCase()
    const needsTls = lower === 'secure' || (lower === 'samesite' && /^none$/i.test(value))
    const isDropped = lower === 'domain' || lower === 'partitioned' || (needsTls && !isPrefixed)
    return isDropped ? [] : [attribute]
  })
}

/** Moves a URL from one origin to the other; leaves anything else unchanged. */
function moved(value: string, from: string, to: string): string {
  const rest = value.slice(from.length)
  return value.startsWith(from) && /^([/?#]|$)/.test(rest) ? to + rest : value
}

/** Hop-by-hop headers, including those named by `Connection` (RFC 9110, 7.6.1). */
function endingAt(raw: string[]): ReadonlySet<string> {
  const named = valuesOf(raw, 'connection').flatMap(connectionOptions)
  return new Set([...endsHere, ...named.map((name) => name.toLowerCase())])
}

/** The request header that the token would replace. */
export function occupiedBy(raw: readonly string[], credential: HeaderPairs): string | undefined {
  return credential
    .map(([name]) => name)
    .find(
      (name) =>
        !isOfAccess(name) && name !== headerNames.ray && valuesOf([...raw], name).length > 0,
    )
}
