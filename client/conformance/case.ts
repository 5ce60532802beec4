/** What a contract case is: data with one check in it, over whatever target answers (issue 2 §9). */
import type { Profile } from '../../contracts/behaviours/table.ts'
import type { Evidence } from '../../contracts/evidence.ts'
import type { Sources } from '../../contracts/sources.ts'
import type { ApiClient } from '../api/api.ts'
import type { Drift } from '../api/drift.ts'
import type { Secret } from '../secret.ts'
import type { TargetName } from '../target.ts'
import type { Credentials } from '../token/credentials.ts'

/**
 * What a case asks of its target beside answers.
 * `write`: objects may be made in the account. `hosts`: new names in the zone reach the edge.
 * `seed`: a protected URL and a pair that opens it are there already. `clock`: time can be moved.
 * `person`: somebody can be signed in without a browser. `outsider`: another account is there, to be kept out of.
 * `own_account`: the account is the case's own, its organization and keys may be changed.
 * `echo`: the origin behind `hosts` answers with the request it got, as JSON.
 */
export const needs = [
  'write',
  'hosts',
  'seed',
  'clock',
  'person',
  'outsider',
  'own_account',
  'echo',
] as const
export type Need = (typeof needs)[number]

/** A URL behind Access and a pair that a Service Auth policy there admits. */
export interface ProtectedUrl {
  readonly url: URL
  readonly pair: Credentials
}

/** All that a case may speak through. Only `fetch` reaches the network, so wrapping it sees every exchange. */
export interface CaseTarget {
  readonly kind: TargetName
  /** Which world answers: the profile of an emulator; of real Cloudflare, what its organization says. */
  readonly profile: Profile
  /** For real public URLs. Redirects are the caller's: give `redirect: 'manual'`. */
  readonly fetch: typeof fetch
  readonly api: ApiClient
  /** `https://api.cloudflare.com/client/v4` */
  readonly apiUrl: string
  readonly account: {
    readonly id: string
    readonly api_token: Secret
    /** Where it is this run's own. */
    readonly name?: string
  }
  readonly zone: { readonly id: string; readonly name: string }
  /** Host of the team domain. */
  readonly team: string
  readonly seed?: ProtectedUrl
  readonly outsider?: { readonly id: string; readonly team: string; readonly zone_id: string }
  readonly clock?: {
    /** Seconds since the epoch. */
    now(): Promise<number>
    /** Seconds. */
    advance(seconds: number): Promise<void>
  }
  /** Signs a person in at an application; the application token. */
  signIn?(email: string, application_id: string): Promise<string>
  /** A name that nothing else has, and by which a leftover is recognised. */
  name(what: string): string
  /** Hears of every answer to an operation that is not as its contract says. */
  readonly onDrift?: (drift: readonly Drift[]) => void
  /** Resolves once what was written is in force at the edge. */
  settle(): Promise<void>
  /** Says how to remove what the case just made; runs in reverse order when the case has ended. */
  cleanup(undo: () => Promise<unknown>): void
}

export interface Case {
  /** `operation: what it shows`, unique. */
  readonly id: string
  /** A present-tense sentence. */
  readonly title: string
  /** Id of an endpoint, or `gate` for a request to an application. */
  readonly operation: string
  readonly evidence: Evidence
  /** Entries of the evidence register. */
  readonly source: Sources
  /** The worlds in which it holds. */
  readonly profiles: readonly Profile[]
  readonly needs: readonly Need[]
  /** @throws Difference where the answer is another */
  run(target: CaseTarget): Promise<void>
}

/** What is known of a target before a case runs on it. */
export interface Offer {
  readonly kind: TargetName
  readonly profile: Profile
  readonly offers: ReadonlySet<Need>
}

/** Why a case cannot run on a target, in words; undefined where it can. */
export function leftOut(
  { profiles, needs: wanted, evidence }: Pick<Case, 'profiles' | 'needs' | 'evidence'>,
  target: Offer,
): string | undefined {
  if (evidence === 'emulator_only' && target.kind === 'live') return 'only an emulator answers so'
  if (!profiles.includes(target.profile)) {
    return `it holds in ${profiles.join(', ')}, and this is ${target.profile}`
  }
  const missing = wanted.filter((need) => !target.offers.has(need))
  return missing.length === 0 ? undefined : `the target does not offer: ${missing.join(', ')}`
}
