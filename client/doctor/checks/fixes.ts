/**
 * Fixes for accounts that were read: they name the actual objects, and leave out steps that the account contradicts.
 */
import type { Selector } from '../../../contracts/api/rules.ts'
import { hasExpired, type KnownPolicy, type TokenStanding } from '../account.ts'
import type { ObservedFacts, ReadServiceToken } from '../observation.ts'
import type { RefusedGate } from './refusal.ts'

/** What the service token itself needs first; undefined if nothing that was read calls for it. */
function mendingToken(
  token: ReadServiceToken | null | undefined,
  facts: ObservedFacts,
): string | undefined {
  if (!token) return undefined
  const named = `the service token "${token.name ?? ''}" (${token.id ?? ''})`
  const isOver = hasExpired(token, facts)
  if (token.enabled !== false) return isOver ? `refresh ${named}: POST …/refresh` : undefined
  return `set enabled: true on ${named}${isOver ? ' and refresh it: POST …/refresh' : ''}`
}

/** Service Auth policies are evaluated before Allow and Block: one that includes the token is enough. */
export function includingToken({ token, application }: RefusedGate): string | undefined {
  if (token?.id === undefined) return undefined
  return `give the application "${application?.name ?? ''}" a policy with the decision non_identity (Service Auth) that includes ${ruleOf(token.id)}`
}

/** Uses an existing Service Auth policy without further conditions, if there is one. */
export function includingIn(
  policies: readonly KnownPolicy[],
  refused: RefusedGate,
): string | undefined {
  const { token, application } = refused
  const found = policies.find(
    ({ decision, require, exclude }) =>
      decision === 'non_identity' && require.length + exclude.length === 0,
  )
  if (found === undefined || token?.id === undefined) return includingToken(refused)
  return `add ${ruleOf(token.id)} to the include of the policy "${found.name}" (Service Auth) of the application "${application?.name ?? ''}"`
}

function ruleOf(token_id: string): string {
  return `{"service_token": {"token_id": "${token_id}"}}`
}

/**
 * Turning an Allow policy into Service Auth admits whatever its include matches without an identity: `everyone` would
 * open the application, and the people it names would be locked out. Only a policy for service tokens alone, without
 * other conditions, is safe to change.
 */
export function asServiceAuth(standing: TokenStanding, refused: RefusedGate): string | undefined {
  const { policy, requires, excludes, otherExcludes } = standing
  const isPlain = !excludes && requires.length + otherExcludes.length === 0
  if (!isPlain || !policy.include.every((rule) => 'service_token' in rule)) {
    return includingToken(refused)
  }
  return `set the decision of the policy "${policy.name}" (${policy.id}) of the application ${refused.application?.id ?? ''} to non_identity (Service Auth)`
}

/** Whether only a person can satisfy the selector. False for request selectors and unknown ones. */
export function isOfIdentity(selector: string): boolean {
  return personal.has(selector)
}

const personal: ReadonlySet<string> = new Set<Selector>([
  'auth_context',
  'auth_method',
  'azureAD',
  'email',
  'email_domain',
  'email_list',
  'github-organization',
  'gsuite',
  'login_method',
  'oidc',
  'okta',
  'saml',
])

/** What remains once the token is valid: nothing if a policy may already admit it, or no policies were read. */
export function afterMending(refused: RefusedGate): string | undefined {
  const { policies, standings } = refused
  const mayAdmit = standings.some(
    ({ policy, includes, excludes }) => policy.decision === 'non_identity' && includes && !excludes,
  )
  return policies === undefined || mayAdmit ? undefined : includingToken(refused)
}

/** Repairs the token first, then the rest. Undefined if there is nothing to do. */
export function stepsFor(
  { token }: RefusedGate,
  facts: ObservedFacts,
  rest: string | undefined,
): string | undefined {
  const steps = [mendingToken(token, facts), rest].filter((step) => step !== undefined)
  const text = steps.join('. Then ')
  return text === '' ? undefined : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}
