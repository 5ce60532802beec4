/** The rows that an account stores. Field names are those on the wire; `extra` keeps fields that no contract declares. */
import type { ApiToken } from '../../contracts/api/api-tokens.ts'
import type { CertificateSetting } from '../../contracts/api/certificate-settings.ts'
import type { Resources } from '../../contracts/api/operations.ts'
import type { PolicyTestUser } from '../../contracts/api/policy-tests.ts'
import type { RowOf } from '../../contracts/declaration/row.ts'
import type { ApplicationTokenClaims, Identity } from '../../contracts/edge/claims.ts'
import type { OauthClientAuthentication } from '../../contracts/edge/oauth.ts'
import type { LoginOriginRow, LoginRow, PendingLoginRow, TransferRow } from './login-rows.ts'

export interface AccountZone {
  readonly id: string
  readonly name: string
}

/** An account's identity, as opposed to what it stores. */
export interface AccountIdentity {
  readonly id: string
  readonly name: string
  readonly zones: readonly AccountZone[]
  readonly api_token: string
  readonly api_key: string
  readonly email: string
  /** Only for an account that was made while the emulator runs. */
  readonly lease?: AccountLease
}

/** On which terms whoever asked for an account has it. */
export interface AccountLease {
  /** SHA-256 of the token that opens the control API for this account alone. */
  readonly token_digest: string
  /** When the account is deleted: real time, in milliseconds since the epoch. Null: never. */
  readonly ends_at: number | null
  /** The most objects that it may hold. Null: any number. */
  readonly max_objects: number | null
  /** The most bytes that they may have as JSON. Null: any number, as in leases of older releases, which lack it. */
  readonly max_bytes?: number | null
}

/** The rows of the declared resources, by table. */
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
export type CertificateRow = ResourceRows['certificates']
export type CustomPageRow = ResourceRows['custom_pages']
export type SamlCertificateSetRow = ResourceRows['saml_certificates']
export type OrganizationDohRow = ResourceRows['organization_doh']
export type TargetRow = ResourceRows['targets']
export type McpServerRow = ResourceRows['mcp_servers']
export type McpPortalRow = ResourceRows['mcp_portals']
export type WorkerRouteRow = ResourceRows['worker_routes']
/** A person who has signed in, or whom the API created. */
export type UserRow = ResourceRows['users']
/** A link from an application to a policy, its own or a reusable one, with its precedence. */
export type PolicyLink = ApplicationRow['links'][number]

/** A host that the seed declares to be a Worker, or a preview deployment of one. */
export interface WorkerHostRow {
  readonly id: string
  readonly worker: string
  readonly preview: boolean
}

/** A host, or pattern of hosts, that an application no longer covers. It still exists, as its DNS record would. */
export interface FormerHostRow {
  readonly id: string
}

/** The rotation of the signing keys, from which the keys follow (`access/keyring.ts`). */
export interface KeyringRow {
  readonly id: 'keyring'
  readonly generation: number
  /** Milliseconds since the epoch. */
  readonly rotated_at: number
  readonly interval_days: number
}

/** A person's identity when they signed in, kept until their token or global session expires. */
export interface SessionRow {
  /** The `identity_nonce` of the token. */
  readonly id: string
  readonly user_id: string
  readonly identity: Identity
  /** Expiry of the token, in seconds since the epoch. */
  readonly exp: number
  /** When it was issued, in the same. Rows of older releases lack it. */
  readonly iat?: number
  /** Where the token is for an application: which one, and the host of the login. */
  readonly application_id?: string
  readonly hostname?: string
  /** From where the person signed in. */
  readonly ip?: string
  readonly country?: string
}

/** A deleted user: tokens issued to them name their id. */
export interface DeletedUserRow {
  /** That of the user. */
  readonly id: string
  /** Seconds since the epoch. */
  readonly revoked_at: number
}

/** A deleted service token: JWTs issued to it name only its client id. */
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
  /** Of OpenID Connect. */
  readonly scope?: string
  readonly nonce?: string
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

/** What signs the short-lived SSH certificates of an application. */
export interface ShortLivedCertificateCaRow {
  /** That of the application. */
  readonly id: string
  /** Its own id, as the API shows it. */
  readonly ca_id: string
  /** What its key derives from: 96 hex digits. */
  readonly secret: string
}

/** The mTLS settings of one host. */
export interface CertificateSettingRow extends CertificateSetting {
  /** The host name in lower case. */
  readonly id: string
}

/** A policy test, and what came of it for each user of that moment. */
export interface PolicyTestRow {
  readonly id: string
  readonly users: readonly PolicyTestUser[]
}

/** An API token besides the account's own, which may do everything. */
export interface ApiTokenRow extends Readonly<ApiToken> {
  /** SHA-256 of its value, which is not kept. */
  readonly digest: string
}

/** How many objects of a kind and natural key were ever created; part of what their ids derive from. */
export interface CounterRow {
  readonly id: string
  readonly count: number
}

export interface Rows extends ResourceRows {
  worker_hosts: WorkerHostRow
  former_hosts: FormerHostRow
  keyring: KeyringRow
  sessions: SessionRow
  deleted_service_tokens: DeletedServiceTokenRow
  deleted_users: DeletedUserRow
  policy_tests: PolicyTestRow
  counters: CounterRow
  oauth_clients: OauthClientRow
  oauth_grants: OauthGrantRow
  oauth_tokens: OauthTokenRow
  short_lived_certificate_cas: ShortLivedCertificateCaRow
  certificate_settings: CertificateSettingRow
  api_tokens: ApiTokenRow
  logins: LoginRow
  login_origins: LoginOriginRow
  pending_logins: PendingLoginRow
  transfers: TransferRow
}
export type TableName = keyof Rows
