/** Pages of Access, and where the team domain serves its own. */
import type { CaseTarget } from '../case.ts'
import { fits, same } from '../difference.ts'
import type { AskedEdge } from '../edge-answer.ts'

export function onTeam({ team }: Pick<CaseTarget, 'team'>, path: string): string {
  return `https://${team}${path}`
}

/** Expects HTML that contains these words. */
export function page({ status, text, headers }: AskedEdge, expected: number, words: RegExp): void {
  same(status, expected, 'status')
  fits(headers.get('content-type'), /^text\/html\b/, 'content-type')
  fits(text, words, 'page')
}
