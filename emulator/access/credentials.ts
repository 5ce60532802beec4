/** Reads the credentials in a request, without checking them (edge-service-token-headers). */

import { parseObject } from '../../contracts/declaration/json.ts'
import { cookieNames, headerNames } from '../../contracts/edge/endpoints.ts'
import { cookieValues } from '../../contracts/http/cookies.ts'
import type { UnusablePairReason } from '../../contracts/reasons/table.ts'

/** All values of a header, by lower-case name. */
export type HeaderValues = (name: string) => readonly string[]

export type SentPair =
  | { readonly status: 'absent' }
  | { readonly status: 'unusable'; readonly reason: UnusablePairReason }
  | { readonly status: 'sent'; readonly client_id: string; readonly client_secret: string }

const absent = { status: 'absent' } as const

/** Reads the client id and secret: from two headers, or as JSON from the single header that the application names. */
export function readPair(
  headers: HeaderValues,
  options: { readonly singleHeader: string | undefined; readonly strict: boolean },
): SentPair {
  const ids = headers(headerNames.clientId)
  const secrets = headers(headerNames.clientSecret)
  const single =
    options.singleHeader === undefined
      ? absent
      : readSingleHeader(headers(options.singleHeader.toLowerCase()))
  if (options.strict) {
    if (ids.length > 1 || secrets.length > 1) return unusable('header_sent_twice')
    if (single.status !== 'absent' && ids.length + secrets.length > 0) {
      return unusable('both_forms_sent')
    }
  }
  const [client_id] = ids
  const [client_secret] = secrets
  if (client_id !== undefined && client_secret !== undefined) {
    return { status: 'sent', client_id, client_secret }
  }
  if (single.status !== 'absent') return single
  if (client_id !== undefined) return unusable('client_secret_missing')
  if (client_secret !== undefined) return unusable('client_id_missing')
  return absent
}

/** `{"cf-access-client-id": …, "cf-access-client-secret": …}`, keys in lower case (edge-single-header). */
function readSingleHeader([value]: readonly string[]): SentPair {
  if (value === undefined) return absent
  // Applications may use the header for other things too, as with Authorization.
  const parsed = parseObject(value)
  if (parsed === undefined) return absent
  const client_id = parsed[headerNames.clientId]
  const client_secret = parsed[headerNames.clientSecret]
  if (typeof client_id !== 'string' || typeof client_secret !== 'string') {
    return unusable('single_header_keys')
  }
  return { status: 'sent', client_id, client_secret }
}

function unusable(reason: UnusablePairReason): SentPair {
  return { status: 'unusable', reason }
}

/** Possible application tokens, in the order in which they are tried (edge-bearer-not-read). */
export function sentTokens(
  headers: HeaderValues,
  options: { readonly assertionHeader: boolean },
): string[] {
  const tokens = cookieValues(headers('cookie'), cookieNames.authorization)
  tokens.push(...headers(headerNames.accessToken))
  if (options.assertionHeader) tokens.push(...headers(headerNames.assertion))
  return tokens
}

/** The token of `Authorization: Bearer` (RFC 6750, 2.1). */
export function bearerToken(headers: HeaderValues): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers('authorization')[0] ?? '')?.[1]
}
