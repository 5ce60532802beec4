/** The rows of people who are about to sign in: in a browser, and for a program. */
import type { MtlsAuth } from '../../contracts/edge/claims.ts'

/** The certificate of a login: what policies ask of it, and what the identity says of it. */
export interface LoginCertificate {
  readonly certificate?: { readonly common_name: string } | undefined
  readonly mtls_auth?: MtlsAuth | undefined
}

/** What a browser brought to the login page from the application's host. Later forms do not repeat it. */
export interface LoginOrigin extends LoginCertificate {
  /** Digest of the `CF_AppSession` that the login began with. */
  readonly app_session?: string | undefined
}

export interface LoginOriginRow extends LoginOrigin {
  /** The browser's `CF_Session` and the host. */
  readonly id: string
}

/** A login that a browser has begun at the team domain, for one application. */
export interface LoginRow extends LoginOrigin {
  /** The nonce by which its next step finds it. */
  readonly id: string
  /** The browser's `CF_Session`. */
  readonly browser: string
  readonly application_id: string
  readonly hostname: string
  /** The path and query that were requested. */
  readonly path: string
  readonly identity_provider_id: string
  /** Milliseconds since the epoch. */
  readonly began_at: number
  /** For a One-time PIN: the address that it would be mailed to. */
  readonly email?: string
  /** The PIN, if a policy admits the address. */
  readonly pin?: string
  /** How many wrong PINs were entered. */
  readonly tries?: number
  readonly is_used: boolean
}

/** An application token that waits for its browser to come to the application's host. */
export interface PendingLoginRow {
  /** The nonce. */
  readonly id: string
  readonly application_id: string
  readonly hostname: string
  readonly path: string
  readonly state: string
  readonly token: string
  /** Expiry of the token, in seconds since the epoch. */
  readonly exp: number
  /** How long it waits: until then, in milliseconds since the epoch. */
  readonly ends_at: number
  /** Digest of that browser's `CF_AppSession`. */
  readonly app_session?: string | undefined
}

/** Tokens that only the owner of a key can decrypt (sign-in-transfer-box). */
export interface SealedTokens {
  /** Nonce and box, in base64. */
  readonly box: string
  /** The public key that it was sealed with, in base64url. */
  readonly service_public_key: string
}

/** A program's key, from the moment when a browser has opened its approval page. */
export interface TransferRow {
  /** The public key, as sent. */
  readonly id: string
  /** What was approved, until a program takes it. */
  readonly sealed?: SealedTokens
  /** How long it waits: until then, in milliseconds since the epoch. */
  readonly ends_at?: number
}
