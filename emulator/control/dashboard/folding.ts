/** Makes a long list of requests readable: what repeats, and what a page only loads beside itself, is folded. */
import type { JournalEntry } from '../../../contracts/control/shapes.ts'

/** Kinds of requests that say little, each with what a row of them is called. */
const asides = {
  assets: 'requests for assets of pages, all answered',
  unserved: 'connections to hosts that are not served here, which browsers make by themselves',
} as const
type Aside = keyof typeof asides

/**
 * An entry and how often it came in a row, with the ray of the first time, or several entries of a kind that says little.
 */
export type Line =
  | {
      readonly kind: 'request'
      readonly entry: JournalEntry
      readonly count: number
      readonly oldest: string
    }
  | { readonly kind: 'aside'; readonly aside: Aside; readonly entries: readonly JournalEntry[] }

export function asideInWords({ aside, entries }: Line & { kind: 'aside' }): string {
  return `${entries.length} ${asides[aside]}`
}

/** Fetched by browsers by themselves, and the parts of a page. */
const asset =
  /^\/(?:favicon\.ico|apple-touch-icon[^/]*|\.well-known\/appspecific\/.*|.*\.(?:css|js|mjs|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf))(?:\?|$)/i

function asideOf({ path, status, method, operation }: JournalEntry): Aside | undefined {
  if (method === 'CONNECT' && operation === 'door') return 'unserved'
  return asset.test(path) && status > 0 && status < 400 ? 'assets' : undefined
}

/**
 * Reads no further than it must for the first lines.
 * @param entries newest first; so is the result
 */
export function folded(entries: Iterable<JournalEntry>, most: number): readonly Line[] {
  const lines: Line[] = []
  for (const entry of entries) {
    if (lines.length > most) break
    const last = lines.at(-1)
    const aside = asideOf(entry)
    if (aside !== undefined) {
      const isMore = last?.kind === 'aside' && last.aside === aside
      if (isMore) lines[lines.length - 1] = { ...last, entries: [...last.entries, entry] }
      else lines.push({ kind: 'aside', aside, entries: [entry] })
    } else if (last?.kind === 'request' && isSame(last.entry, entry)) {
      lines[lines.length - 1] = { ...last, count: last.count + 1, oldest: entry.ray }
    } else {
      lines.push({ kind: 'request', entry, count: 1, oldest: entry.ray })
    }
  }
  return lines
}

function isSame(one: JournalEntry, other: JournalEntry): boolean {
  return (
    one.method === other.method &&
    one.host === other.host &&
    one.path === other.path &&
    one.status === other.status &&
    one.why === other.why
  )
}
