/** Defines a contract case: data with one check in it, which runs against any target. */
import type { Profile } from '../../contracts/behaviours/table.ts'
import type { Evidence } from '../../contracts/evidence/evidence.ts'
import type { Sources } from '../../contracts/evidence/sources.ts'
import type { ApiClient } from '../api/api.ts'
import type { Drift } from '../api/drift.ts'
import type { Credentials } from '../target/credentials.ts'
import type { TargetName } from '../target/target.ts'
import type { Secret } from '../transport/secret.ts'
import type { ClientCredential } from './device.ts'

/**
 * What a case requires of its target besides answering requests.
 * `write`: objects may be created in the account. `hosts`: new names in the zone reach the edge.
 * `seed`: a protected URL and a pair that opens it exist. `clock`: time can be moved.
 * `person`: a person can be signed in without a browser. `outsider`: a second account exists, which must stay
 * inaccessible.
 * `own_account`: the account belongs to the case alone; its organization and keys may be changed.
 * `echo`: the origin behind `hosts` returns the request it received, as JSON.
 * `certificate`: a client certificate can be presented over TLS.
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
  'certificate',
] as const
export type Need = (typeof needs)[number]

/** A URL behind Access and a pair that a Service Auth policy there admits. */
export interface ProtectedUrl {
  readonly url: URL
  readonly pair: Credentials
}

/** A case's only way to communicate. Just `fetch` reaches the network, so wrapping it sees every exchange. */
export interface CaseTarget {
  readonly kind: TargetName
  /** The profile of the emulator; for real Cloudflare, the one that matches its organization. */
  readonly profile: Profile
  /** For real public URLs. Does not follow redirects unless asked: pass `redirect: 'manual'`. */
  readonly fetch: typeof fetch
  readonly api: ApiClient
  /** `https://api.cloudflare.com/client/v4` */
  readonly apiUrl: string
  readonly account: {
    readonly id: string
    readonly api_token: Secret
    /** Set if the account was created for this run. */
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
  /** Signs a person in at an application and returns the application token. */
  signIn?(email: string, application_id: string): Promise<string>
  /** A `fetch` that presents a client certificate to hosts that ask for one. */
  presenting?(credential: ClientCredential): typeof fetch
  /** A unique name by which leftovers can be recognised. */
  name(what: string): string
  /** Called with every answer that differs from its contract. */
  readonly onDrift?: (drift: readonly Drift[]) => void
  /** Resolves once all writes are in force at the edge. */
  settle(): Promise<void>
  /** Registers how to remove what the case just created; runs in reverse order when the case has ended. */
  cleanup(undo: () => Promise<unknown>): void
}

export interface Case {
  /** `operation/what-it-shows`, unique. */
  readonly id: string
  /** A present-tense sentence. */
  readonly title: string
  /** Id of an endpoint, or `gate` for a request to an application. */
  readonly operation: string
  readonly evidence: Evidence
  /** Entries of the evidence register. */
  readonly source: Sources
  /** The profiles in which it holds. */
  readonly profiles: readonly Profile[]
  readonly needs: readonly Need[]
  /** @throws Difference if the answer is different */
  run(target: CaseTarget): Promise<void>
}

/** What is known about a target before a case runs on it. */
export interface Offer {
  readonly kind: TargetName
  readonly profile: Profile
  readonly offers: ReadonlySet<Need>
}

/** Why a case cannot run on a target; undefined if it can. */
export function leftOut(
  { profiles, needs: wanted, evidence }: Pick<Case, 'profiles' | 'needs' | 'evidence'>,
  target: Offer,
): string | undefined {
  if (evidence === 'emulator_only' && target.kind === 'live')
    return 'only an emulator answers like this'
  if (!profiles.includes(target.profile)) {
    return `it holds in ${profiles.join(', ')}, and this is ${target.profile}`
  }
  const missing = wanted.filter((need) => !target.offers.has(need))
  return missing.length === 0 ? undefined : `the target does not offer: ${missing.join(', ')}`
}
