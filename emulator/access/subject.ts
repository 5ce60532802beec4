/** Who asks: the facts about one request, or one person at login, that a decision is made from. */
import type { ApplicationTokenClaims } from '../../contracts/claims.ts'
import type { TokenProblem } from './tokens.ts'

/** A person, as an identity provider described them. `groups` and `claims` come from a mock. */
export interface Identity {
  readonly email: string
  readonly id?: string
  readonly name?: string
  readonly idp?: { readonly id: string; readonly type: string }
  readonly groups?: readonly string[]
  readonly country?: string
  /** OIDC claims or SAML attributes, by name. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Why a pair that was read does not authenticate. Only the journal and explain tell them apart. */
export type PairProblem =
  | 'unknown'
  | 'wrong_secret'
  | 'expired'
  | 'disabled'
  | 'previous_secret_expired'

/**
 * What came in as client id and secret (edge-facts §4.1-4.4). `unusable`: something was sent, but no
 * one pair can be read from it (one header alone, malformed, duplicate, both forms).
 */
export type Pair =
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
  readonly reason: TokenProblem | 'jwt_unverified' | 'jwt_not_bound' | 'jwt_sent_as_bearer'
  /** Where one of the published keys signed it. */
  readonly claims?: ApplicationTokenClaims
}

export interface Subject {
  readonly ip?: string
  /** ISO 3166 alpha-2. */
  readonly country?: string
  /** The client certificate, where a trusted front verified one. */
  readonly certificate?: { readonly common_name: string }
  readonly pair: Pair
  /** Already verified: signature, `aud`, `iss`, `exp`, not revoked. */
  readonly applicationToken?: ApplicationTokenClaims
  /** Never beside `applicationToken`. */
  readonly refusedToken?: RefusedToken
  /** Only at login and in explain: a plain request never carries one. */
  readonly identity?: Identity
}
