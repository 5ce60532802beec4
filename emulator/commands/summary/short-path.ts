/** A path as a kind of paths: without what differs from request to request, and without what may be secret. */

/** Ids and numbers; and what is too long for a word, as tokens are. */
const varying = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+|.{41,})$/i
const longest = 160

export function shortPath(path: string): string {
  const [plain = ''] = path.split(/[?#]/)
  // An address with user information, which the proxy refused.
  const shown = plain
    .replace(/\/\/[^/]*@/, '//…@')
    .split('/')
    .map((segment) => (varying.test(segment) ? '…' : segment))
    .join('/')
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown
}
