/** Replaces values that differ in every run by references that preserve identity: one value, one reference. */
import { decodeJwt, decodeProtectedHeader } from 'jose'

/** The contents of a JWT, with its values replaced, too. */
export interface DecodedToken {
  readonly header: unknown
  readonly claims: unknown
}

export interface References {
  /** Registers a text that is specific to this run, such as the name of the zone. */
  know(text: string, as: string): void
  text(given: string): string
  value(given: unknown): unknown
  /** Every JWT seen, by its reference. */
  readonly tokens: Readonly<Record<string, DecodedToken>>
}

const b64 = '[A-Za-z0-9_-]'
const uuid = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}'

/** Kind and format; the first match wins. A time keeps its number of decimals, which is part of its format. */
const forms: readonly (readonly [kind: string, form: string])[] = [
  ['certificate', '-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----\\n?'],
  ['jwt', `eyJ${b64}+\\.${b64}+\\.${b64}+`],
  ['client_secret', '\\bcfast_[0-9A-Za-z]{48}\\b'],
  ['api_token', '\\bcf[a-z]{1,3}_[0-9A-Za-z]{40,}\\b'],
  ['client_id', '\\b[0-9a-f]{32}(?=\\.access\\b)'],
  ['uuid', `\\b${uuid}\\b`],
  ['ssh_certificate', '(?<=-cert-v01@openssh\\.com )[A-Za-z0-9+/=]+'],
  ['ssh_key', '\\b(?:ecdsa-sha2-nistp256|ssh-ed25519|ssh-rsa) [A-Za-z0-9+/=]+'],
  ['hex64', '\\b[0-9a-f]{64}\\b'],
  ['hex48', '\\b[0-9a-f]{48}\\b'],
  ['hex32', '\\b[0-9a-f]{32}\\b'],
  ['ray', '(?<![0-9A-Za-z])n?[0-9a-f]{16}(?:-[A-Z]{3}\\b|(?![0-9A-Za-z]))'],
  ['time', '\\b2\\d{3}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)'],
  ['date', '\\b[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} 20\\d\\d \\d\\d:\\d\\d:\\d\\d GMT'],
  ['ip', '\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b'],
  ['pin', '\\b\\d{6}\\b'],
]
const anyForm = new RegExp(forms.map(([kind, form]) => `(?<${kind}>${form})`).join('|'), 'g')

/** Fields whose values have no recognisable format. */
const fields: Readonly<Record<string, string>> = {
  n: 'modulus',
  nonce: 'nonce',
  identity_nonce: 'nonce',
  country: 'country',
  colo: 'colo',
}
const moments = ['iat', 'exp', 'nbf', 'expires', 'expiration']

/**
 * How long after `iat` a moment is. A token that follows a revocation in the same second is issued in the next one, and
 * valid from this one: whether a second passed in between says nothing.
 */
function sinceIssued(name: string, moment: number, iat: number): number {
  return name === 'nbf' && moment === iat - 1 ? 0 : moment - iat
}

/** A token without its times: tokens that differ only in a second that passed in between count as one. */
function timeless(jwt: string): string {
  try {
    const { iat = 0, ...claims } = decodeJwt(jwt)
    const lasting = Object.entries(claims).map(([name, item]) =>
      typeof item === 'number' && moments.includes(name)
        ? [name, sinceIssued(name, item, iat)]
        : [name, item],
    )
    return JSON.stringify([decodeProtectedHeader(jwt), lasting])
  } catch {
    return jwt
  }
}

export function createReferences(): References {
  const seen = new Map<string, string>()
  const counts = new Map<string, number>()
  const known = new Map<string, string>()
  /** Rebuilt once more is known. */
  let pattern: RegExp | undefined
  const tokens: Record<string, DecodedToken> = {}

  function refer(kind: string, value: string): string {
    const key = `${kind} ${kind === 'jwt' ? timeless(value) : value}`
    const before = seen.get(key)
    if (before !== undefined) return before
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    const reference = `<${kind}:${count}>`
    seen.set(key, reference)
    if (kind === 'jwt') tokens[reference] = decoded(value)
    return reference
  }

  function decoded(jwt: string): DecodedToken {
    try {
      return { header: value(decodeProtectedHeader(jwt)), claims: value(decodeJwt(jwt)) }
    } catch {
      return { header: null, claims: null }
    }
  }

  function text(given: string): string {
    if (known.size === 0) return formed(given)
    pattern ??= patternOf(known)
    // Every second part is a match.
    const parts = given.split(pattern)
    return parts.map((part, at) => (at % 2 === 1 ? known.get(part) : formed(part))).join('')
  }

  function formed(given: string): string {
    return given.replaceAll(anyForm, (...found) => {
      const groups = Object(found.at(-1)) as Readonly<Record<string, string | undefined>>
      const [kind = '', matched = ''] =
        Object.entries(groups).find(([, part]) => part !== undefined) ?? []
      if (kind === 'ray') {
        const [id = '', colo] = matched.split('-')
        return `${refer('ray', id)}${colo === undefined ? '' : '-<colo>'}`
      }
      const decimals = kind === 'time' ? /\.(\d+)/.exec(matched)?.[1]?.length : undefined
      return refer(decimals === undefined ? kind : `time${decimals}`, matched)
    })
  }

  function value(given: unknown): unknown {
    if (typeof given === 'string') return text(given)
    if (Array.isArray(given)) return given.map(value)
    if (typeof given !== 'object' || given === null) return given
    const issued: unknown = Reflect.get(given, 'iat')
    return Object.fromEntries(
      Object.entries(given).map(([name, item]) => {
        if (typeof item === 'number' && moments.includes(name)) {
          // A duration is part of an answer, the point in time is not.
          const isApart = name !== 'iat' && typeof issued === 'number'
          return [
            name,
            isApart ? `iat+${sinceIssued(name, item, issued)}` : refer('time', String(item)),
          ]
        }
        const kind = Object.hasOwn(fields, name) ? fields[name] : undefined
        if (kind !== undefined && typeof item === 'string') return [name, refer(kind, item)]
        return [text(name), value(item)]
      }),
    )
  }

  return {
    know(literal, as) {
      if (literal === '') return
      known.set(literal, `<${as}>`)
      pattern = undefined
    },
    text,
    value,
    tokens,
  }
}

/** Matches every known value, longest first, and never within a word. */
function patternOf(known: ReadonlyMap<string, string>): RegExp {
  const literals = [...known.keys()].sort((a, b) => b.length - a.length)
  const escaped = literals.map((literal) => literal.replaceAll(/[^\w]/g, '\\$&'))
  return new RegExp(`(?<![\\w-])(${escaped.join('|')})(?!\\w)`)
}
