/** Access applications: one schema for all types (api-applications). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import {
  audTag,
  count,
  duration,
  epochSecond,
  queryBoolean,
  timestamp,
  uuid,
} from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'
import { withServerFields } from '../declaration/seed-item.ts'
import { applicationTypes } from './application-types.ts'
import { destination } from './destinations.ts'
import { recordedDetails } from './details.ts'
import { oauthConfiguration } from './oauth-configuration.ts'
import { policy } from './policies.ts'
import { policyItem, seedPolicyItem } from './policy-items.ts'
import { scimProvisioning } from './scim-provisioning.ts'

const path = '/access/apps'

const applicationType = once(() => z.enum(applicationTypes, { error: recordedDetails.appType }))

const corsHeaders = once(() =>
  z.looseObject({
    allow_all_headers: z.boolean().optional(),
    allow_all_methods: z.boolean().optional(),
    allow_all_origins: z.boolean().optional(),
    allow_credentials: z.boolean().optional(),
    allowed_headers: z.array(z.string()).optional(),
    allowed_methods: z.array(z.string()).optional(),
    allowed_origins: z.array(z.string()).optional(),
    max_age: z.number().min(-1).max(86400).optional(),
  }),
)

const settable = once(() => ({
  name: z.string().optional(),
  domain: z.string().nullable().optional(),
  self_hosted_domains: z.array(z.string()).optional(),
  destinations: z.array(destination()).optional(),
  allow_authenticate_via_warp: z.boolean().optional(),
  allow_iframe: z.boolean().optional(),
  allowed_idps: z.array(z.string()).optional(),
  app_launcher_logo_url: z.string().optional(),
  app_launcher_visible: z.boolean().optional(),
  auto_redirect_to_identity: z.boolean().optional(),
  bg_color: z.string().optional(),
  cors_headers: corsHeaders().optional(),
  custom_deny_message: z.string().optional(),
  custom_deny_url: z.string().optional(),
  custom_non_identity_deny_url: z.string().optional(),
  custom_pages: z.array(z.string()).optional(),
  eager_redirect_cookie_setting: z.boolean().optional(),
  enable_binding_cookie: z.boolean().optional(),
  footer_links: z.array(z.looseObject({ name: z.string(), url: z.string() })).optional(),
  header_bg_color: z.string().optional(),
  http_only_cookie_attribute: z.boolean().optional(),
  landing_page_design: z.looseObject({}).optional(),
  logo_url: z.string().optional(),
  mfa_config: z.looseObject({}).optional(),
  oauth_configuration: oauthConfiguration().optional(),
  options_preflight_bypass: z.boolean().optional(),
  path_cookie_attribute: z.boolean().optional(),
  read_service_tokens_from_header: z.string().optional(),
  saas_app: z.looseObject({ auth_type: z.string().optional() }).optional(),
  same_site_cookie_attribute: z.string().optional(),
  scim_config: scimProvisioning().optional(),
  service_auth_401_redirect: z.boolean().optional(),
  session_duration: duration().optional(),
  skip_app_launcher_login_page: z.boolean().optional(),
  skip_interstitial: z.boolean().optional(),
  tags: z.array(z.string()).optional(),
  target_criteria: z
    .array(z.looseObject({ port: z.number().int(), target_attributes: z.looseObject({}) }))
    .optional(),
  use_clientless_isolation_app_launcher_url: z.boolean().optional(),
}))

export const application = once(() =>
  z.object({
    id: uuid(),
    uid: uuid(),
    type: applicationType(),
    aud: audTag(),
    ...settable(),
    domain_type: z.string().optional(),
    policies: z.array(policy()),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)
export type Application = z.output<ReturnType<typeof application>>

/** `policies` absent or null on a replace keeps them, `[]` removes all (api-application-policies). */
export const applicationBody = once(() =>
  z.looseObject({
    type: applicationType(),
    ...settable(),
    policies: z.array(policyItem()).nullable().optional(),
  }),
)
export type ApplicationBody = z.output<ReturnType<typeof applicationBody>>

export const applicationSettings = once(() =>
  z.object({ allow_iframe: z.boolean().optional(), skip_interstitial: z.boolean().optional() }),
)
const settingsBody = once(() => z.looseObject(applicationSettings().shape))

