/** Evaluates the policies for a subject, and whether real Cloudflare would decide the same. Results are cached. */
import { type Ask, asker } from '../../contracts/behaviours/table.ts'
import { decide, decideSignIn } from '../access/decide.ts'
import type { Rulebook } from '../access/policy.ts'
import type { Subject } from '../access/subject.ts'
import type { ApplicationRow } from '../state/rows.ts'
import type { Account } from './account.ts'
import type { DecisionMade } from './evaluation.ts'

interface RememberedDecision {
  /** Everything that the decision depends on, apart from the application and the subject's credentials. */
  readonly version: number
  readonly overrides: object
  readonly ip: string | undefined
  readonly country: string | undefined
  readonly commonName: string | undefined
  readonly certificateRefused: string | undefined
  readonly decision: DecisionMade
}

/**
 * By application, then by credential: the claims of an application token (the same object while its signature is cached),
 * the row of a service token, or the application itself for an anonymous request.
 */
const remembered = new WeakMap<ApplicationRow, WeakMap<object, RememberedDecision>>()

/** Reuses the decision for a subject with at most one credential, as long as nothing in the account has changed. */
export function decisionOf(
  account: Account,
  application: ApplicationRow,
  subject: Subject,
  rulebookOf: (account: Account, application: ApplicationRow) => Rulebook,
): DecisionMade {
  const credential = onlyCredential(account, application, subject)
  if (credential === undefined) return decided(decide, rulebookOf(account, application), subject)
  const { version } = account.state
  const overrides = account.overrides()
  const { ip, country, certificate, certificateRefused } = subject
  const commonName = certificate?.common_name
  const ofApplication = remembered.get(application) ?? new WeakMap<object, RememberedDecision>()
  const known = ofApplication.get(credential)
  if (
    known?.version === version &&
    known.overrides === overrides &&
    known.ip === ip &&
    known.country === country &&
    known.commonName === commonName &&
    known.certificateRefused === certificateRefused
  ) {
    return known.decision
  }
  const decision = decided(decide, rulebookOf(account, application), subject)
  const facts = { version, overrides, ip, country, commonName, certificateRefused }
  ofApplication.set(credential, { ...facts, decision })
  remembered.set(application, ofApplication)
  return decision
}

/** The object that identifies the subject, if a single one does. The service token's secret has already been checked. */
function onlyCredential(
  account: Account,
  application: ApplicationRow,
  subject: Subject,
): object | undefined {
  const { applicationToken, refusedToken, linkedToken, pair, identity } = subject
  if (identity !== undefined || refusedToken !== undefined) return undefined
  if (linkedToken !== undefined) return undefined
  if (pair.status === 'absent') return applicationToken?.claims ?? application
  if (pair.status !== 'valid' || applicationToken !== undefined) return undefined
  return account.state.tables.service_tokens.get(pair.token_id)
}

/** The decision on a login. */
export function signInDecision(rulebook: Rulebook, subject: Subject): DecisionMade {
  return decided(decideSignIn, rulebook, subject)
}

const observed = asker('observed', {})

/** Evaluates for profile `observed` too, but only if the decision depends on a behaviour that differs there. */
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
