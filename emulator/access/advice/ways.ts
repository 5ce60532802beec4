/** Combinations of moves: tried on the decision, and put into words. */
import { type Advice, opensToClients } from '../../../contracts/control/advice.ts'
import { decide } from '../decide.ts'
import type { AdviceQuestion, Move } from './move.ts'
import { alsoAdmits } from './side-effects.ts'

export type Moves = readonly Move[]

export function passes({ rulebook, subject }: AdviceQuestion): boolean {
  return decide(rulebook, subject).kind === 'pass'
}

export function after(way: Moves, question: AdviceQuestion): AdviceQuestion {
  return way.reduce((now, { apply }) => apply(now), question)
}

/** The most that are listed: no one reads more. */
export const mostSaid = 8

export function adviceOf(way: Moves, question: AdviceQuestion): Advice {
  const also = way.map((move) => alsoAdmits(move, question)).filter((who) => who !== null)
  return {
    says: way
      .map(({ says }) => says)
      .join(way.some(({ dimension }) => dimension === 'account') ? ', and ' : ' and '),
    changes: way.flatMap(({ changes }) => changes),
    also_admits: also[0] ?? null,
  }
}

/** Lists advice that opens the application to clients without credentials only if nothing else helps. */
export function narrowest(found: readonly Advice[]): readonly Advice[] {
  const unique = [...new Map(found.map((one) => [one.says, one])).values()]
  const narrow = unique.filter((one) => !opensToClients(one))
  const wide = narrow.length > 0 ? [] : unique.filter(opensToClients)
  const quiet = narrow.filter(({ also_admits }) => also_admits === null)
  const others = narrow.filter(({ also_admits }) => also_admits !== null)
  return [...quiet, ...others, ...wide].slice(0, mostSaid)
}
