/** Shortens a path to what requests of one kind share: without what varies per request or may be secret. */

/** Ids, numbers, and anything too long to be a word, as tokens are. */
const varying = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+|.{41,})$/i
const longest = 160

export function shortPath(path: string): string {
  const [plain = ''] = path.split(/[?#]/)
  // A URL with user information, which the proxy refuses.
  const shown = plain
    .replace(/\/\/[^/]*@/, '//…@')
    .split('/')
    .map((segment) => (varying.test(segment) ? '…' : segment))
    .join('/')
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown
}
