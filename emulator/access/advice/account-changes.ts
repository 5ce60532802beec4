/** Changes to the account that would let the request in as it is. */
import type { Rule } from '../../../contracts/api/rules.ts'
import type { AccessPolicy, Rulebook } from '../policy.ts'
import type { Subject } from '../subject.ts'
import { type Move, ofRulebook } from './move.ts'

export function accountChanges(rulebook: Rulebook, subject: Subject): readonly Move[] {
  const self = selfOf(subject)
  const ofPolicies = (policies: readonly AccessPolicy[]) =>
    policies.flatMap((policy) => rewritings(policy, self))
  return [
    ...ofPolicies(rulebook.policies.filter((policy) => !keepsPeopleOut(policy))),
    ...added(subject),
    ...ofPolicies(rulebook.policies.filter(keepsPeopleOut)),
    ...(rulebook.strict && !rulebook.behaviour('organization.strict_locked') ? [lenient] : []),
  ]
}

/** Whether an Allow policy lets people sign in, which it would not as a Service Auth policy. */
function keepsPeopleOut({ decision, include }: AccessPolicy): boolean {
  const isOfTokens = (rule: Rule) => 'service_token' in rule || 'any_valid_service_token' in rule
  return decision === 'allow' && !include.every(isOfTokens)
}

/** A rule that matches this subject and no one else. */
interface Self {
  readonly rule: Rule
  readonly says: string
  readonly isMachine: boolean
}

function selfOf({ pair, identity, applicationToken }: Subject): Self | undefined {
  const holder = applicationToken?.holder
  const token =
    pair.status === 'valid' ? pair : holder?.kind === 'service_token' ? holder : undefined
  if (token !== undefined) {
    const { token_id, name } = token
    return {
      rule: { service_token: { token_id } },
      says: `the service token "${name}"`,
      isMachine: true,
    }
  }
  const person = identity ?? (holder?.kind === 'person' ? holder.identity : undefined)
  if (person === undefined) return undefined
  const { email } = person
  return { rule: { email: { email } }, says: email, isMachine: false }
}

function rewritings(policy: AccessPolicy, self: Self | undefined): readonly Move[] {
  const { id: policy_id, name, decision } = policy
  const title = `policy "${name}"`
  const replacing = (by: readonly AccessPolicy[]) =>
    ofRulebook((book) => ({
      ...book,
      policies: book.policies.flatMap((one) => (one.id === policy_id ? by : [one])),
    }))
  if (decision === 'allow') {
    return [
      {
        dimension: 'account',
        says: `change the decision of ${title} from allow to non_identity${
          keepsPeopleOut(policy) ? ', after which nobody can sign in by it' : ''
        }`,
        changes: [{ change: 'set_decision', policy_id, decision: 'non_identity' }],
        apply: replacing([{ ...policy, decision: 'non_identity' }]),
      },
    ]
  }
  if (decision !== 'deny') return []
  const excepting: Move[] =
    self === undefined
      ? []
      : [
          {
            dimension: 'account',
            says: `exclude ${self.says} from the deny ${title}`,
            changes: [{ change: 'add_exclude', policy_id, rule: self.rule }],
            apply: replacing([{ ...policy, exclude: [...policy.exclude, self.rule] }]),
          },
        ]
  return [
    ...excepting,
    {
      dimension: 'account',
      says: `remove the deny ${title}, or narrow it`,
      changes: [{ change: 'remove_policy', policy_id }],
      apply: replacing([]),
    },
  ]
}

/** A policy that admits only this subject; undefined if the subject is unknown. */
export function ownPolicy(
  subject: Subject,
): { readonly policy: AccessPolicy; readonly says: string } | undefined {
  const self = selfOf(subject)
  if (self === undefined) return undefined
  const decision = self.isMachine ? 'non_identity' : 'allow'
  const lists = { include: [self.rule], require: [], exclude: [] }
  return {
    policy: { id: '', name: '', decision, precedence: 0, ...lists },
    says: `a policy with the decision ${decision} that includes ${self.says}`,
  }
}

function added(subject: Subject): readonly Move[] {
  const own = ownPolicy(subject)
  if (own === undefined) return []
  const { policy, says } = own
  const { decision, include } = policy
  return [
    {
      dimension: 'account',
      says: `add ${says}`,
      changes: [{ change: 'add_policy', decision, include: [...include] }],
      apply: ofRulebook((book) => ({ ...book, policies: [...book.policies, policy] })),
    },
  ]
}

const lenient: Move = {
  dimension: 'account',
  says: 'turn off strict_service_token_auth of the organization',
  changes: [{ change: 'unset_strict_service_token_auth' }],
  apply: ofRulebook((book) => ({ ...book, strict: false })),
}
