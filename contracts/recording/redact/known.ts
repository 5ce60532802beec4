/** The secrets that were met: what each is called, where it was, and where it stands again. */
import { passwordIn } from './encoded.ts'
import { createFinder } from './finder.ts'
import { hasPassword, isLearned, reference } from './references.ts'
import { variants } from './variants.ts'

export interface Redaction {
  /** `client_secret`, `cookie`, `jwt`, … */
  readonly type: string
  /** What stands in its place: `[client_secret#1]`. */
  readonly reference: string
  /** Where it was met, each place once. */
  readonly places: readonly string[]
}

export interface KnownSecrets {
  /** The reference of a value, a new one where it was not met before. */
  refer(type: string, value: string, place: string): string
  /** The text with every known value replaced. */
  replaced(text: string, place: string): string
  /** Types of the known values that stand in a text, beside its references. */
  typesIn(text: string): readonly string[]
  readonly redactions: readonly Redaction[]
  /** Every JWT met, by its reference. */
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
    if (before !== undefined) return metAt(before, place)
    const count = (counts.get(type) ?? 0) + 1
    counts.set(type, count)
    const added = { type, reference: `[${type}#${count}]`, places: [] }
    known.set(value, added)
    if (isLearned(type, value)) for (const each of new Set(variants(value))) finder.add(each, value)
    if (type === 'jwt') jwts.set(added.reference, value)
    metAt(added, place)
    const password = hasPassword.has(type) ? passwordIn(value) : undefined
    if (password !== undefined) refer('password', password, '')
    return added.reference
  }

  function metAt(met: { readonly reference: string; readonly places: string[] }, place: string) {
    const label = `${met.reference} ${place}`
    if (place !== '' && !seen.has(label)) {
      seen.add(label)
      met.places.push(place)
    }
    return met.reference
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
