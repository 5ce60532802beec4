/** The doctor's facts: its options, and the answer to each probe. The planner reads nothing else. */

import type { Application } from '../../contracts/api/applications.ts'
import type { Group } from '../../contracts/api/groups.ts'
import type { Organization } from '../../contracts/api/organization.ts'
import type { ServiceToken } from '../../contracts/api/service-tokens.ts'
import type { Advice } from '../../contracts/control/advice.ts'
import type { Drift } from '../api/drift.ts'
import type { Partially } from '../api/reading.ts'
import type { EdgeKind } from '../edge/edge.ts'
import type { MetaClaims } from '../edge/meta.ts'
import type { Secret } from '../transport/secret.ts'
import type { TokenFacts } from './jwt.ts'

/** What each probe requests; each is sent at most once. */
export const probeNames = {
  asked: 'the URL itself, if it is not an application: a path of Access, the team domain, the API',
  bare: 'GET on the application without credentials',
  pair: 'GET on the application with the pair',
  invented: 'GET on the application with an invented pair',
  token:
    'GET on the application with only the application token of the failing exchange, and its CF_Binding',
  metadata: 'HEAD on the application that asks for cf-access-metadata, without credentials',
  below: 'GET below the given path, without credentials',
  well_known: 'GET on the protected-resource document of the application',
  exchange: 'POST on the exchange endpoint of the application host',
  certs: 'GET on certs of the team domain',
  given_certs: 'GET on certs of the given team, or of the team that issued the token',
  program: 'GET on the application as a program that takes JSON, without credentials',
  oauth_resource: 'GET on the protected-resource document of RFC 9728',
  oauth_server: 'GET on the metadata of the authorization server of the team',
  oidc_configuration: 'GET on the configuration document of a SaaS application',
  login_host: 'GET on the host that a login URL names, without credentials',
  applications: 'the list of applications (API)',
  service_tokens: 'the list of service tokens (API)',
  groups: 'the list of groups (API)',
  organization: 'the organization (API)',
  api_token: 'the verification of the API token',
} as const
export type ProbeName = keyof typeof probeNames

/** One response, as far as the doctor reads it. */
export interface SeenAnswer {
  readonly method: string
  /** Without the query. */
  readonly url: string
  /** Null if no complete response came; `failure` says why. */
  readonly status: number | null
  /**
   * `unresolved`: the name has no address. `refused`: nothing listens. `late`: not within the time allowed.
   * `untrusted`: the certificate is not trusted here. `proxy`: a proxy does not allow connections to the host.
   */
  readonly failure?: 'unresolved' | 'refused' | 'cut' | 'late' | 'untrusted' | 'proxy'
  readonly ray: string | undefined
  readonly kind: EdgeKind
  readonly header: (name: string) => string | null
  readonly meta: MetaClaims | undefined
  /** Host of the login page. */
  readonly team: string | undefined
  /** AUD tag that the response names. */
  readonly aud: string | undefined
  /** The token received as `CF_Authorization`. */
  readonly token: TokenFacts | undefined
  /** The beginning of the body. Matched against, never shown. */
  readonly body: string
  /** The `Date` header, in milliseconds. */
  readonly dateMs: number | undefined
  readonly tookMs: number
}

/** Which credentials a request carried, and in which form. */
export interface Carried {
  readonly clientId: string | undefined
  readonly clientSecret: Secret | undefined
  /** A header that holds the pair as JSON, and whether its keys are in lower case. */
  readonly json: { readonly header: string; readonly isLowerCase: boolean } | undefined
  /** What is wrong with the value of a header. */
  readonly malformed: string | undefined
  readonly isTwice: boolean
  readonly token: TokenFacts | undefined
  readonly tokenIn:
    | 'cookie'
    | 'cf-access-token'
    | 'cf-access-jwt-assertion'
    | 'authorization'
    | undefined
  /** Value of the `CF_Binding` cookie. */
  readonly binding: Secret | undefined
  /** Number of cookies named `CF_Authorization`. */
  readonly authorizationCookies: number
}

/** An exchange that was saved and handed in. */
export interface ProbedExchange {
  readonly url: URL
  readonly method: string
  readonly request: (name: string) => string | null
  readonly carried: Carried
  readonly answer: SeenAnswer
}

/** Errors of the API's envelope, received or handed in. */
export interface ApiRefusal {
  readonly status: number | null
  /** Codes, including those of the error chain. */
  readonly codes: readonly number[]
  readonly messages: readonly string[]
  /** `METHOD /path` below `/client/v4`, if known. */
  readonly call: string | undefined
  readonly ray: string | undefined
}

/** An API object as far as it could be read: any field may be missing. */
export type ReadApplication = Partially<Application>
export type ReadPolicy = NonNullable<ReadApplication['policies']>[number]
export type ReadServiceToken = Partially<ServiceToken>

export interface AccountFacts {
  readonly applications?: readonly ReadApplication[]
  readonly service_tokens?: readonly ReadServiceToken[]
  readonly groups?: readonly Partially<Group>[]
  readonly organization?: Partially<Organization>
  /** What the API says of the API token. `over`: it is disabled, or has expired. */
  readonly api_token?: 'active' | 'over' | 'refused'
}

/** The pair as given; malformed halves are known before anything is sent. */
export interface PairGiven {
  readonly status: 'none' | 'incomplete' | 'malformed' | 'usable'
  readonly client_id?: string
  readonly problem?: string
}

/** A probe whose refusal an emulator can explain. */
export type RefusedProbe = 'bare' | 'pair' | 'token'

/** What an emulator says would let a refused probe in, each change tried on its decision; or why it has no answer. */
export type Explained =
  | { readonly kind: 'tried'; readonly advice: readonly Advice[] }
  | { readonly kind: 'untried'; readonly because: string }

export type UrlKind = 'application' | 'exchange' | 'own_path' | 'team' | 'transfer' | 'api'

export interface ObservedFacts {
  readonly url: URL
  readonly kind: UrlKind
  /** Where the application is probed: the URL, or the root of its host if the URL is a path of Access itself. */
  readonly gateUrl: URL
  readonly pair: PairGiven
  /** AUD tag that the client knows. */
  readonly aud: string | undefined
  /** Team domain that the client knows. */
  readonly team: string | undefined
  readonly hasApi: boolean
  /** Whether the steps of Managed OAuth are to be looked at. */
  readonly wantsOauth: boolean
  /** The exchange that failed: the last one handed in. */
  readonly observed: ProbedExchange | undefined
  /** The exchanges before it. */
  readonly earlier: readonly ProbedExchange[]
  readonly seen: Readonly<Partial<Record<ProbeName, SeenAnswer>>>
  readonly account: AccountFacts
  /** Where the API's answers differ from the contract, by probe. */
  readonly drift: Readonly<Partial<Record<ProbeName, readonly Drift[]>>>
  /** Refusals of the API by probe; `asked` and `observed` are the subject itself. */
  readonly refusals: Readonly<Partial<Record<ProbeName | 'observed', ApiRefusal>>>
  /** Whether the target is an emulator, which can say what would let a request in. */
  readonly canExplain: boolean
  readonly explained: Readonly<Partial<Record<RefusedProbe, Explained>>>
  /** Now, by the edge's clock if a response carried its time. */
  readonly nowMs: number
  /** Now, by the clock of this machine. */
  readonly ownNowMs: number
}