/** The result of checking a person's identity against this application. */
export const userPolicyCheck = once(() =>
  z.object({
    app_state: z
      .looseObject({
        app_uid: uuid(),
        aud: z.string(),
        hostname: z.string(),
        name: z.string(),
        policies: z.array(z.looseObject({})),
        status: z.string(),
      })
      .optional(),
    user_identity: z.looseObject({}).optional(),
  }),
)

export const applicationExample = {
  type: 'self_hosted',
  name: 'Internal wiki',
  domain: 'wiki.example.com',
  session_duration: '24h',
} as const

const writeErrors = ['application_already_exists', 'conflict', 'not_found'] as const
const item = `${path}/{app_id}` as const
const source = ['api-applications', 'api-application-fields'] as const
const common = { scope: 'account_or_zone', evidence: 'documented', source } as const
const settings = {
  ...common,
  path: `${item}/settings`,
  body: settingsBody,
  result: applicationSettings,
  status: 202,
  errors: ['invalid_request', 'unknown_application'],
} as const

export const applications = resource(
  {
    name: 'applications',
    one: 'an application',
    many: 'applications',
    path,
    param: 'app_id',
    scope: 'account_or_zone',
    table: 'applications',
    labels: ['name', 'domain'],
    after: ['identityProviders', 'tags', 'serviceTokens', 'groups', 'reusablePolicies'],
    paging: { per_page: 1000, max: 1000 },
    entity: application,
    body: applicationBody,
    derived: ['policies'],
    kept: () => ({
      /** The application's policies, own and reusable, each with its precedence. */
      links: z.array(z.strictObject({ id: uuid(), precedence: count() })).readonly(),
      /** Tokens issued at or before this second are refused (`revoke_tokens`). */
      revoked_at: epochSecond().optional(),
      /** The client secret of an OIDC SaaS application: returned on creation, never again. */
      saas_secret: z.string().optional(),
    }),
    seedItem: once(() =>
      withServerFields({ entity: application }, applicationBody()).extend({
        policies: z.array(seedPolicyItem()).default([]),
      }),
    ),
    deleted: once(() => z.object({ id: uuid() })),
    deleteStatus: 202,
    filters: () => ({
      name: z.string().optional(),
      domain: z.string().optional(),
      aud: z.string().optional(),
      exact: queryBoolean().optional(),
      search: z.string().optional(),
      target_attributes: z.string().optional(),
    }),
    writeErrors,
    unknown: 'unknown_application',
    evidence: 'documented',
    source,
    recognisedBy: [['aud', 'type']],
    example: applicationExample,
    lifeCycle: {
      body: ({ name, host }) => ({ ...applicationExample, name: name('wiki'), domain: host() }),
      change: ({ name }) => ({ name: name('renamed'), session_duration: '1h' }),
      invalid: {
        'no type': { name: 'x', domain: 'x.example' },
        'an unknown type': { type: 'castle', name: 'x' },
        'no domain': { type: 'self_hosted', name: 'x' },
        'a session duration that is none': {
          type: 'self_hosted',
          domain: 'x.example',
          session_duration: 'long',
        },
      },
    },
  },
  () => ({
    replaceSettings: endpoint({
      ...settings,
      id: 'applications.replaceSettings',
      summary: 'Replace the settings of an application',
      method: 'PUT',
    }),
    patchSettings: endpoint({
      ...settings,
      id: 'applications.patchSettings',
      summary: 'Change the settings of an application',
      method: 'PATCH',
    }),
    revokeTokens: endpoint({
      ...common,
      source: ['api-revocation'],
      id: 'applications.revokeTokens',
      summary: 'Revoke every token of an application',
      method: 'POST',
      path: `${item}/revoke_tokens`,
      result: once(() => z.object({})),
      status: 202,
      errors: ['unknown_application'],
    }),
    userPolicyChecks: endpoint({
      ...common,
      source: ['api-user-policy-checks'],
      id: 'applications.userPolicyChecks',
      summary: 'Check a person against the policies of an application',
      method: 'GET',
      path: `${item}/user_policy_checks`,
      result: userPolicyCheck,
      status: 200,
      errors: ['unknown_application'],
    }),
  }),
)
