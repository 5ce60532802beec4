/** The input of both oracle and emulator: one application, its groups, credentials and requests. */
import type { Decision } from '../../../contracts/api/policies.ts'
import type { Rule, RuleLists } from '../../../contracts/api/rules.ts'

export type Profile = 'expected' | 'observed' | 'strict'

export interface Policy extends RuleLists {
  readonly decision: Decision
}

export interface Setting {
  readonly policies: readonly Policy[]
  /** `groups[n]` has the id `groupIds[n]`. */
  readonly groups: readonly RuleLists[]
}

export interface Place {
  readonly ip: string
  readonly country: string
  /** Common name of the client certificate; none without. */
  readonly certificate?: string
}

export interface Person {
  readonly email: string
  readonly provider: keyof typeof providers
  readonly groups?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Service tokens: two permanent ones, one that lives an hour, one that is disabled. */
export const machines = {
  A: { id: '11111111-1111-4111-8111-11111111111a', digit: 'a' },
  B: { id: '11111111-1111-4111-8111-11111111111b', digit: 'b' },
  hour: { id: '11111111-1111-4111-8111-11111111111c', digit: 'c', duration: '1h' },
  disabled: { id: '11111111-1111-4111-8111-11111111111d', digit: 'd', enabled: false },
} as const
export type Machine = keyof typeof machines

export const providers = {
  onetimepin: '22222222-2222-4222-8222-222222222221',
  okta: '22222222-2222-4222-8222-222222222222',
  azureAD: '22222222-2222-4222-8222-222222222223',
  saml: '22222222-2222-4222-8222-222222222224',
  oidc: '22222222-2222-4222-8222-222222222225',
  github: '22222222-2222-4222-8222-222222222226',
  'google-apps': '22222222-2222-4222-8222-222222222227',
} as const

export const applicationId = '44444444-4444-4444-8444-444444444444'

export const groupIds = [0, 1, 2, 3].map((n) => `33333333-3333-4333-8333-33333333333${n}`)

export interface Request {
  readonly place: Place
  /** `wrong` has a secret that is not A's, `half` no secret. */
  readonly pair?: Machine | 'wrong' | 'half'
  /** Which of the tokens obtained earlier it carries. */
  readonly held?: { readonly of: 'people' | 'machines'; readonly at: number }
  readonly carrier: 'cookie' | 'cf-access-token' | 'cf-access-jwt-assertion'
}

export interface Scenario {
  /** State when the tokens were obtained. */
  readonly before: Setting
  /** State at the time of the requests. */
  readonly now: Setting
  readonly people: readonly { readonly person: Person; readonly place: Place }[]
  readonly machines: readonly { readonly machine: Machine; readonly place: Place }[]
  /** Seconds between. */
  readonly passed: number
  /** A service token that ended in between. */
  readonly ended?: { readonly machine: 'A' | 'B'; readonly how: 'disabled' | 'deleted' }
  /** Whether everyone signed in again elsewhere, with other groups and claims. */
  readonly changed: boolean
  readonly requests: readonly Request[]
}

/** Whether a rule of the setting names the service token: it cannot be deleted then. */
export function names(setting: Setting, machine: Machine): boolean {
  return JSON.stringify(setting).includes(machines[machine].id)
}

/** Names of the service tokens whose pair authenticates at the requests. */
export function standing({ passed, ended }: Pick<Scenario, 'passed' | 'ended'>): Machine[] {
  return (['A', 'B', 'hour'] as const).filter(
    (machine) => machine !== ended?.machine && (machine !== 'hour' || passed < 3600),
  )
}

/** Lifetime of an application token in seconds; no session duration is set. */
export const tokenLife = 24 * 3600

export type { Rule, RuleLists }
