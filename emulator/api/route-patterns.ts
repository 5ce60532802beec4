/** Validates the patterns of Worker routes (Workers documentation, "Routes": matching behavior and validity). Pure. */

import { isWithin } from '../../contracts/declaration/primitives.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'

type PatternFailure =
  | 'pattern_outside_zone'
  | 'pattern_wildcard_inside'
  | 'pattern_has_query'
  | 'pattern_unreadable'

const host = /^[a-z0-9._-]*$/i

/** What is wrong with a pattern `[http[s]://]HOST[/PATH]`, if anything. `*` may begin the host and end the path. */
export function patternFault(pattern: string, zone: string): Failure<PatternFailure> | undefined {
  if (pattern.includes('?')) return fail('pattern_has_query', pattern)
  if (pattern === '' || /[\s#]/.test(pattern)) return fail('pattern_unreadable', pattern)
  const [, given = '', path = ''] = /^(?:https?:\/\/)?([^/]*)(.*)$/i.exec(pattern) ?? []
  const name = given.replace(/^\*/, '')
  if (name.includes('*') || path.replace(/\*$/, '').includes('*')) {
    return fail('pattern_wildcard_inside', pattern)
  }
  // The whole zone, as Cloudflare for SaaS recommends, although the list of rules does not allow it.
  if (given === '*') return undefined
  if (!host.test(name)) return fail('pattern_unreadable', pattern)
  const lower = name.toLowerCase().replace(/^\./, '')
  return isWithin(lower, zone) ? undefined : fail('pattern_outside_zone', pattern)
}
