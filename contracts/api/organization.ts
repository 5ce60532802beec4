/** The Zero Trust organization: one per account, with its team domain (api-organization). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { queryBoolean, timestamp } from '../declaration/primitives.ts'
import { single } from '../declaration/resource.ts'

const path = '/access/organizations'
const source = ['api-organization'] as const

const settable = once(() => ({
  allow_authenticate_via_warp: z.boolean().optional(),
  auto_redirect_to_identity: z.boolean().optional(),
  cache_device_posture: z.boolean().optional(),
  custom_pages: z
    .looseObject({ forbidden: z.string().optional(), identity_denied: z.string().optional() })
    .optional(),
  /** Blocks hosts of the account's zones that no application covers. */
  deny_unmatched_requests: z.boolean().optional(),
  deny_unmatched_requests_exempted_zone_names: z.array(z.string()).optional(),
  is_ui_read_only: z.boolean().optional(),
  login_design: z
    .looseObject({
      background_color: z.string().optional(),
      text_color: z.string().optional(),
      header_text: z.string().optional(),
      footer_text: z.string().optional(),
      logo_path: z.string().optional(),
    })
    .optional(),
  mfa_config: z.looseObject({}).optional(),
  mfa_piv_key_requirements: z.looseObject({}).optional(),
  mfa_required_for_all_apps: z.boolean().optional(),
  service_token_inactivity: z
    .looseObject({
      action: z.enum(['disable', 'delete']),
      enabled: z.boolean(),
      inactivity_threshold_days: z.number(),
    })
    .optional(),
  session_duration: z.string().optional(),
  /** A refused service token gets 401 or 403 and no cookie (edge-strict-mode). */
  strict_service_token_auth: z.boolean().optional(),
  trusted_accounts: z.array(z.unknown()).optional(),
  ui_read_only_toggle_reason: z.string().optional(),
  user_seat_expiration_inactive_time: z.string().optional(),
  warp_auth_non_browser_401: z.boolean().optional(),
  warp_auth_session_duration: z.string().optional(),
}))

export const organization = once(() =>
  z.object({
    name: z.string(),
    auth_domain: z.string(),
    ...settable(),
    has_migrated_private_apps: z.boolean().optional(),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)
export type Organization = z.output<ReturnType<typeof organization>>

export const organizationBody = once(() =>
  z.looseObject({ name: z.string().min(1), auth_domain: z.string(), ...settable() }),
)
export type OrganizationBody = z.output<ReturnType<typeof organizationBody>>

/**
 * PUT replaces it, PATCH changes parts of it; a PUT without `auth_domain` is `invalid_auth_domain`
 * (api-auth-domain-required).
 */
export const organizationUpdate = once(() =>
  z.looseObject({
    name: z.string().min(1).optional(),
    auth_domain: z.string().optional(),
    ...settable(),
  }),
)
export type OrganizationUpdate = z.output<ReturnType<typeof organizationUpdate>>

/** Whether a text can be a team domain: `<team>.cloudflareaccess.com`, with the team as one DNS label. */
export function isAuthDomain(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.cloudflareaccess\.com$/.test(text)
}

export const organizationDefaults = {
  allow_authenticate_via_warp: false,
  auto_redirect_to_identity: false,
  is_ui_read_only: false,
  login_design: {},
} as const

export const revokeUserBody = once(() =>
  z.looseObject({
    email: z.string().min(1),
    user_uid: z.string().optional(),
    devices: z.boolean().optional(),
    warp_session_reauth: z.boolean().optional(),
  }),
)

const common = { scope: 'account_or_zone', path, result: organization, source } as const

export const organizations = single(
  {
    name: 'organizations',
    one: 'an organization',
    table: 'organization',
    entity: organization,
    body: organizationBody,
    kept: () => ({
      auth_domain: z
        .string()
        .refine(isAuthDomain, 'must be a team domain: <team>.cloudflareaccess.com'),
    }),
    recognisedBy: [['auth_domain'], ['auth_domain', 'name', 'created_at']],
    example: { name: 'Example team', auth_domain: 'example-team.cloudflareaccess.com' },
  },
  {
    get: endpoint({
      ...common,
      id: 'organizations.get',
      summary: 'Get the Zero Trust organization',
      method: 'GET',
      status: 200,
      evidence: 'documented',
    }),
    create: endpoint({
      ...common,
      id: 'organizations.create',
      summary: 'Create the Zero Trust organization',
      method: 'POST',
      body: organizationBody,
      status: 201,
      errors: [
        'invalid_request',
        'organization_exists',
        'invalid_auth_domain',
        'auth_domain_not_available',
      ],
      evidence: 'documented',
    }),
    replace: endpoint({
      ...common,
      id: 'organizations.replace',
      summary: 'Replace the Zero Trust organization',
      method: 'PUT',
      body: organizationUpdate,
      whole: organizationBody,
      status: 200,
      errors: ['invalid_request', 'invalid_auth_domain', 'auth_domain_not_available'],
      evidence: 'documented',
    }),
    patch: endpoint({
      ...common,
      id: 'organizations.patch',
      summary: 'Change the Zero Trust organization',
      method: 'PATCH',
      body: organizationUpdate,
      whole: organizationBody,
      status: 200,
      errors: ['invalid_request', 'invalid_auth_domain', 'auth_domain_not_available'],
      evidence: 'documented',
      source: ['edge-strict-default'],
    }),
    revokeUser: endpoint({
      scope: 'account_or_zone',
      id: 'organizations.revokeUser',
      summary: 'Revoke every Access token of a person',
      method: 'POST',
      path: `${path}/revoke_user`,
      query: once(() => z.object({ devices: queryBoolean().optional() })),
      body: revokeUserBody,
      result: once(() => z.boolean()),
      status: 200,
      errors: ['invalid_request'],
      evidence: 'documented',
      source: ['api-revocation'],
    }),
  },
)
