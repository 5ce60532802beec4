/**
 * Redaction by type: what a place or a form makes secret is replaced by a reference, everywhere it stands.
 * A value has one reference, so that one sees where it comes again.
 */
import { isTooDeep, parseJson } from '../../json.ts'
import { type Assigned, type Put, unlessVariable, withAssignments } from './assignments.ts'
import { withParts } from './bodies.ts'
import { withCookies, withSetCookies } from './cookies.ts'
import { encodedAround, isAddress, unescaped, withBase64 } from './encoded.ts'
import { type JsonLeaf, withLeaves } from './json.ts'
import { createKnown, type Redaction } from './known.ts'
import { withMarkup } from './markup.ts'
import { holdsSecret, type SecretName, secretName } from './names.ts'
import { hasReference, isReference, isReplaced } from './references.ts'
import { addressHeaders, forms } from './types.ts'

export type HeaderPairs = readonly (readonly [name: string, value: string])[]

export interface Redactor {
  /** A value that is known to be secret before it is met. */
  know(type: string, value: string): void
  text(given: string, place: string): string
  url(given: string, place: string): string
  headers(given: HeaderPairs, place: string): HeaderPairs
  /** A body: by the names of its fields where it is JSON or a form, by form else. */
  body(given: string, place: string): string
  value(given: unknown, place: string): unknown
  readonly redactions: readonly Redaction[]
  /** Every JWT met, by its reference. */
  readonly jwts: ReadonlyMap<string, string>
  /** What of all that is secret stands in a text all the same: types, never values. */
  survivors(text: string): readonly string[]
}

