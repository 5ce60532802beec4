/** What the doctor knows: what it was given, and what each probe saw. The planner reads nothing else. */

import type { Application } from '../../contracts/api/applications.ts'
import type { Group } from '../../contracts/api/groups.ts'
import type { Organization } from '../../contracts/api/organization.ts'
import type { ServiceToken } from '../../contracts/api/service-tokens.ts'
import type { Advice } from '../../contracts/control/advice.ts'
import type { Drift } from '../api/drift.ts'
import type { Partially } from '../api/reading.ts'
import type { Secret } from '../secret.ts'
import type { MetaClaims } from '../token/meta.ts'
import type { EdgeKind } from '../transport/edge.ts'
import type { TokenFacts } from './jwt.ts'

/** The questions that a probe asks, each at most once. */
export const probeNames = {
  asked: 'the URL itself, where it is no application: a path of Access, the team domain, the API',
  bare: 'GET on the application without credentials',
  pair: 'GET on the application with the pair',
  invented: 'GET on the application with a pair that nobody made',
  token:
    'GET on the application with the application token of the failing exchange, and its CF_Binding, alone',
  metadata: 'HEAD on the application that asks for cf-access-metadata, without credentials',
  below: 'GET below the path asked, without credentials',
  well_known: 'GET on the protected-resource document of the application',
  exchange: 'POST on the exchange endpoint of the application host',
  certs: 'GET on certs of the team domain',
  given_certs: 'GET on certs of the team that was given, or that issued the token',
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

/** One answer, as far as the doctor reads it. */
export interface SeenAnswer {
  readonly method: string
  /** Without its query. */
  readonly url: string
  /** Null where no whole answer came; `failure` says how. */
  readonly status: number | null
  /**
   * `unresolved`: the name has no address. `refused`: nothing listens. `late`: not within the time allowed.
   * `untrusted`: the certificate is not trusted here. `proxy`: a proxy on the way lets nobody through to the name.
   */
  readonly failure?: 'unresolved' | 'refused' | 'cut' | 'late' | 'untrusted' | 'proxy'
  readonly ray: string | undefined
  readonly kind: EdgeKind
  readonly header: (name: string) => string | null
  readonly meta: MetaClaims | undefined
  /** Host of the login page. */
  readonly team: string | undefined
  /** AUD tag that the answer names. */
  readonly aud: string | undefined
  /** What came as `CF_Authorization`. */
  readonly token: TokenFacts | undefined
  /** The beginning of the body. Matched against, never shown. */
  readonly body: string
  /** The `Date` header, milliseconds. */
  readonly dateMs: number | undefined
  readonly tookMs: number
}

/** In which form a request carried what. */
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
  /** Cookies named `CF_Authorization`. */
  readonly authorizationCookies: number
}

/** An exchange that somebody saw and handed in. */
export interface ProbedExchange {
  readonly url: URL
  readonly method: string
  readonly request: (name: string) => string | null
  readonly carried: Carried
  readonly answer: SeenAnswer
}

/** Errors of the API's envelope, met or handed in. */
export interface ApiRefusal {
  readonly status: number | null
  /** Codes, chains included. */
  readonly codes: readonly number[]
  readonly messages: readonly string[]
  /** `METHOD /path` below `/client/v4`, where known. */
  readonly call: string | undefined
  readonly ray: string | undefined
}

/** An application, and the rest, as far as the API's answer could be read: any field may be missing. */
export type ReadApplication = Partially<Application>
export type ReadPolicy = NonNullable<ReadApplication['policies']>[number]
export type ReadServiceToken = Partially<ServiceToken>

export interface AccountFacts {
  readonly applications?: readonly ReadApplication[]
  readonly service_tokens?: readonly ReadServiceToken[]
  readonly groups?: readonly Partially<Group>[]
  readonly organization?: Partially<Organization>
  /** Whether the API says that its own token is good. */
  readonly api_token?: 'active' | 'refused'
}

/** The pair as given: what is wrong with it is known before anything is sent. */
export interface PairGiven {
  readonly status: 'none' | 'incomplete' | 'malformed' | 'usable'
  readonly client_id?: string
  readonly problem?: string
}

/** A refusal that an emulator can be asked to explain: that of a probe. */
export type RefusedProbe = 'bare' | 'pair' | 'token'

/** What an emulator says would let a refused probe in, each tried on its decision; or why it says nothing. */
export type Explained =
  | { readonly kind: 'tried'; readonly advice: readonly Advice[] }
  | { readonly kind: 'untried'; readonly because: string }

export type UrlKind = 'application' | 'exchange' | 'own_path' | 'team' | 'transfer' | 'api'

export interface ObservedFacts {
  readonly url: URL
  readonly kind: UrlKind
  /** Where the application is asked: the URL, or the root of its host where the URL is a path of Access itself. */
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
  /** Those before it. */
  readonly earlier: readonly ProbedExchange[]
  readonly seen: Readonly<Partial<Record<ProbeName, SeenAnswer>>>
  readonly account: AccountFacts
  /** Where the API's answers were not what the contract says, by probe. */
  readonly drift: Readonly<Partial<Record<ProbeName, readonly Drift[]>>>
  /** Refusals of the API by probe; `asked` and `observed` are the subject itself. */
  readonly refusals: Readonly<Partial<Record<ProbeName | 'observed', ApiRefusal>>>
  /** Whether an emulator answers, which can be asked what would let a request in. */
  readonly canExplain: boolean
  readonly explained: Readonly<Partial<Record<RefusedProbe, Explained>>>
  /** Now, by the edge's own clock where an answer told it. */
  readonly nowMs: number
  /** Now, by the clock of this machine. */
  readonly ownNowMs: number
}
