/** What the OpenID provider decides from values alone: flows, scopes, and the claims of a person. */
import type { CustomClaim, OidcApplication } from '../../contracts/api/oidc-application.ts'
import { secondsOf } from './oauth.ts'
import type { Identity } from './subject.ts'

/** Where the parameters of an answer of the authorization endpoint stand. */
export type ResponseMode = 'query' | 'fragment'

export interface ResponseType {
  readonly code: boolean
  readonly id_token: boolean
  readonly token: boolean
}

/** Undefined where the text is no response type, or the application does not allow it (sign-in-oidc-flows). */
export function responseTypeOf(text: string, app: OidcApplication): ResponseType | undefined {
  const words = text.split(' ')
  const known = new Set(['code', 'id_token', 'token'])
  if (words.some((word) => !known.has(word)) || new Set(words).size < words.length) return undefined
  const type = {
    code: words.includes('code'),
    id_token: words.includes('id_token'),
    token: words.includes('token'),
  }
  const options = app.hybrid_and_implicit_options ?? {}
  const has = (grant: OidcApplication['grant_types'][number]) => app.grant_types.includes(grant)
  const fromHere = type.id_token || type.token
  if (type.id_token && !options.return_id_token_from_authorization_endpoint) return undefined
  if (type.token && !options.return_access_token_from_authorization_endpoint) return undefined
  if (!type.code) return has('implicit') ? type : undefined
  if (fromHere) return has('hybrid') ? type : undefined
  const isAllowed =
    has('authorization_code') || has('authorization_code_with_pkce') || has('hybrid')
  return isAllowed ? type : undefined
}

/** Every response type that an application allows, for its configuration document. */
export function responseTypesOf(app: OidcApplication): string[] {
  const all = [
    'code',
    'id_token',
    'token',
    'id_token token',
    'code id_token',
    'code token',
    'code id_token token',
  ]
  return all.filter((each) => responseTypeOf(each, app) !== undefined)
}

export function hasRefreshTokens({ grant_types }: OidcApplication): boolean {
  return grant_types.includes('refresh_tokens')
}

/** With the challenge that must come at every login. */
export function needsChallenge({ grant_types }: OidcApplication): boolean {
  return grant_types.includes('authorization_code_with_pkce')
}

/** The scopes that a client may ask for (sign-in-oidc-settings). */
export function scopesOf(app: OidcApplication): readonly string[] {
  const scopes = new Set<string>(['openid', ...app.scopes])
  if (hasRefreshTokens(app)) scopes.add('offline_access')
  return [...scopes]
}

/** What is wrong with a `scope`, or the scopes that it names. */
export function readScope(
  text: string | null,
  app: OidcApplication,
): { readonly scopes: readonly string[] } | { readonly problem: string } {
  const scopes = [...new Set((text ?? '').split(' ').filter((each) => each !== ''))]
  if (!scopes.includes('openid')) return { problem: 'scope must contain openid' }
  const allowed = scopesOf(app)
  const stray = scopes.find((each) => !allowed.includes(each))
  return stray === undefined
    ? { scopes }
    : { problem: `The application has no scope ${stray}: it has ${allowed.join(', ')}` }
}

/** A duration in the words of the API of SaaS applications, which knows days as well. */
function withDays(text: string | undefined): string | undefined {
  return text?.replace(/^(\d+)d$/, (_, days) => `${Number(days) * 24}h`)
}

/** Seconds. */
export function oidcLifetimes(app: OidcApplication) {
  return {
    accessToken: secondsOf(withDays(app.access_token_lifetime), 5 * 60),
    refreshToken: secondsOf(withDays(app.refresh_token_options?.lifetime), 30 * 86_400),
  }
}

interface PersonClaims {
  readonly claims: Readonly<Record<string, unknown>>
  /** The custom claim that is required, and that the identity provider did not give. */
  readonly missing?: string
}

/** Names that say what a token is; nobody's claims take their place. */
const reserved = new Set(
  'iss aud sub exp iat nbf nonce at_hash c_hash email name groups auth_time azp jti'.split(' '),
)

/** The claims of a person for some scopes (sign-in-oidc-claims). */
export function personClaims(
  app: OidcApplication,
  scopes: readonly string[],
  { email, name, groups, claims = {}, idp }: Identity,
): PersonClaims {
  const has = (scope: string) => scopes.includes(scope)
  const given: Record<string, unknown> = {}
  if (has('profile')) {
    for (const [each, value] of Object.entries(claims)) {
      if (!reserved.has(each)) given[each] = value
    }
  }
  for (const custom of app.custom_claims) {
    if (!has(custom.scope) || reserved.has(custom.name)) continue
    const value = claims[sourceOf(custom, idp?.id)]
    if (value !== undefined) given[custom.name] = value
    else if (custom.required) return { claims: given, missing: custom.name }
  }
  return {
    claims: {
      ...(has('email') ? { email } : {}),
      ...(has('profile') && name !== undefined ? { name } : {}),
      ...(has('groups') && groups !== undefined
        ? { groups: filtered(groups, app.group_filter_regex) }
        : {}),
      ...given,
    },
  }
}

/** What the identity provider calls the claim. */
function sourceOf({ name, source }: CustomClaim, provider: string | undefined): string {
  const byProvider = source?.name_by_idp
  const own = Array.isArray(byProvider)
    ? byProvider.find(({ idp_id }) => idp_id === provider)?.source_name
    : byProvider?.[provider ?? '']
  return own ?? source?.name ?? name
}

/** Empty if the expression is invalid: better too few groups than all of them. */
function filtered(groups: readonly string[], expression: string | undefined): string[] {
  if (expression === undefined || expression === '') return [...groups]
  try {
    const pattern = new RegExp(expression)
    return groups.filter((group) => pattern.test(group))
  } catch {
    return []
  }
}
