/** The fix for a cause: changes tried on this very request before general advice. */
import { type Advice, adviceInWords, opensToClients } from '../../contracts/control/advice.ts'
import { type ModeId, modes } from '../../contracts/modes/catalogue.ts'
import type { Cause } from './diagnosis.ts'
import type { Explained } from './observation.ts'

/** `fix`: the row's own text, which replaces the catalogue's. */
export function remedyOf({
  id,
  fix,
  explained,
}: {
  readonly id: ModeId
  readonly fix: string | undefined
  readonly explained: Explained | undefined
}): Pick<Cause, 'fix' | 'advice'> {
  if (explained?.kind !== 'tried') return { fix: fix ?? modes[id].fix }
  const advice = forMachine(explained.advice)
  const [first] = advice
  // The row's own fix was among those tried.
  if (first === undefined) return { fix: `${nothingHelps} In general: ${modes[id].fix}`, advice }
  return { fix: adviceSentence(first), advice }
}

export const nothingHelps = 'None of the changes the emulator tried lets this request in.'

export function adviceSentence(advice: Advice): string {
  const words = adviceInWords(advice)
  const opens = opensToClients(advice) ? ' This opens the application.' : ''
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.${opens}`
}

/** The doctor's client is a machine: what it can do itself comes before signing in. */
function forMachine(advice: readonly Advice[]): readonly Advice[] {
  const rank = (one: Advice) =>
    opensToClients(one) ? 2 : Number(one.changes.some(({ change }) => change === 'sign_in'))
  return advice.toSorted((a, b) => rank(a) - rank(b))
}
