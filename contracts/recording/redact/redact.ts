/**
 * Redaction by type: whatever is secret by its place or form is replaced by a reference, wherever it occurs.
 * Each value has one reference, so that readers can see where it occurs again.
 */

import { isTooDeep, parseJson } from '../../declaration/json.ts'
import type { HeaderPairs } from '../../http/headers.ts'
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

export interface Redactor {
  /** Registers a value as secret before it is found. */
  know(type: string, value: string): void
  text(given: string, place: string): string
  url(given: string, place: string): string
  headers(given: HeaderPairs, place: string): HeaderPairs
  /** Redacts a body: by the names of its fields if it is JSON or a form, else by form. */
  body(given: string, place: string): string
  value(given: unknown, place: string): unknown
  readonly redactions: readonly Redaction[]
  /** Every JWT found, by its reference. */
  readonly jwts: ReadonlyMap<string, string>
  /** Types (never values) of the secrets that are still in a text. */
  survivors(text: string): readonly string[]
}

/** `ids`: also hides identifiers of accounts, zones, applications and the like. */
export function createRedactor({ ids = false }: { readonly ids?: boolean } = {}): Redactor {
  const known = createKnown()
  const { refer } = known
  const patterns = forms(ids)
  /** Nesting depth of URLs within URLs. */
  let depth = 0

  function text(given: string, place: string): string {
    return formed(
      withAssignments(given, (found) => assigned(found, place)),
      place,
    )
  }

  /** By form and by known values. It ignores names: looking for them within each value would read it over and over. */
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

  /** A value whose name makes it secret: as a whole, or each cookie in it. */
  function held({ type }: SecretName, { name, value, place, put = secret }: HeldSecrets): string {
    const where = `${place} ${shown(name)}`
    if (type !== 'cookie') return put(type, value, where)
    const cookie = (each: string, content: string) => put(type, content, `${where} ${shown(each)}`)
    if (/^set/i.test(name)) return withSetCookies(value, cookie)
    return value.includes('=') ? withCookies(value, cookie) : put(type, value, where)
  }

  /** A name as it appears in a place. */
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

  /** A value that may itself be a URL, possibly encoded once more. */
  function nested(given: string, place: string): string {
    const plain = unescaped(given)
    const read = isAddress(plain) ? plain : given
    // The `#` of a reference would be read as the start of a fragment.
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

  /** Text within text: JSON, markup, or anything else. */
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

/** Replaces JSON that is nested too deeply to walk. */
const tooDeep = '[left out: nested too deep]'
/** URLs nested more deeply than this are replaced as a whole. */
const mostNested = 10
/** Maximum length of a name within a place, in characters. */
const longestName = 80
