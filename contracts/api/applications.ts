/** Access applications: one schema for all types (api-applications). */
import { z } from 'zod'
import { endpoint, once } from '../endpoint.ts'
import { audTag, duration, queryBoolean, timestamp, uuid } from '../primitives.ts'
import { resource } from '../resource.ts'
import { applicationTypes } from './application-types.ts'
import { recordedDetails } from './details.ts'
import { policy, policyBody } from './policies.ts'

const path = '/access/apps'

const applicationType = once(() => z.enum(applicationTypes, { error: recordedDetails.appType }))

export const destinationTypes = [
  'public',
  'private',
  'via_mcp_server_portal',
  'worker',
  'preview_worker',
  'all_workers',
  'all_preview_workers',
] as const

/** A place that the application protects; `uri` for public ones, host and path with wildcards. */
const destination = once(() =>
  z.looseObject({
    type: z.enum(destinationTypes).default('public'),
    uri: z.string().optional(),
    cidr: z.string().optional(),
    hostname: z.string().optional(),
    port_range: z.string().optional(),
    l4_protocol: z.enum(['tcp', 'udp']).optional(),
    vnet_id: z.string().optional(),
    mcp_server_id: z.string().optional(),
    worker_id: z.string().optional(),
    overrides: z.array(z.looseObject({})).optional(),
  }),
)
export type Destination = z.output<ReturnType<typeof destination>>

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
  oauth_configuration: z.looseObject({ enabled: z.boolean().optional() }).optional(),
  options_preflight_bypass: z.boolean().optional(),
  path_cookie_attribute: z.boolean().optional(),
  read_service_tokens_from_header: z.string().optional(),
  saas_app: z.looseObject({ auth_type: z.string().optional() }).optional(),
  same_site_cookie_attribute: z.string().optional(),
  scim_config: z.looseObject({ idp_uid: z.string(), remote_uri: z.string() }).optional(),
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

/** Links a policy that exists; one with a `decision` is an inline policy. */
const policyLink = once(() =>
  z.looseObject({
    id: uuid(),
    precedence: z.number().int().min(0).optional(),
    decision: z.undefined().optional(),
  }),
)

const inlinePolicy = once(() => policyBody().extend({ id: uuid().optional() }))

/** The second alternative's own words, where the item meant to be an inline policy. */
function itemProblem({ input, errors }: { input?: unknown; errors?: z.core.$ZodIssue[][] }) {
  const inline = typeof input === 'object' && input !== null && 'decision' in input
  const [first] = (inline ? errors?.[2] : undefined) ?? []
  if (first === undefined) return 'must be a policy id, {"id", "precedence"}, or a policy'
  return [...first.path, first.message].join(': ')
}

const policyItem = once(() =>
  z.union([uuid(), policyLink(), inlinePolicy()], {
    error: (issue) => (issue.code === 'invalid_union' ? itemProblem(issue) : undefined),
  }),
)
/** An item of `policies` in a body: an id, a link `{id, precedence?}`, or an inline policy. */
export type PolicyItem = z.output<ReturnType<typeof policyItem>>

/** `policies` absent or null on a replace leaves them as they are, `[]` removes all (api-application-policies). */
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

/** What a person's identity would meet at this application. */
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

export const applications = {
  ...resource({
    ...common,
    name: 'applications',
    one: 'an application',
    many: 'applications',
    path,
    param: 'app_id',
    paging: { per_page: 1000, max: 1000 },
    entity: application,
    body: applicationBody,
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
  }),
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
    id: 'applications.revokeTokens',
    summary: 'Revoke every token of an application',
    source: ['api-revocation'],
    method: 'POST',
    path: `${item}/revoke_tokens`,
    result: once(() => z.object({})),
    status: 202,
    errors: ['unknown_application'],
  }),
  userPolicyChecks: endpoint({
    ...common,
    id: 'applications.userPolicyChecks',
    summary: 'Check a person against the policies of an application',
    source: ['api-user-policy-checks'],
    method: 'GET',
    path: `${item}/user_policy_checks`,
    result: userPolicyCheck,
    status: 200,
    errors: ['unknown_application'],
  }),
} as const
