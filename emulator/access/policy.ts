/** An application's policies, on which decisions are based, and their purpose. */

import type { RuleLists } from '../../contracts/api/rules.ts'
import type { Ask } from '../../contracts/behaviours/table.ts'
import type { RuleFacts } from './evaluate.ts'

export type PolicyDecision = 'allow' | 'deny' | 'non_identity' | 'bypass'

export interface AccessPolicy extends RuleLists {
  readonly id: string
  readonly name: string
  readonly decision: PolicyDecision
  readonly precedence: number
  readonly session_duration?: string | undefined
}

export interface Rulebook extends RuleFacts {
  /** In order of precedence. */
  readonly policies: readonly AccessPolicy[]
  readonly behaviour: Ask
  /** The organization's effective `strict_service_token_auth`. */
  readonly strict: boolean
}

/** Whether none of an application's policies is for people. */
export function isServiceAuthOnly(policies: readonly Pick<AccessPolicy, 'decision'>[]): boolean {
  return policies.every(({ decision }) => decision !== 'allow')
}

/** Whether a policy is for service tokens: a Service Auth policy, or an Allow policy if those admit service tokens. */
export function hasServiceAuth({
  policies,
  behaviour: ask,
}: Pick<Rulebook, 'policies' | 'behaviour'>): boolean {
  return policies.some(
    ({ decision }) =>
      decision === 'non_identity' ||
      (decision === 'allow' && ask('policy.allow_admits_service_tokens')),
  )
}
