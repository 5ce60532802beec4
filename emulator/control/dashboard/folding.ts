/** Makes a long list of requests readable: what repeats, and what a page only loads beside itself, is folded. */
import type { JournalEntry } from '../../../contracts/control/shapes.ts'

/** An entry, how often it came in a row, or a row of requests for the assets of pages that went well. */
export type Line =
  | { readonly kind: 'request'; readonly entry: JournalEntry; readonly count: number }
  | { readonly kind: 'assets'; readonly entries: readonly JournalEntry[] }

/** Fetched by browsers by themselves, and the parts of a page. */
const asset =
  /^\/(?:favicon\.ico|apple-touch-icon[^/]*|\.well-known\/appspecific\/.*|.*\.(?:css|js|mjs|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf))(?:\?|$)/i

/** @param entries newest first; so is the result */
export function folded(entries: readonly JournalEntry[]): readonly Line[] {
  const lines: Line[] = []
  for (const entry of entries) {
    const last = lines.at(-1)
    const isAsset = asset.test(entry.path) && entry.status > 0 && entry.status < 400
    if (last?.kind === 'assets' && isAsset) {
      lines[lines.length - 1] = { ...last, entries: [...last.entries, entry] }
    } else if (isAsset) {
      lines.push({ kind: 'assets', entries: [entry] })
    } else if (last?.kind === 'request' && isSame(last.entry, entry)) {
      lines[lines.length - 1] = { ...last, count: last.count + 1 }
    } else {
      lines.push({ kind: 'request', entry, count: 1 })
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
