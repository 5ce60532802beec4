/** What the rows about a refused pair share: the gate, and what the account says once it was asked. */
import type { Application } from '../../../contracts/api/applications.ts'
import type { ServiceToken } from '../../../contracts/api/service-tokens.ts'
import {
  applicationOf,
  missing,
  namesGroup,
  policiesOf,
  type Standing,
  serviceTokenOf,
  standingOf,
} from '../account.ts'
import { type Gate, gateOf } from '../gate.ts'
import type { Facts, Seen } from '../observation.ts'
import { ask, type Finding, no, out } from '../tell.ts'

export type Refused = Extract<Gate, { kind: 'refused' }> & {
  /** Undefined without an API token, null where the account has none. */
  readonly application: Application | null | undefined
  readonly token: ServiceToken | null | undefined
  /** How each policy stands to the token; empty where one of the two is not known. */
  readonly standings: readonly Standing[]
}

/** Looks at a refused pair, with everything that the API can say of it. */
export function whenRefused(facts: Facts, look: (refused: Refused) => Finding): Finding {
  const gate = gateOf(facts)
  if (gate.kind === 'ask') return ask(gate.probe)
  if (gate.kind === 'passed') return out(`${told(gate.pair, withPair)} Access lets it in.`)
  if (gate.kind !== 'refused') return no
  const wanted = missing(facts, ['applications', 'service_tokens'])
  if (wanted !== undefined) return ask(wanted)
  const application = applicationOf(facts)
  const token = serviceTokenOf(facts)
  const policies = application ? policiesOf(application) : []
  if (policies.some(namesGroup)) {
    const groups = missing(facts, ['groups'])
    if (groups !== undefined) return ask(groups)
  }
  const standings = token ? policies.map((policy) => standingOf(facts, policy, token)) : []
  return look({ ...gate, application, token, standings })
}

/** `GET https://app.example.com/ with the pair answered 302`, and what else the answer says. */
export function told(seen: Seen, how: string): string {
  const { method, url, status, meta, ray } = seen
  const flags = ['service_token_status', 'auth_status']
    .filter((name) => meta?.[name] !== undefined)
    .map((name) => `${name} ${String(meta?.[name])}`)
  const says = flags.length === 0 ? '' : `; meta says ${flags.join(', ')}`
  const where = seen.kind === 'login' ? ` to the login of ${seen.team}` : ''
  const answered = status === null ? 'got no answer' : `answered ${status}${where}${says}`
  return `${method} ${url} ${how} ${answered}${ray === undefined ? '' : ` (ray ${ray})`}.`
}

export const withPair = 'with the pair'
export const withoutCredentials = 'without credentials'

/** The weight of a cause that nobody published an answer for, beside one that was recorded (edge-facts §4.3). */
export const inferred = 0.1
/** Where the account itself shows it. */
export const shown = 0.95
