/** What an account stores. Field names are the wire's; `extra` keeps fields of a request that no contract names. */
import type { resources } from '../../contracts/api/operations.ts'
import type { ApplicationTokenClaims, Identity } from '../../contracts/claims.ts'
import type { OauthClientAuthentication } from '../../contracts/edge/oauth.ts'
import type { Extra, RowOf } from '../../contracts/row.ts'

export interface AccountZone {
  readonly id: string
  readonly name: string
}

/** What an account is, beside what it stores. */
export interface AccountIdentity {
  readonly id: string
  readonly name: string
  readonly zones: readonly AccountZone[]
  readonly api_token: string
  readonly api_key: string
  readonly email: string
}

type Resources = typeof resources

/** Of the declared resources, by their tables. */
export type ResourceRows = {
  [N in keyof Resources as Resources[N] extends { readonly table: infer T extends string }
    ? T
    : never]: RowOf<Resources[N]>
}

export type ApplicationRow = ResourceRows['applications']
export type PolicyRow = ResourceRows['policies']
export type GroupRow = ResourceRows['groups']
export type IdentityProviderRow = ResourceRows['identity_providers']
export type ServiceTokenRow = ResourceRows['service_tokens']
export type OrganizationRow = ResourceRows['organization']
export type TagRow = ResourceRows['tags']
export type DnsRecordRow = ResourceRows['dns_records']
export type WorkerRouteRow = ResourceRows['worker_routes']
/** A policy of an application, its own or a reusable one, at its place in the order. */
export type PolicyLink = ApplicationRow['links'][number]

/** A host that is a Worker, or a preview deployment of one, as the seed says. */
export interface WorkerHostRow {
  readonly id: string
  readonly worker: string
  readonly preview: boolean
}

/** A host, or a pattern of hosts, that an application left: it exists on, as its DNS record would. */
export interface FormerHostRow {
  readonly id: string
}

/** Rotation of the signing keys; which keys these are follows from it (`access/keyring.ts`). */
export interface KeyringRow {
  readonly id: 'keyring'
  readonly generation: number
  /** Milliseconds since the epoch. */
  readonly rotated_at: number
  readonly interval_days: number
}

/** Someone who signed in. */
export interface UserRow {
  readonly id: string
  readonly email: string
  readonly name?: string
  readonly groups?: readonly string[]
  readonly claims?: Extra
  readonly country?: string
  readonly identity_provider_id?: string
  /** Tokens issued at this second or before are refused (logout, `revoke_user`). */
  readonly revoked_at?: number
  readonly created_at: string
}

/** What a person was when they signed in: their token or global session keeps it until its end. */
export interface SessionRow {
  /** The `identity_nonce` of the token. */
  readonly id: string
  readonly user_id: string
  readonly identity: Identity
  /** The end of the token, in seconds since the epoch. */
  readonly exp: number
}

/** A service token that was deleted: its JWTs name it by the client id alone. */
export interface DeletedServiceTokenRow {
  /** The client id. */
  readonly id: string
  readonly token_id: string
  readonly name: string
}

/** A client that registered itself with the team, for Managed OAuth. */
export interface OauthClientRow {
  /** The client id. */
  readonly id: string
  readonly name?: string
  readonly redirect_uris: readonly string[]
  readonly grant_types: readonly string[]
  readonly token_endpoint_auth_method: OauthClientAuthentication
  /** Of its client secret, where it authenticates by one. */
  readonly secret_digest?: string
  /** Seconds since the epoch. */
  readonly issued_at: number
}

/** What a person let a client do in their name: the code, and what came of it. Times are seconds since the epoch. */
export interface OauthGrantRow {
  readonly id: string
  readonly client_id: string
  readonly application_id: string
  readonly user_id: string
  /** Who they were when they signed in. */
  readonly identity: Identity
  readonly redirect_uri: string
  /** As the client named it; empty where it named none. */
  readonly resource: string
  /** The policy that admitted them, and from where they came. */
  readonly policy_id?: string
  readonly country?: string
  readonly code_digest: string
  readonly code_challenge?: string
  readonly is_exchanged: boolean
  readonly issued_at: number
  readonly exp: number
  /** How many refresh tokens there were. */
  readonly rotation: number
  readonly refresh_digest?: string
  /** Of the refresh token before that. */
  readonly previous_digest?: string
}

/** An opaque access token. */
export interface OauthTokenRow {
  /** Digest of the token. */
  readonly id: string
  readonly grant_id: string
  /** What the origin is told of its holder. */
  readonly claims: ApplicationTokenClaims
}

/** How many objects of one kind and natural key were ever made: the ordinal in their ids. */
export interface CounterRow {
  readonly id: string
  readonly count: number
}

export interface Rows extends ResourceRows {
  worker_hosts: WorkerHostRow
  former_hosts: FormerHostRow
  keyring: KeyringRow
  users: UserRow
  sessions: SessionRow
  deleted_service_tokens: DeletedServiceTokenRow
  counters: CounterRow
  oauth_clients: OauthClientRow
  oauth_grants: OauthGrantRow
  oauth_tokens: OauthTokenRow
}
export type TableName = keyof Rows