/** `ids`: whether identifiers of accounts, zones, applications and the like are hidden too. */
export function createRedactor({ ids = false }: { readonly ids?: boolean } = {}): Redactor {
  const known = createKnown()
  const { refer } = known
  const patterns = forms(ids)
  /** Of addresses within addresses. */
  let depth = 0

  function text(given: string, place: string): string {
    return formed(
      withAssignments(given, (found) => assigned(found, place)),
      place,
    )
  }

  /** By forms and by what is known: names within a secret are not looked for, or each would be read within each. */
  function formed(given: string, place: string): string {
    let redacted = given
    for (const { type, pattern } of patterns) {
      redacted = redacted.replaceAll(pattern, (...found) => {
        const { secret = '', before = '', after = '' } = Object(found.at(-1)) as RedactGroups
        return isReference(secret) ? found[0] : `${before}${refer(type, secret, place)}${after}`
      })
    }
    const read = withBase64(redacted, (encoded, plain) =>
      body(plain, '') === plain ? encoded : refer('encoded', encoded, place),
    )
    return known.replaced(read, place)
  }

  /** A value whose place makes it secret. */
  function secret(type: string, given: string, place: string): string {
    if (given === '' || isReplaced(given)) return given
    const redacted = formed(given, place)
    return isReplaced(redacted) ? redacted : refer(type, given, place)
  }

  /** A value whose name makes it secret: as a whole, or each cookie of it. */
  function held({ type }: SecretName, { name, value, place, put = secret }: HeldSecrets): string {
    const where = `${place} ${shown(name)}`
    if (type !== 'cookie') return put(type, value, where)
    const cookie = (each: string, content: string) => put(type, content, `${where} ${shown(each)}`)
    if (/^set/i.test(name)) return withSetCookies(value, cookie)
    return value.includes('=') ? withCookies(value, cookie) : put(type, value, where)
  }

  /** A name as a place has it. */
  function shown(name: string): string {
    return text(name.slice(0, longestName), '')
  }

  function assigned({ name, value, where, meant }: Assigned, place: string): string {
    const isEncoded = where === 'parameter'
    const plain = isEncoded ? unescaped(value) : value
    const redacted =
      meant === undefined
        ? nested(plain, place)
        : held(meant, { name, value: plain, place, put: unlessVariable(secret) })
    return redacted === plain ? value : redacted
  }

  function url(given: string, place: string): string {
    const [, before = '', query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(given) ?? []
    const named = query === undefined ? '' : `?${pairs(query, place)}`
    const within = (part: string) => (isAddress(part) ? url(part, place) : pairs(part, place))
    return text(before, place) + named + (fragment === undefined ? '' : `#${within(fragment)}`)
  }

  /** A value that may be an address of its own, encoded once more than it need be. */
  function nested(given: string, place: string): string {
    const plain = unescaped(given)
    const read = isAddress(plain) ? plain : given
    // The `#` of a reference would be read as the beginning of a fragment.
    const isOne = isAddress(read) && !hasReference(read)
    if (depth === mostNested) return isOne ? refer('nested', given, place) : formed(read, place)
    depth += 1
    const redacted = isOne ? url(read, place) : inner(read, place)
    depth -= 1
    return redacted === read ? given : isOne ? encodedAround(redacted) : redacted
  }

  /** `a=1&b=2`, names kept. */
  function pairs(given: string, place: string): string {
    return given
      .split('&')
      .map((part) => {
        const [name = '', raw] = part.split(/=(.*)/s)
        if (raw === undefined) return text(part, place)
        const plain = unescaped(raw)
        const parameter = unescaped(name)
        const meant = secretName(parameter, 'parameter')
        const redacted =
          meant !== undefined && holdsSecret(meant, plain, 'parameter')
            ? held(meant, { name: parameter, value: plain, place })
            : nested(plain, place)
        return redacted === plain ? part : `${name}=${redacted}`
      })
      .join('&')
  }

  function value(given: unknown, place: string): unknown {
    return withLeaves(given, {
      name: (name) => text(name, place),
      text: (content, leaf) => leafText(content, leaf, place),
    })
  }

  function leafText(given: string, { name, where, meant }: JsonLeaf, place: string): string {
    const isMeant = meant !== undefined && holdsSecret(meant, given, where)
    return isMeant ? held(meant, { name, value: given, place }) : inner(given, place)
  }

  /** Text within text: JSON, markup, or any. */
  function inner(given: string, place: string): string {
    return jsonOr(given, place, (plain) => text(withMarkup(plain, element(place)), place))
  }

  const element = (place: string) => (name: string, content: string) => {
    const meant = secretName(name)
    const isMeant = meant !== undefined && holdsSecret(meant, content)
    return isMeant ? held(meant, { name, value: content, place }) : inner(content, place)
  }

  /** A field of a form. */
  function field(given: string, place: string, name: string): string {
    const meant = secretName(name, 'parameter')
    const isMeant = meant !== undefined && holdsSecret(meant, given, 'parameter')
    return isMeant ? held(meant, { name, value: given, place }) : body(given, place)
  }

  function body(given: string, place: string): string {
    return jsonOr(given, place, (plain) => {
      const parts = withParts(plain, (name, content) => field(content, place, name))
      if (parts !== undefined) return parts
      return /^[\w.%+\-[\]]+=[^\s]*$/.test(plain) ? pairs(plain, place) : inner(plain, place)
    })
  }

  return {
    jwts: known.jwts,
    text,
    url,
    value: (given, place) => value(given, place),
    know(type, given) {
      if (given !== '') refer(type, given, '')
    },
    headers: (given, place) =>
      given.map(([name, text_]) => {
        const where = `${place} ${name.toLowerCase()}`
        const lower = name.toLowerCase()
        if (addressHeaders.has(lower)) return [name, url(text_, where)] as const
        const meant = secretName(lower, 'header')
        if (meant === undefined) return [name, jsonOr(text_, where, nested)] as const
        return [name, held(meant, { name: lower, value: text_, place })] as const
      }),
    body,
    get redactions() {
      return known.redactions
    },
    survivors: (given) => [...new Set(surviving(given))],
  }

  function surviving(given: string): readonly string[] {
    const found = [...known.typesIn(given)]
    for (const { type, pattern } of patterns) {
      for (const match of given.matchAll(pattern)) {
        if (!isReference(match.groups?.secret ?? '')) found.push(type)
      }
    }
    const put = unlessVariable((type, value) => {
      if (value !== '' && !isReplaced(value)) found.push(type)
      return value
    })
    withAssignments(given, ({ name, value, meant }) =>
      meant === undefined ? value : held(meant, { name, value, place: '', put }),
    )
    withBase64(given, (encoded, plain) => {
      found.push(...surviving(plain))
      return encoded
    })
    return found
  }

  function jsonOr(
    given: string,
    place: string,
    otherwise: (given: string, place: string) => string,
  ) {
    const json = /^\s*[[{]/.test(given) ? parseJson(given) : undefined
    if (typeof json !== 'object' || json === null) return otherwise(given, place)
    if (isTooDeep(json)) return tooDeep
    const redacted = value(json, place)
    return JSON.stringify(redacted) === JSON.stringify(json) ? given : JSON.stringify(redacted)
  }
}

interface HeldSecrets {
  readonly name: string
  readonly value: string
  readonly place: string
  readonly put?: Put
}

interface RedactGroups {
  readonly secret?: string
  readonly before?: string
  readonly after?: string
}

/** In place of what no recursion could go through. */
const tooDeep = '[left out: nested too deep]'
/** Addresses within addresses beyond so many are replaced as a whole. */
const mostNested = 10
/** Of names in places, in characters. */
const longestName = 80
