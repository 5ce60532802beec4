/** Names that mean a secret: one list and one matcher for all places. */

/** `field`: a JSON member, an assignment, an element or a multipart field; `parameter`: of a URL or a form; `header`. */
export type NameKind = 'field' | 'parameter' | 'header'

export interface SecretName {
  /** The type of the value: `client_secret`, `token`, … */
  readonly type: string
  /** Also names things that are not secret: a `state` whose value is a word such as `active` is kept. */
  readonly isWordy: boolean
  /** As in `tokens`: a number is then a count, not a secret. */
  readonly isPlural: boolean
}

interface NameRow {
  readonly type: string
  /** Matches the name's words in lower case, joined by `_`; digits are dropped. */
  readonly pattern: RegExp
  /** Default: everywhere. */
  readonly where?: readonly NameKind[]
  readonly isWordy?: true
}

const rows: readonly NameRow[] = [
  { type: 'jwt', pattern: /^cf_access_(token|jwt_assertion)$/, where: ['header'] },
  {
    type: 'email',
    pattern: /^cf_access_authenticated_user_email$/,
    where: ['header'],
  },
  { type: 'client_secret', pattern: /(^|_)client_?secrets?$/ },
  { type: 'api_key', pattern: /(^|_)[a-z]?(api|app|auth|access|service|subscription)_?keys?$/ },
  { type: 'api_key', pattern: /^x_auth_user_service_key$/ },
  { type: 'api_token', pattern: /(^|_)[a-z]?api_?tokens?$/ },
  { type: 'secret', pattern: /(^|_)credentials?$/, isWordy: true },
  {
    type: 'secret',
    pattern:
      /(^|_)([a-z]*(password|passwd|passphrase|passcode|pwd|secret|credential)s?|(password|passwd|secret)(key|token|value|text|hash|access|string)[a-z]*|[a-z]*private_?key)(_|$)/,
  },
  {
    type: 'secret',
    pattern:
      /(^|_)((account|shared|signing|signature|encryption|decryption|master|license|deploy|storage|webhook|session|security|hmac|ssh|crypt|primary_access|secondary_access)_?keys?|psk|pass)$/,
  },
  {
    type: 'secret',
    pattern:
      /(^|_)((backup|recovery|scratch|verification|device|pin|auth|authorization|one_time|sms|mfa|two_factor|reset)_?codes?|code_verifier|[th]?otps?|(j|php|asp_?net_?)?_?(session|sess)_?ids?|connect_sid)$/,
  },
  { type: 'secret', pattern: /(^|_)(pins?|nonce|state|session)$/, isWordy: true },
  {
    type: 'token',
    pattern: /(^|_)([a-z]*(token|jwt)s?|(client_)?assertion|saml_?(response|art))$/,
  },
  { type: 'token', pattern: /(^|_)meta$/, isWordy: true },
  { type: 'authorization', pattern: /(^|_)authorization$|^_auth$/ },
  { type: 'cookie', pattern: /^((set|http|auth|session|login|request|response)_)?cookies?$/ },
  {
    type: 'secret',
    pattern: /^(code|key|auth|ticket|sig)$|(^|_)(signature|hmac)$/,
    where: ['parameter'],
  },
  { type: 'secret', pattern: /(^|_)(key|auth|signature|ticket)$/, where: ['header'] },
]

/** Names that sound like a secret but are not. */
const harmless =
  /^access_control_|^(sec_websocket|idempotency|surrogate)_key$|cache_key$|(^|_)(public|foreign|primary|sort|partition)_keys?$/

/** Cloudflare's name for an object with a name, an id and rules; in an environment variable it is a token. */
const serviceToken = /(^|_)service_tokens?(_|$)/

/** Last words of names that say something about a secret: when it expires, its name, how many there are. */
const about = new Set(
  `active address age alg algorithm algorithms at attribute audience binding changed class count counts created
  date days description dir disabled duration enabled endpoint endpoints error errors exp expiration expired expires
  expiry field fields file filename format header headers help hint hints host hours id ids in index input invalid
  issuer kind label last len length lifetime limit limits location max message method methods min minutes name names
  number on owner page parameter path placeholder policies policy port prefix provider providers quota reason required
  requires reset rotation scope scopes seconds setting settings size source status strength suffix supported time timeout
  title total ttl type types updated uri uris url urls usage used user username valid version versions`.split(
    /\s+/,
  ),
)

/** Last words that say which secret it is, or how it is encoded. */
const more = new Set(
  `b base bytes confirm confirmation content current data default dev digest encoded hash hex json live local main new
  next old pem plain plaintext prev previous primary prod production raw repeat salt secondary stage staging string test
  text value values`.split(/\s+/),
)

/** Of longer names only the end is considered. */
const longest = 100

/** Every row needs one of these: rules out most names cheaply. */
const hint =
  /pass|pwd|psk|secret|credential|key|code|otp|sess|sid|pin|nonce|state|token|jwt|assertion|saml|meta|auth|cookie|ticket|sig|hmac|email/i

export function secretName(name: string, where: NameKind = 'field'): SecretName | undefined {
  // The shell's working directory.
  if (!hint.test(name.slice(-longest)) || /^(OLD)?PWD$/.test(name)) return undefined
  const words = wordsOf(name)
  if (serviceToken.test(words.join('_')) && name !== name.toUpperCase()) return undefined
  const whole = rowOf(words, where)
  if (whole !== undefined) return whole
  while (words.length > 1 && more.has(words.at(-1) ?? '')) words.pop()
  const part = rowOf(words, where)
  return part?.isWordy ? undefined : part
}

function rowOf(words: readonly string[], where: NameKind): SecretName | undefined {
  const joined = words.join('_')
  if (harmless.test(joined)) return undefined
  const isAbout = words.length > 1 && about.has(words.at(-1) ?? '')
  if (isAbout && !/(^|_)sess(ion)?_ids?$/.test(joined)) return undefined
  const row = rows.find(
    (each) => each.pattern.test(joined) && (each.where ?? [where]).includes(where),
  )
  if (row === undefined) return undefined
  return { type: row.type, isWordy: row.isWordy ?? false, isPlural: /[^s]s$/.test(joined) }
}

function wordsOf(name: string): string[] {
  return name
    .slice(-longest)
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
}

/** Whether the value under such a name is a secret, not a word such as `null` or `true`. */
export function holdsSecret(
  { isWordy, isPlural }: SecretName,
  value: string,
  where: NameKind = 'field',
): boolean {
  if (/^(|true|false|null|undefined|none|nil|string|number|boolean)$/i.test(value)) return false
  if (isPlural && /^\d+$/.test(value)) return false
  return !(isWordy && where === 'field' && /^[a-z]{1,11}(-[a-z]{1,11})?$/i.test(value))
}
