/** The secrets found so far: the reference of each, where it was found, and where it occurs again. */
import { passwordIn } from './encoded.ts'
import { createFinder } from './finder.ts'
import { hasPassword, isLearned, reference } from './references.ts'
import { variants } from './variants.ts'

export interface Redaction {
  /** `client_secret`, `cookie`, `jwt`, … */
  readonly type: string
  /** What replaces it, such as `[client_secret#1]`. */
  readonly reference: string
  /** Where it was found, without duplicates. */
  readonly places: readonly string[]
}

export interface KnownSecrets {
  /** The reference of a value; a new value gets a new one. */
  refer(type: string, value: string, place: string): string
  /** The text with every known value replaced. */
  replaced(text: string, place: string): string
  /** Types of the known values that occur in a text, outside of references. */
  typesIn(text: string): readonly string[]
  readonly redactions: readonly Redaction[]
  /** Every JWT found, by its reference. */
  readonly jwts: ReadonlyMap<string, string>
}

export function createKnown(): KnownSecrets {
  const known = new Map<string, Redaction & { readonly places: string[] }>()
  const seen = new Set<string>()
  const counts = new Map<string, number>()
  const jwts = new Map<string, string>()
  const finder = createFinder()

  function refer(type: string, value: string, place: string): string {
    const before = known.get(value)
    if (before !== undefined) return foundAt(before, place)
    const found = add(type, value, place)
    const password = hasPassword.has(type) ? passwordIn(value) : undefined
    // Not of that one again: of `a:b:c:…` each colon would give another.
    if (password !== undefined && !known.has(password)) add('password', password, '')
    return found
  }

  function add(type: string, value: string, place: string): string {
    const count = (counts.get(type) ?? 0) + 1
    counts.set(type, count)
    const added = { type, reference: `[${type}#${count}]`, places: [] }
    known.set(value, added)
    if (isLearned(type, value)) for (const each of new Set(variants(value))) finder.add(each, value)
    if (type === 'jwt') jwts.set(added.reference, value)
    return foundAt(added, place)
  }

  function foundAt(
    secret: { readonly reference: string; readonly places: string[] },
    place: string,
  ) {
    const label = `${secret.reference} ${place}`
    if (place !== '' && !seen.has(label)) {
      seen.add(label)
      secret.places.push(place)
    }
    return secret.reference
  }

  const typeOf = (value: string) => known.get(value)?.type ?? 'secret'

  return {
    refer,
    jwts,
    replaced: (text, place) =>
      text
        .split(reference)
        .map((part, at) =>
          at % 2 === 1 ? part : finder.replace(part, (value) => refer(typeOf(value), value, place)),
        )
        .join(''),
    typesIn: (text) =>
      finder
        .in(
          text
            .split(reference)
            .filter((_, at) => at % 2 === 0)
            .join('\0'),
        )
        .map(typeOf),
    get redactions() {
      return [...known.values()].map(({ type, reference, places }) => ({
        type,
        reference,
        places: [...places],
      }))
    },
  }
}
