/** Advice for requests to hosts that no application covers, if the organization denies such requests. */
import type { Advice } from '../../../contracts/control/advice.ts'
import type { AccessPolicy, Rulebook } from '../policy.ts'
import { ownPolicy } from './account-changes.ts'
import { mendingPair } from './credentials.ts'
import { type AdviceQuestion, type KnownAccount, type Move, ofRulebook } from './move.ts'
import { adviceOf, after, type Moves, narrowest, passes } from './ways.ts'

export interface Unmatched {
  readonly subject: AdviceQuestion['subject']
  /** The rulebook of an application without policies. */
  readonly rulebook: Rulebook
  readonly host: string
  /** The name of the host's zone. */
  readonly zone: string | undefined
}

export function adviseUnmatched(unmatched: Unmatched, known: KnownAccount): readonly Advice[] {
  const { subject, rulebook, host, zone } = unmatched
  const question = { rulebook, subject }
  const covered = (mend: Moves) =>
    covering(host, after(mend, question).subject).map((move) => [move, ...mend])
  const ways: readonly Moves[] = [
    ...covered([]),
    ...mendingPair(subject, known).flatMap((mend) => covered([mend])),
    ...(zone === undefined ? [] : [[exempting(zone)]]),
  ]
  return narrowest(
    ways.filter((way) => passes(after(way, question))).map((way) => adviceOf(way, question)),
  )
}

/** A new application on the host that admits only this subject. */
function covering(host: string, subject: AdviceQuestion['subject']): readonly Move[] {
  const own = ownPolicy(subject)
  if (own === undefined) return []
  const { policy, says } = own
  const { decision, include } = policy
  return [
    {
      dimension: 'account',
      says: `add an application for ${host} with ${says}`,
      changes: [{ change: 'add_application', domain: host, decision, include: [...include] }],
      apply: ofRulebook((book) => ({ ...book, policies: [policy] })),
    },
  ]
}

/** Exempting a zone has the same effect as a Bypass policy for everyone. */
function exempting(zone: string): Move {
  const open: AccessPolicy = {
    id: '',
    name: '',
    decision: 'bypass',
    precedence: 0,
    include: [{ everyone: {} }],
    require: [],
    exclude: [],
  }
  return {
    dimension: 'account',
    says: `exempt the zone ${zone} from deny_unmatched_requests, which opens each of its hosts that no application covers`,
    changes: [{ change: 'exempt_zone', zone }],
    apply: ofRulebook((book) => ({ ...book, policies: [open] })),
  }
}
