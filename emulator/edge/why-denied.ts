import { denyReasons } from '../../contracts/reasons/decision.ts'
import type { Verdict } from '../access/verdict.ts'

/** Why a person is denied, in the words of the journal, for what pages say of the emulator's own. */
export function whyDenied(verdict: Verdict): string {
  if (verdict.kind !== 'deny') return denyReasons.identity_not_admitted.text
  const { text } = denyReasons[verdict.reason]
  const words = text.replace('{policy}', () => verdict.policy?.name ?? '')
  // The credentials of a request are told by the journal; a page is about the person.
  return words.includes('{') ? denyReasons.identity_not_admitted.text : words
}
