/** Shared by the rows about a refused pair: the gate, and what the account says once it was read. */
import {
  applicationOf,
  isWhole,
  type KnownPolicy,
  missing,
  namesGroup,
  policiesOf,
  serviceTokenOf,
  standingOf,
  type TokenStanding,
} from '../account.ts'
import { ask, type CheckResult, no, out } from '../check.ts'
import { type Gate, gateOf } from '../gate.ts'
import type {
  ObservedFacts,
  ReadApplication,
  ReadServiceToken,
  SeenAnswer,
} from '../observation.ts'

export type RefusedGate = Extract<Gate, { kind: 'refused' }> & {
  /** Undefined if the API does not say, null if the account has none. */
  readonly application: ReadApplication | null | undefined
  readonly token: ReadServiceToken | null | undefined
  /** The application's policies; undefined if they, or a group they name, could not be read. */
  readonly policies: readonly KnownPolicy[] | undefined
  /** How each policy applies to the token; empty if the policies or the token are unknown. */
  readonly standings: readonly TokenStanding[]
}

/** Runs `look` on a refused pair, with everything the API can say about it. */
export function whenRefused(
  facts: ObservedFacts,
  look: (refused: RefusedGate) => CheckResult,
): CheckResult {
  const gate = gateOf(facts)
  if (gate.kind === 'ask') return gate
  if (gate.kind === 'passed') return out(`${told(gate.pair, withPair)} Access lets it in.`)
  if (gate.kind !== 'refused') return no
  const wanted = missing(facts, ['applications', 'service_tokens'])
  if (wanted !== undefined) return ask(wanted)
  const application = applicationOf(facts)
  const token = serviceTokenOf(facts)
  const all = application ? policiesOf(application) : undefined
  const naming = all?.some(namesGroup) ?? false
  const groups = naming ? missing(facts, ['groups']) : undefined
  if (groups !== undefined) return ask(groups)
  const isTold = !naming || isWhole(facts, 'groups', ['id', 'include', 'require', 'exclude'])
  const id = token?.id
  const policies = isTold && (!token || id !== undefined) ? all : undefined
  const standings =
    id === undefined ? [] : (policies ?? []).map((policy) => standingOf(facts, policy, { id }))
  return look({ ...gate, application, token, policies, standings })
}

/** `GET https://app.example.com/ with the pair returned 302`, and what else the response says. */
export function told(seen: SeenAnswer, how: string): string {
  const { method, url, status, meta, ray } = seen
  const flags = ['service_token_status', 'auth_status']
    .filter((name) => meta?.[name] !== undefined)
    .map((name) => `${name} ${String(meta?.[name])}`)
  const says = flags.length === 0 ? '' : `; meta says ${flags.join(', ')}`
  const where = seen.kind === 'login' ? ` to the login page of ${seen.team}` : ''
  const answered = status === null ? 'got no response' : `returned ${status}${where}${says}`
  return `${method} ${url} ${how} ${answered}${ray === undefined ? '' : ` (ray ${ray})`}.`
}

export const withPair = 'with the pair'
export const withoutCredentials = 'without credentials'

/** The confidence of a cause whose answer was never published, next to a recorded one (edge-refused-service-token). */
export const inferred = 0.1
/** The confidence of a cause that the account itself shows. */
export const shown = 0.95
