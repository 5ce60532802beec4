/** What an account stores. Field names are the wire's; `extra` keeps fields of a request that no contract names. */
import type { Application } from '../../contracts/api/applications.ts'
import type { DnsRecord } from '../../contracts/api/dns-records.ts'
import type { Group } from '../../contracts/api/groups.ts'
import type { IdentityProvider } from '../../contracts/api/identity-providers.ts'
import type { Organization } from '../../contracts/api/organization.ts'
import type { Policy } from '../../contracts/api/policies.ts'
import type { ServiceToken } from '../../contracts/api/service-tokens.ts'
import type { WorkerRoute } from '../../contracts/api/worker-routes.ts'
import type { Identity } from '../../contracts/claims.ts'

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

export type Extra = Readonly<Record<string, unknown>>

/** A policy of an application, its own or a reusable one, at its place in the order. */
export interface PolicyLink {
  readonly id: string
  readonly precedence: number
}

export type ApplicationRow = Omit<Application, 'policies'> & {
  readonly links: readonly PolicyLink[]
  /** Tokens issued at this second or before are refused (`revoke_tokens`). */
  readonly revoked_at?: number
  /** The client secret of a SaaS application by OIDC: answered where it is made, never again. */
  readonly saas_secret?: string
  readonly extra: Extra
}

export type PolicyRow = Omit<Policy, 'precedence' | 'app_count'> & {
  /** The application that owns it; a reusable policy has none. */
  readonly application_id?: string
  readonly extra: Extra
}

export type GroupRow = Group & { readonly extra: Extra }

export type IdentityProviderRow = IdentityProvider & {
  /** Secrets of `config`, kept to be kept, never answered. */
  readonly secrets: Extra
  readonly extra: Extra
}

export interface PreviousSecret {
  readonly value: string
  readonly expires_at: string
}

export type ServiceTokenRow = Omit<
  ServiceToken,
  'client_secret' | 'client_secret_version' | 'previous_client_secret_expires_at' | 'expires_at'
> & {
  readonly client_secret: string
  readonly client_secret_version: number
  readonly previous_client_secret?: PreviousSecret
  /** Null: never (`duration: "forever"`). */
  readonly expires_at: string | null
  readonly enabled: boolean
  readonly extra: Extra
}

export type OrganizationRow = Organization & { readonly extra: Extra }

export interface TagRow {
  readonly name: string
  readonly created_at: string
  readonly updated_at: string
  readonly extra: Extra
}

export type DnsRecordRow = Omit<DnsRecord, 'proxiable' | 'meta'> & {
  readonly zone_id: string
  readonly extra: Extra
}

export type WorkerRouteRow = WorkerRoute & { readonly zone_id: string; readonly extra: Extra }

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

export interface Rows {
  applications: ApplicationRow
  policies: PolicyRow
  groups: GroupRow
  identity_providers: IdentityProviderRow
  service_tokens: ServiceTokenRow
  organization: OrganizationRow
  tags: TagRow
  dns_records: DnsRecordRow
  worker_routes: WorkerRouteRow
  worker_hosts: WorkerHostRow
  former_hosts: FormerHostRow
  keyring: KeyringRow
  users: UserRow
  sessions: SessionRow
  deleted_service_tokens: DeletedServiceTokenRow
  counters: CounterRow
}
export type TableName = keyof Rows
