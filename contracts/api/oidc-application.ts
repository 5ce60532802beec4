/** The OpenID Connect client of a SaaS application (sign-in-oidc-settings). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'

export const oidcScopes = ['openid', 'email', 'profile', 'groups'] as const
export type OidcScope = (typeof oidcScopes)[number]

export const oidcGrantTypes = [
  'authorization_code',
  'authorization_code_with_pkce',
  'refresh_tokens',
  'hybrid',
  'implicit',
] as const

/** Keyed by identity provider id: in the API's form, or in Terraform's. */
const namesByProvider = once(() =>
  z.union([
    z.record(z.string(), z.string()),
    z.array(z.looseObject({ idp_id: z.string(), source_name: z.string() })),
  ]),
)

const customClaim = once(() =>
  z.looseObject({
    name: z.string(),
    required: z.boolean().optional(),
    scope: z.enum(oidcScopes).default('profile'),
    source: z
      .looseObject({ name: z.string().optional(), name_by_idp: namesByProvider().optional() })
      .optional(),
  }),
)
export type CustomClaim = z.output<ReturnType<typeof customClaim>>

export const oidcApplication = once(() =>
  z.looseObject({
    auth_type: z.literal('oidc'),
    client_id: z.string(),
    redirect_uris: z.array(z.string()).default([]),
    grant_types: z.array(z.enum(oidcGrantTypes)).default(['authorization_code']),
    scopes: z.array(z.enum(oidcScopes)).default([...oidcScopes]),
    access_token_lifetime: z.string().optional(),
    refresh_token_options: z.looseObject({ lifetime: z.string().optional() }).optional(),
    allow_pkce_without_client_secret: z.boolean().default(false),
    group_filter_regex: z.string().optional(),
    hybrid_and_implicit_options: z
      .looseObject({
        return_access_token_from_authorization_endpoint: z.boolean().optional(),
        return_id_token_from_authorization_endpoint: z.boolean().optional(),
      })
      .optional(),
    custom_claims: z.array(customClaim()).default([]),
  }),
)
export type OidcApplication = z.output<ReturnType<typeof oidcApplication>>
