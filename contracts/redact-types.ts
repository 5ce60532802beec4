/** Which places and forms make a value secret, by type. */
import { headerNames } from './edge.ts'

const headers: Readonly<Record<string, string>> = {
  [headerNames.clientSecret]: 'client_secret',
  [headerNames.assertion]: 'jwt',
  [headerNames.accessToken]: 'jwt',
  [headerNames.email]: 'email',
  authorization: 'authorization',
  'proxy-authorization': 'authorization',
  'x-auth-key': 'api_key',
  'x-auth-user-service-key': 'api_key',
  'x-api-key': 'api_key',
  'x-csrf-token': 'token',
}

/** Headers that hold an address, whole or in part. */
export const addressHeaders: ReadonlySet<string> = new Set([
  'content-location',
  'location',
  'referer',
  'refresh',
])

/** The type of what a header holds, by its lower-case name. */
export function secretHeader(name: string): string | undefined {
  if (Object.hasOwn(headers, name)) return headers[name]
  if (/^(sec-websocket|idempotency|surrogate|.*cache)-key$/.test(name)) return undefined
  return secretKey(name) ?? (/(^|-)(key|auth|signature|ticket)$/.test(name) ? 'secret' : undefined)
}

/** The type of what a parameter of an address or of a form holds: there a `code` is one that opens something. */
export function secretParameter(name: string): string | undefined {
  const opens = /^(code|key|auth|pass|pwd|ticket|sig|(.*[-_])?(signature|hmac))$/i
  return secretKey(name) ?? (opens.test(name) ? 'secret' : undefined)
}

/** Names that are said like a secret and hold none. */
const harmless =
  /^(access-control-.*|token_id|service_token_id|service_token_status|token_endpoint|token_type|token_name|service_token|strict_service_token_auth|read_service_tokens_from_header|api_token_id|tokens?_count|code|secrets?_count|client_secret_version|client_secret_expires_at|previous_client_secret_expires_at|cookie_attribute|.*_cookie_attribute|enable_binding_cookie|.*_cookie_setting)$/

const keys: readonly (readonly [RegExp, string])[] = [
  [/^(.*[-_])?client[-_]?secret$/, 'client_secret'],
  [/^(.*[-_])?(api|auth)[-_]?key$/, 'api_key'],
  [/^(.*[-_])?api[-_]?token$/, 'api_token'],
  [/(password|passwd|passphrase|secret|credential|private[-_]?key)/, 'secret'],
  [/^(.*[-_])?(otp|pin|nonce|state|code_verifier|session([-_]?id)?)$/, 'secret'],
  [/^(.*[-_])?(token|jwt|assertion|samlresponse|meta)$/, 'token'],
  [/(access|api|auth|bearer|csrf|id|refresh|xsrf)token$/, 'token'],
  [/^authorization$/, 'authorization'],
  [/^cookie$/, 'cookie'],
]

/** The type of what a field, parameter or header of that name holds. */
export function secretKey(name: string): string | undefined {
  const lower = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  if (harmless.test(lower)) return undefined
  return keys.find(([pattern]) => pattern.test(lower))?.[1]
}

/** A PIN or one-time code that JSON has as a number. */
export function isCode(given: number, key: string): boolean {
  return Number.isInteger(given) && given >= 1000 && secretKey(key) !== undefined
}

/** How the API writes a secret of a Worker: `{"type": "secret_text", "name": …, "text": …}`. */
export function isBindingContent(object: object, key: string): boolean {
  if (!('type' in object)) return false
  const isSecret = object.type === 'secret_text' || object.type === 'secret_key'
  return isSecret && /^(text|key_base64|key_jwk)$/.test(key)
}

export interface Form {
  readonly type: string
  /** `secret` is replaced, `before` and `after` are kept. */
  readonly pattern: RegExp
}

const b64 = '[A-Za-z0-9_-]'

/** In the order in which they are tried. An AUD tag and a `kid` have the form of an old client secret, and are none. */
export function forms(ids: boolean): readonly Form[] {
  return [
    form(
      'private_key',
      '(?<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----)',
    ),
    form(
      'jwt',
      // Only where two dots follow: else each `eyJ` of a long text would be read to its end.
      `(?<before>(?<!${b64})(?=${b64}+\\.${b64}+\\.)${b64}*?)(?<secret>eyJ${b64}{5,}\\.${b64}+\\.${b64}*)`,
    ),
    form('client_secret', '(?<secret>cfast_[0-9A-Za-z]+)'),
    form('api_token', '(?<![0-9A-Za-z])(?<secret>cf[a-z]{1,3}_[0-9A-Za-z]{30,})'),
    form(
      'client_secret',
      '(?<before>\\b[0-9a-f]{32}\\.access(?:(?!aud|kid|[0-9a-f]{5})[^]){1,80}?)(?<secret>\\b[0-9a-f]{64}\\b)',
    ),
    form(
      'client_secret',
      '(?<before>secret["\'\\\\]*\\s*[:=]\\s*["\'\\\\]*)(?<secret>[0-9a-f]{64}\\b)',
    ),
    form('authorization', '(?<before>\\b(?:Bearer|Basic|Token) )(?<secret>[A-Za-z0-9+/_.~=-]{8,})'),
    form(
      'password',
      '(?<before>\\b[a-z][a-z0-9+.-]{0,30}://)(?<secret>[^\\s/@:]+:[^\\s/@]+)(?<after>@)',
    ),
    form(
      'secret',
      '(?<before>\\b(?:password|passwd|secret|api[_-]?key|(?:access|api|auth|csrf|id|refresh|xsrf)[_-]?token)["\'\\\\]*\\s*[:=]\\s*["\'\\\\]*)(?<secret>[^\\s"\'\\\\&,;<>{}]{6,})',
      'gi',
    ),
    // Of other makers, each by the words that it begins with.
    form(
      'api_key',
      '(?<![0-9A-Za-z])(?<secret>AIza[0-9A-Za-z_-]{35}|gh[pousr]_[0-9A-Za-z]{36,}|xox[a-z]-[0-9A-Za-z-]{10,}|[rs]k_(?:live|test)_[0-9A-Za-z]{16,})',
    ),
    form(
      'email',
      // From the beginning of a word: anywhere within, long texts would be read over and over.
      '(?<![A-Za-z0-9._%+-])(?<secret>[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,})',
    ),
    ...(ids
      ? [
          form(
            'id',
            '(?<![0-9a-f-])(?<secret>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![0-9a-f-])',
          ),
          form('id', '(?<![0-9a-f])(?<secret>[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])'),
        ]
      : []),
  ]
}

function form(type: string, pattern: string, flags = 'g'): Form {
  return { type, pattern: new RegExp(pattern, flags) }
}
