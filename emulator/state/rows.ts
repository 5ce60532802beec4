/** What an account stores. Field names are the wire's; `extra` keeps fields of a request that no contract names. */
import type { resources } from '../../contracts/api/operations.ts'
import type { Identity } from '../../contracts/claims.ts'
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
}
export type TableName = keyof Rows
