/** The facts about a request, or about a person at sign-in, that a decision is based on. */
import type { ApplicationTokenClaims, Identity } from '../../contracts/edge/claims.ts'
import type {
  CertificateReason,
  PairReason,
  TokenReason,
  UnusablePairReason,
} from '../../contracts/reasons/table.ts'

export type { Identity } from '../../contracts/edge/claims.ts'

/**
 * The holder of a verified application token: a person as of their sign-in, or the service token that it was issued to.
 * Policies are evaluated for that holder, from the request's own location.
 */
export type Holder =
  | { readonly kind: 'person'; readonly identity: Identity }
  | {
      readonly kind: 'service_token'
      readonly token_id: string
      readonly client_id: string
      readonly name: string
    }

export interface ApplicationToken {
  readonly claims: ApplicationTokenClaims
  readonly holder: Holder
}

/**
 * The client id and secret of a request (edge-service-token-headers). `unusable`: something was sent, but not exactly one
 * pair (only one header, malformed, duplicated, or both forms).
 */
export type PairCheck =
  | { readonly status: 'absent' }
  | { readonly status: 'unusable'; readonly reason: UnusablePairReason }
  | { readonly status: 'invalid'; readonly reason: PairReason; readonly client_id: string }
  | {
      readonly status: 'valid'
      readonly token_id: string
      readonly client_id: string
      readonly name: string
    }

/** An application token that was sent but is not accepted. The request continues as if without it. */
export interface RefusedToken {
  readonly reason: TokenReason
  /** Set if it was signed with one of the published keys. */
  readonly signed?: ApplicationToken
}

/** A token of another application, for rules that link that application (edge-linked-app-token). */
export type LinkedToken =
  | ({ readonly status: 'valid'; readonly app_uid: string } & ApplicationToken)
  | { readonly status: 'invalid'; readonly app_uid: string; readonly reason: TokenReason }

export interface Subject {
  readonly ip?: string
  /** ISO 3166 alpha-2. */
  readonly country?: string
  /** The client certificate, verified at the TLS port or by a local proxy. */
  readonly certificate?: { readonly common_name: string } | undefined
  /** Why the certificate that was presented does not count. Never set together with `certificate`. */
  readonly certificateRefused?: CertificateReason | undefined
  readonly pair: PairCheck
  /** Already verified: signature, `aud`, `iss`, `exp` and revocation. */
  readonly applicationToken?: ApplicationToken | undefined
  /** Never set together with `applicationToken`. */
  readonly refusedToken?: RefusedToken | undefined
  /** Only Service Auth and Bypass policies look at it. */
  readonly linkedToken?: LinkedToken | undefined
  /** Only at sign-in and in explain: an ordinary request never carries one. */
  readonly identity?: Identity | undefined
}
