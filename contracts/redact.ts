/**
 * Redaction by type: what a place or a form makes secret is replaced by a reference, everywhere it stands.
 * A value has one reference, so that one sees where it comes again.
 */
import { isTooDeep, parseJson } from './json.ts'
import { withElements, withInputs, withParts } from './redact-bodies.ts'
import { withCookies, withSetCookies } from './redact-cookies.ts'
import { encodedAround, isAddress, passwordIn, unescaped, withBase64 } from './redact-encoded.ts'
import { createFinder } from './redact-finder.ts'
import { hasPassword, isLearned, isReference, reference } from './redact-references.ts'
import {
  addressHeaders,
  forms,
  isBindingContent,
  isCode,
  secretHeader,
  secretKey,
  secretParameter,
} from './redact-types.ts'
import { variants } from './redact-variants.ts'

export interface Redaction {
  /** `client_secret`, `cookie`, `jwt`, … */
  readonly type: string
  /** What stands in its place: `[client_secret#1]`. */
  readonly reference: string
  /** Where it was met, each place once. */
  readonly places: readonly string[]
}

export type Headers = readonly (readonly [name: string, value: string])[]

export interface Redactor {
  /** A value that is known to be secret before it is met. */
  know(type: string, value: string): void
  text(given: string, place: string): string
  url(given: string, place: string): string
  headers(given: Headers, place: string): Headers
  /** A body: by the names of its fields where it is JSON or a form, by form else. */
  body(given: string, place: string): string
  value(given: unknown, place: string): unknown
  readonly redactions: readonly Redaction[]
  /** Every JWT met, by its reference. */
  readonly jwts: ReadonlyMap<string, string>
  /** What of all that is secret stands in a text all the same: types, never values. */
  survivors(text: string): readonly string[]
}

interface Known {
  readonly type: string
  readonly reference: string
  readonly places: Set<string>
}

/** `ids`: whether identifiers of accounts, zones, applications and the like are hidden too. */
export function createRedactor({ ids = false }: { readonly ids?: boolean } = {}): Redactor {
  const known = new Map<string, Known>()
  const counts = new Map<string, number>()
  const jwts = new Map<string, string>()
  const patterns = forms(ids)
  const finder = createFinder()
  /** Of addresses within addresses. */
  let depth = 0

  function refer(type: string, value: string, place: string): string {
    const before = known.get(value)
    if (before !== undefined) {
      if (place !== '') before.places.add(place)
      return before.reference
    }
    const count = (counts.get(type) ?? 0) + 1
    counts.set(type, count)
    const reference = `[${type}#${count}]`
    known.set(value, { type, reference, places: new Set(place === '' ? [] : [place]) })
    if (isLearned(type, value)) for (const each of variants(value)) finder.add(each, value)
    if (type === 'jwt') jwts.set(reference, value)
    const password = hasPassword.has(type) ? passwordIn(value) : undefined
    if (password !== undefined) refer('password', password, '')
    return reference
  }

  function text(given: string, place: string): string {
    let redacted = given
    for (const { type, pattern } of patterns) {
      redacted = redacted.replaceAll(pattern, (...found) => {
        const { secret = '', before = '', after = '' } = Object(found.at(-1)) as Groups
        return isReference(secret) ? found[0] : `${before}${refer(type, secret, place)}${after}`
      })
    }
    return withBase64(redacted, (encoded, plain) =>
      body(plain, '') === plain ? encoded : refer('encoded', encoded, place),
    )
      .split(reference)
      .map((part, at) =>
        at % 2 === 1
          ? part
          : finder.replace(part, (value) =>
              refer(known.get(value)?.type ?? 'secret', value, place),
            ),
      )
      .join('')
  }

  /** A value whose place makes it secret. */
  function secret(type: string, given: string, place: string): string {
    if (given === '' || isReference(given)) return given
    const formed = text(given, place)
    return /^(?:[A-Za-z]+ )?\[[a-z_]+#\d+\]$/.test(formed) ? formed : refer(type, given, place)
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
    const isOne = isAddress(read)
    if (isOne && depth === mostNested) return refer('nested', given, place)
    depth += 1
    const redacted = isOne ? url(read, place) : text(read, place)
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
        const type = secretParameter(unescaped(name))
        const redacted =
          type === undefined ? nested(plain, place) : secret(type, plain, `${place} ${name}`)
        return redacted === plain ? part : `${name}=${redacted}`
      })
      .join('&')
  }

  function value(given: unknown, place: string, key = ''): unknown {
    if (typeof given === 'string') {
      const type = secretKey(key)
      return type === undefined ? text(given, place) : secret(type, given, `${place} ${key}`)
    }
    if (Array.isArray(given)) return given.map((item) => value(item, place, key))
    if (typeof given === 'number') return isCode(given, key) ? value(`${given}`, place, key) : given
    if (typeof given !== 'object' || given === null) return given
    return Object.fromEntries(
      Object.entries(given).map(([name, item]) => [
        text(name, place),
        value(item, place, isBindingContent(given, name) ? 'secret' : name),
      ]),
    )
  }

  /** A field of a form. */
  function field(given: string, place: string, name: string): string {
    const type = secretKey(name)
    return type === undefined ? body(given, place) : secret(type, given, `${place} ${name}`)
  }

  function body(given: string, place: string): string {
    return jsonOr(given, place, (plain) => {
      const change = (name: string, content: string) => field(content, place, name)
      const parts = withParts(plain, change)
      if (parts !== undefined) return parts
      if (/^[\w.%+-]+=[^\s]*$/.test(plain)) return pairs(plain, place)
      return text(withElements(withInputs(plain, change), change), place)
    })
  }

  return {
    jwts,
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
        const cookie = (name: string, held: string) => secret('cookie', held, `${where} ${name}`)
        if (lower === 'cookie') return [name, withCookies(text_, cookie)] as const
        if (lower === 'set-cookie') return [name, withSetCookies(text_, cookie)] as const
        if (addressHeaders.has(lower)) return [name, url(text_, where)] as const
        const type = secretHeader(lower)
        if (type !== undefined) return [name, secret(type, text_, where)] as const
        return [name, jsonOr(text_, where, nested)] as const
      }),
    body,
    get redactions() {
      return [...known.values()].map(({ type, reference, places }) => ({
        type,
        reference,
        places: [...places],
      }))
    },
    survivors: (given) => [...new Set(surviving(given))],
  }

  function surviving(given: string): readonly string[] {
    const others = given.split(reference).filter((_, at) => at % 2 === 0)
    const found = finder.in(others.join('\0')).map((value) => known.get(value)?.type ?? 'secret')
    for (const { type, pattern } of patterns) {
      for (const match of given.matchAll(pattern)) {
        if (!isReference(match.groups?.secret ?? '')) found.push(type)
      }
    }
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
    const json = parseJson(given)
    if (typeof json !== 'object' || json === null) return otherwise(given, place)
    if (isTooDeep(json)) return tooDeep
    const redacted = value(json, place)
    return JSON.stringify(redacted) === JSON.stringify(json) ? given : JSON.stringify(redacted)
  }
}

interface Groups {
  readonly secret?: string
  readonly before?: string
  readonly after?: string
}

/** In place of what no recursion could go through. */
const tooDeep = '[left out: nested too deep]'
/** Addresses within addresses beyond so many are replaced as a whole. */
const mostNested = 10
