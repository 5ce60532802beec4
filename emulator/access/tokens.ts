/** The claims of each kind of signed token, in the recorded order. All times are in whole seconds. */
import { decodeJwt } from 'jose'
import type { Ask } from '../../contracts/behaviours/table.ts'
import { durationSeconds } from '../../contracts/declaration/primitives.ts'
import type { ApplicationTokenClaims, MtlsAuth } from '../../contracts/edge/claims.ts'
import type { TokenReason } from '../../contracts/reasons/table.ts'

export interface TokenHeader {
  readonly typ?: 'JWT'
  readonly alg: 'RS256'
  readonly kid: string
}

/** Tokens signed at the edge have `typ` first (edge-service-token-jwt, edge-meta). */
export function edgeHeader(kid: string): TokenHeader {
  return { typ: 'JWT', alg: 'RS256', kid }
}

export function identityHeader(kid: string, ask: Ask): TokenHeader {
  return ask('identity_jwt.typ') ? { alg: 'RS256', kid, typ: 'JWT' } : { alg: 'RS256', kid }
}

interface Issue {
  readonly iss: string
  readonly aud: string
  readonly iat: number
  readonly lifetime: number
  readonly hostname: string
}

/** The application token of a service token (edge-service-token-jwt). */
export function serviceTokenClaims(
  { iss, aud, iat, lifetime, hostname }: Issue,
  clientId: string,
  ask: Ask,
): ApplicationTokenClaims {
  return {
    type: 'app',
    iat,
    exp: iat + lifetime + ask('service_token_jwt.exp_offset'),
    iss,
    sub: '',
    aud: ask('service_token_jwt.aud') === 'array' ? [aud] : aud,
    common_name: clientId,
    ...(ask('jwt.internal_hostname') ? { h_INTERNAL_DO_NOT_USE: hostname } : {}),
  }
}

/** The application token of a person (edge-person-jwt, edge-person-jwt-claims). */
export function identityClaims(
  { iss, aud, iat, lifetime, hostname }: Issue,
  person: {
    readonly email: string
    readonly user_uuid: string
    readonly identity_nonce: string
    readonly nbf: number
    readonly country?: string | undefined
    readonly policy_id?: string | undefined
  },
  ask: Ask,
): ApplicationTokenClaims {
  return {
    aud: [aud],
    email: person.email,
    exp: iat + lifetime,
    iat,
    nbf: person.nbf,
    iss,
    type: 'app',
    identity_nonce: person.identity_nonce,
    sub: person.user_uuid,
    ...(ask('jwt.internal_hostname') ? { h_INTERNAL_DO_NOT_USE: hostname } : {}),
    ...(person.country === undefined ? {} : { country: person.country }),
    ...(person.policy_id === undefined ? {} : { policy_id: person.policy_id }),
  }
}

/**
 * The token of the global session (sign-in-global-session-claims). It names no application, so it opens
 * none; its other claims are those of a person's application token (assumed).
 */
export function globalSessionClaims(session: {
  readonly iss: string
  readonly aud: string
  readonly iat: number
  readonly nbf: number
  readonly lifetime: number
  readonly email: string
  readonly user_uuid: string
  readonly identity_nonce: string
}): ApplicationTokenClaims {
  const { iss, aud, iat, nbf, lifetime, email, user_uuid, identity_nonce } = session
  return {
    aud: [aud],
    email,
    exp: iat + lifetime,
    iat,
    nbf,
    iss,
    type: 'org',
    identity_nonce,
    sub: user_uuid,
  }
}

const withoutCertificate: MtlsAuth = {
  cert_issuer_dn: '',
  cert_serial: '',
  cert_issuer_ski: '',
  cert_presented: false,
  common_name: '',
  auth_status: 'NONE',
}

/** The `meta` parameter of a login redirect; valid for 300 seconds (edge-meta). */
export function metaClaims(request: {
  readonly aud: string
  readonly hostname: string
  readonly redirect_url: string
  readonly service_token_status: boolean
  readonly iat: number
  readonly country: string
  /** The client certificate of the connection, if there was one. */
  readonly mtls?: MtlsAuth | undefined
  /** A digest of `CF_AppSession`, if the login is bound to it. */
  readonly app_session?: string | undefined
}): Readonly<Record<string, unknown>> {
  return {
    type: 'meta',
    aud: request.aud,
    hostname: request.hostname,
    redirect_url: request.redirect_url,
    service_token_status: request.service_token_status,
    is_warp: false,
    is_gateway: false,
    exp: request.iat + 300,
    nbf: request.iat,
    iat: request.iat,
    auth_status: 'NONE',
    mtls_auth: request.mtls ?? withoutCertificate,
    real_country: request.country,
    ...(request.app_session === undefined ? {} : { app_session: request.app_session }),
  }
}

/** Which application a host is, for cloudflared (sign-in-metadata). */
export function metadataClaims(application: {
  readonly hostname: string
  readonly auth_domain: string
  readonly aud: string
  readonly app_hostname: string
  readonly iat: number
}): Readonly<Record<string, unknown>> {
  return { type: 'match', ...application }
}

/**
 * The digest of `CF_AppSession` in a `meta` parameter. The signature is not checked: naming another browser's session would
 * require knowing its cookie.
 */
export function appSessionOfMeta(meta: string | null): string | undefined {
  if (meta === null) return undefined
  try {
    const { app_session } = decodeJwt(meta)
    return typeof app_session === 'string' ? app_session.slice(0, 32) : undefined
  } catch {
    return undefined
  }
}

/** The policy's session duration, else the application's, else 24 hours; in seconds (edge-token-duration). */
export function lifetimeSeconds(
  policyDuration: string | null | undefined,
  applicationDuration: string | undefined,
): number {
  const text = policyDuration ?? applicationDuration ?? '24h'
  return Math.floor(durationSeconds(text) ?? 86_400)
}

/** Why a token with a valid signature is still not accepted here; undefined if it is. */
export function tokenProblem(
  claims: ApplicationTokenClaims,
  expected: {
    readonly iss: string
    readonly aud: string
    /** Default: `app`. */
    readonly type?: 'app' | 'org'
    readonly nowMs: number
    /** Tokens issued in this second or earlier are refused. */
    readonly revokedAt: number | undefined
  },
): TokenReason | undefined {
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  if (!audiences.includes(expected.aud)) return 'jwt_of_other_application'
  // AUD tags are unique, so this application's team had another name when the token was issued.
  if (claims.iss !== expected.iss) return 'jwt_of_other_issuer'
  if ((claims.type ?? 'app') !== (expected.type ?? 'app')) return 'jwt_of_other_type'
  if (claims.exp * 1000 <= expected.nowMs) return 'jwt_expired'
  // RFC 7519 4.1.5. Tokens issued to service tokens have no `nbf`.
  if (claims.nbf !== undefined && claims.nbf * 1000 > expected.nowMs) return 'jwt_not_yet_valid'
  if (expected.revokedAt !== undefined && claims.iat <= expected.revokedAt) return 'jwt_revoked'
  return undefined
}
