/** Who asks: the facts about one request, or one person at login, that a decision is made from. */
import type { ApplicationTokenClaims, Identity } from '../../contracts/claims.ts'
import type { TokenProblem } from './tokens.ts'

export type { Identity } from '../../contracts/claims.ts'

/**
 * Whom a verified application token speaks for: a person as they were at their sign-in, or the service token that
 * it was issued to. Whoever holds it is judged as that subject, from where the request comes from now.
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

/** Why a pair that was read does not authenticate. Only the journal and explain tell them apart. */
export type PairProblem =
  | 'unknown'
  | 'wrong_secret'
  | 'expired'
  | 'disabled'
  | 'previous_secret_expired'

/**
 * What came in as client id and secret (edge-service-token-headers). `unusable`: something was sent, but no
 * one pair can be read from it (one header alone, malformed, duplicate, both forms).
 */
export type PairCheck =
  | { readonly status: 'absent' }
  | { readonly status: 'unusable'; readonly reason: string }
  | { readonly status: 'invalid'; readonly reason: PairProblem; readonly client_id: string }
  | {
      readonly status: 'valid'
      readonly token_id: string
      readonly client_id: string
      readonly name: string
    }

/** An application token that came and is no credential; as one without any, the request goes on. */
export interface RefusedToken {
  readonly reason:
    | TokenProblem
    | 'jwt_unverified'
    | 'jwt_not_bound'
    | 'jwt_sent_as_bearer'
    | 'jwt_of_unknown_service_token'
    | 'jwt_of_ended_service_token'
    | 'oauth_token_unknown'
    | 'oauth_token_of_other_application'
    | 'oauth_token_expired'
    | 'oauth_token_revoked'
  /** Where one of the published keys signed it. */
  readonly signed?: ApplicationToken
}

export interface Subject {
  readonly ip?: string
  /** ISO 3166 alpha-2. */
  readonly country?: string
  /** The client certificate, where a trusted front verified one. */
  readonly certificate?: { readonly common_name: string } | undefined
  readonly pair: PairCheck
  /** Already verified: signature, `aud`, `iss`, `exp`, not revoked. */
  readonly applicationToken?: ApplicationToken | undefined
  /** Never beside `applicationToken`. */
  readonly refusedToken?: RefusedToken | undefined
  /** Only at login and in explain: a plain request never carries one. */
  readonly identity?: Identity | undefined
}
