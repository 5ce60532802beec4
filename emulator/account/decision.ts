/** Evaluates the policies for a subject, and whether real Cloudflare would decide the same. Results are cached. */
import { type Ask, asker } from '../../contracts/behaviours/table.ts'
import { decide, decideSignIn } from '../access/decide.ts'
import type { Rulebook } from '../access/policy.ts'
import type { Holder, Subject } from '../access/subject.ts'
import type { ApplicationRow, GroupRow, PolicyRow } from '../state/rows.ts'
import type { AccountBase } from './base.ts'
import type { DecisionMade, Evaluation } from './evaluation.ts'
import { isStrict } from './organization.ts'

/** Steps of a trail. Thousands of credentials, each with a long one, would fill the memory. */
const longestRemembered = 500

/** The rows that a decision was based on, apart from the application and the credential. */
interface DecisionBasis {
  readonly policies: readonly (PolicyRow | undefined)[]
  /** Every group that was looked up, also those that do not exist. */
  readonly groups: ReadonlyMap<string, GroupRow | undefined>
  readonly holder: Holder | undefined
}

interface RememberedDecision extends DecisionBasis {
  /** The latest version of the state in which these rows were current. */
  readonly version: number
  readonly overrides: object
  readonly ip: string | undefined
  readonly country: string | undefined
  readonly commonName: string | undefined
  readonly certificateRefused: string | undefined
  readonly evaluation: Evaluation
}

/**
 * By application, then by credential: the claims of an application token (the same object while its signature is cached),
 * the row of a service token, or the application itself for an anonymous request.
 */
const remembered = new WeakMap<ApplicationRow, WeakMap<object, RememberedDecision>>()

/**
 * Reuses the evaluation for a subject with at most one credential, until something that it depends on has changed.
 * @param token the subject's verified application token, as sent
 */
export function decisionOf(
  account: AccountBase,
  application: ApplicationRow,
  subject: Subject,
  rulebookOf: (account: AccountBase, application: ApplicationRow) => Rulebook,
  token?: string,
): Evaluation {
  const credential = onlyCredential(account, application, subject)
  if (credential === undefined) {
    const { rulebook, verdict, onlyExpected } = decided(
      decide,
      rulebookOf(account, application),
      subject,
    )
    return { application, subject, rulebook, verdict, onlyExpected, token }
  }
  const { version } = account.state
  const overrides = account.overrides()
  const { ip, country, certificate, certificateRefused } = subject
  const commonName = certificate?.common_name
  const ofApplication = remembered.get(application) ?? new WeakMap<object, RememberedDecision>()
  const known = ofApplication.get(credential)
  if (
    known !== undefined &&
    known.overrides === overrides &&
    known.ip === ip &&
    known.country === country &&
    known.commonName === commonName &&
    known.certificateRefused === certificateRefused
  ) {
    if (known.version === version) return known.evaluation
    if (isCurrent(known, account, application, subject)) {
      ofApplication.set(credential, { ...known, version })
      return known.evaluation
    }
  }
  const rulebook = rulebookOf(account, application)
  const groups = new Map<string, GroupRow | undefined>()
  const lookUp = (id: string) => {
    const group = account.state.tables.groups.get(id)
    groups.set(id, group)
    return group
  }
  const { verdict, onlyExpected } = decided(decide, { ...rulebook, groups: lookUp }, subject)
  const evaluation = { application, subject, rulebook, verdict, onlyExpected, token }
  if (verdict.trail.length > longestRemembered) return evaluation
  ofApplication.set(credential, {
    version,
    overrides,
    ip,
    country,
    commonName,
    certificateRefused,
    evaluation,
    policies: policiesOf(account, application),
    groups,
    holder: subject.applicationToken?.holder,
  })
  remembered.set(application, ofApplication)
  return evaluation
}

/** Whether the rows are still those of the decision: a write to others leaves it standing. */
function isCurrent(
  { policies, groups, holder, evaluation }: RememberedDecision,
  account: AccountBase,
  application: ApplicationRow,
  subject: Subject,
): boolean {
  const { tables } = account.state
  const now = policiesOf(account, application)
  return (
    policies.every((row, index) => row === now[index]) &&
    [...groups].every(([id, group]) => tables.groups.get(id) === group) &&
    isStrict(account) === evaluation.rulebook.strict &&
    isSameHolder(subject.applicationToken?.holder, holder)
  )
}

/** Read from rows at each request, so equal ones may be different objects. */
function isSameHolder(one: Holder | undefined, other: Holder | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

/** The linked policies. A changed row is a new object. */
function policiesOf({ state }: AccountBase, { links }: ApplicationRow) {
  return links.map(({ id }) => state.tables.policies.get(id))
}

/** The object that identifies the subject, if a single one does. The service token's secret has already been checked. */
function onlyCredential(
  account: AccountBase,
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
