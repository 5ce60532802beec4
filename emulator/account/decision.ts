/** What the policies say of a subject, and whether the real world says it too; remembered for whoever asks again. */
import { type Ask, asker } from '../../contracts/behaviours/table.ts'
import { decide, decideSignIn } from '../access/decide.ts'
import type { Rulebook } from '../access/policy.ts'
import type { Subject } from '../access/subject.ts'
import type { ApplicationRow } from '../state/rows.ts'
import type { Account } from './account.ts'
import type { DecisionMade } from './evaluation.ts'

interface RememberedDecision {
  /** All that the decision rests on beside the application and who asks. */
  readonly version: number
  readonly overrides: object
  readonly ip: string | undefined
  readonly country: string | undefined
  readonly commonName: string | undefined
  readonly decision: DecisionMade
}

/**
 * By application and by who asks: claims, which are one object for as long as their signature is remembered; the row of
 * a service token; or the application itself, where nobody is known.
 */
const remembered = new WeakMap<ApplicationRow, WeakMap<object, RememberedDecision>>()

/** Decides anew unless the same credential alone, or none, asks again, and nothing of the account has changed meanwhile. */
export function decisionOf(
  account: Account,
  application: ApplicationRow,
  subject: Subject,
  rulebookOf: (account: Account, application: ApplicationRow) => Rulebook,
): DecisionMade {
  const who = onlyCredential(account, application, subject)
  if (who === undefined) return decided(decide, rulebookOf(account, application), subject)
  const { version } = account.state
  const overrides = account.overrides()
  const { ip, country, certificate } = subject
  const commonName = certificate?.common_name
  const ofApplication = remembered.get(application) ?? new WeakMap<object, RememberedDecision>()
  const known = ofApplication.get(who)
  if (
    known?.version === version &&
    known.overrides === overrides &&
    known.ip === ip &&
    known.country === country &&
    known.commonName === commonName
  ) {
    return known.decision
  }
  const decision = decided(decide, rulebookOf(account, application), subject)
  ofApplication.set(who, { version, overrides, ip, country, commonName, decision })
  remembered.set(application, ofApplication)
  return decision
}

/** What stands for the subject, where that is one thing. A pair was checked by now, so its row says all of it. */
function onlyCredential(
  account: Account,
  application: ApplicationRow,
  subject: Subject,
): object | undefined {
  const { applicationToken, refusedToken, pair, identity } = subject
  if (identity !== undefined || refusedToken !== undefined) return undefined
  if (pair.status === 'absent') return applicationToken?.claims ?? application
  if (pair.status !== 'valid' || applicationToken !== undefined) return undefined
  return account.state.tables.service_tokens.get(pair.token_id)
}

/** The decision of a login. */
export function signInDecision(rulebook: Rulebook, subject: Subject): DecisionMade {
  return decided(decideSignIn, rulebook, subject)
}

const observed = asker('observed', {})

/** The real world is asked too only where the decision rests on a behaviour that differs there. */
function decided(by: typeof decide, rulebook: Rulebook, subject: Subject): DecisionMade {
  if (rulebook.strict) return { rulebook, verdict: by(rulebook, subject), onlyExpected: false }
  let differs = false
  const ask: Ask = (name) => {
    const value = rulebook.behaviour(name)
    if (value !== observed(name)) differs = true
    return value
  }
  const verdict = by({ ...rulebook, behaviour: ask }, subject)
  const onlyExpected =
    differs && by({ ...rulebook, behaviour: observed }, subject).kind !== verdict.kind
  return { rulebook, verdict, onlyExpected }
}
