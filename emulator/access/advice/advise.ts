/**
 * Advice on what would let a refused request in. Each change is tried on a copy of what the decision was based on, and only
 * those that then pass are listed: the smallest first, those that open the application to others last or not at all.
 */
import type { Advice } from '../../../contracts/control/advice.ts'
import { pinReasons } from '../../../contracts/reasons/credentials.ts'
import type { PinReason, ReasonRow, TrailReason } from '../../../contracts/reasons/table.ts'
import type { Rulebook } from '../policy.ts'
import type { Subject } from '../subject.ts'
import type { Verdict } from '../verdict.ts'
import { accountChanges } from './account-changes.ts'
import { mendingPair, mendingToken, serviceTokens } from './credentials.ts'
import { locationMoves } from './locations.ts'
import type { AdviceQuestion, KnownAccount, Move } from './move.ts'
import { persons } from './persons.ts'
import { rulesOf } from './rules-of.ts'
import { adviceOf, after, type Moves, mostSaid, narrowest, passes } from './ways.ts'

/** Empty if the request passes, or if nothing that could be changed here would help (such as a device posture). */
export function advise(
  rulebook: Rulebook,
  subject: Subject,
  verdict: Verdict,
  known: KnownAccount,
): readonly Advice[] {
  if (verdict.kind === 'pass') return []
  const question = { rulebook, subject }
  // The policies admit this subject, so changing them would not help: only the PIN is wrong.
  if (passes(question)) return mendingCode(verdict)
  const mending = [...mendingPair(subject, known), ...mendingToken(subject)]
  const ofRequest = [
    ...mending,
    ...locationMoves(rulesOf(rulebook), subject),
    ...serviceTokens(rulebook, subject, known),
    ...persons(rulebook, subject, known),
  ]
  const ofAccount = accountChanges(rulebook, subject)
  const requests = smallest(ofRequest, question)
  const alone = ofAccount.filter(({ apply }) => passes(apply(question))).map((move) => [move])
  const found = [...requests, ...alone]
  const both =
    found.length > 0
      ? []
      : [
          ...pairsOf(ofAccount, ofRequest),
          // Even valid credentials may be ones that no policy includes.
          ...mending.flatMap((mend) =>
            pairsOf(accountChanges(rulebook, mend.apply(question).subject), [mend]),
          ),
        ].filter((way) => passes(after(way, question)))
  return narrowest([...found, ...both].map((way) => adviceOf(way, question)))
}

/** How many combinations of changes are tried before giving up. */
const mostTried = 4000

/** All smallest combinations of changes that pass. Never two of the same dimension, which would contradict each other. */
function smallest(moves: readonly Move[], question: AdviceQuestion): readonly Moves[] {
  const order = ['address', 'country', 'certificate', 'credential', 'account'] as const
  const rank = ({ dimension }: Move) => order.indexOf(dimension)
  let ways: readonly Moves[] = [[]]
  let tried = 0
  for (let size = 1; size <= 4 && tried < mostTried; size += 1) {
    ways = ways.flatMap((way) => {
      const last = way.at(-1)
      const floor = last === undefined ? -1 : rank(last)
      return moves.filter((move) => rank(move) > floor).map((move) => [...way, move])
    })
    tried += ways.length
    const good = ways.slice(0, mostTried).filter((way) => passes(after(way, question)))
    if (good.length > 0) return good.slice(0, mostSaid)
  }
  return []
}

/** Account changes come first: before them, the person cannot sign in. */
function pairsOf(accounts: readonly Move[], requests: readonly Move[]): readonly Moves[] {
  return accounts.flatMap((one) => requests.map((other) => [one, other]))
}

function isOfPin(reason: TrailReason): reason is PinReason {
  return Object.hasOwn(pinReasons, reason)
}

function mendingCode({ trail }: Verdict): readonly Advice[] {
  return trail.flatMap(({ reason }) => {
    const row: ReasonRow | undefined = isOfPin(reason) ? pinReasons[reason] : undefined
    return row?.fix === undefined
      ? []
      : [{ says: row.fix, changes: [{ change: 'enter_code' as const }], also_admits: null }]
  })
}
