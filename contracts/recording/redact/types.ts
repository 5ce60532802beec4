/** Forms that make a value secret, whatever its name. */

/** Headers whose value is or contains a URL. */
export const addressHeaders: ReadonlySet<string> = new Set([
  'content-location',
  'location',
  'referer',
  'refresh',
])

export interface Form {
  readonly type: string
  /** `secret` is replaced, `before` and `after` are kept. */
  readonly pattern: RegExp
}

const b64 = '[A-Za-z0-9_-]'

/** In the order in which they are tried. AUD tags and `kid`s have the form of an old client secret but are not secret. */
export function forms(ids: boolean): readonly Form[] {
  return [
    form(
      'private_key',
      // A truncated key has no END line.
      '(?<secret>-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?:(?!-----)[^])+-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\\s\\\\]+))',
    ),
    form(
      'jwt',
      // Only if two dots follow; otherwise each `eyJ` in a long text would be read to its end.
      `(?<before>(?<!${b64})(?=${b64}+\\.${b64}+\\.)${b64}*?)(?<secret>eyJ${b64}{5,}\\.${b64}+\\.${b64}*)`,
    ),
    form('client_secret', '(?<secret>cfast_[0-9A-Za-z]+)'),
    // Access and refresh tokens of Managed OAuth.
    form('token', '(?<![0-9A-Za-z])(?<secret>oauth:[0-9A-Za-z_-]{20,})'),
    form('api_token', '(?<![0-9A-Za-z])(?<secret>cf[a-z]{1,3}_[0-9A-Za-z]{30,})'),
    // The admin token of an account of the emulator.
    form('token', '(?<![0-9A-Za-z])(?<secret>aeat_[0-9a-f]{64})'),
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
      '(?<before>(?<=[A-Za-z0-9+.-])://)(?<secret>[^\\s/@:?#,"\'<>]*:[^\\s/?#,"\'<>]+)(?<after>@)',
    ),
    // In a .netrc.
    form(
      'password',
      '(?<before>\\blogin\\s{1,8}\\S{1,100}\\s{1,8}password\\s{1,8})(?<secret>\\S+)',
    ),
    // Other vendors' keys, recognised by their prefixes.
    form(
      'api_key',
      '(?<![0-9A-Za-z])(?<secret>AIza[0-9A-Za-z_-]{35}|gh[pousr]_[0-9A-Za-z]{36,}|xox[a-z]-[0-9A-Za-z-]{10,}|[rs]k_(?:live|test)_[0-9A-Za-z]{16,})',
    ),
    form(
      'email',
      // Only at the start of a word; otherwise long texts would be scanned repeatedly.
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
