/** What depends on an application's type: its fixed name, its defaults, and what a body must have (api-facts §5). */
import type { ApplicationBody } from './applications.ts'
import { recordedDetails } from './details.ts'

export const applicationTypes = [
  'self_hosted',
  'saas',
  'ssh',
  'vnc',
  'app_launcher',
  'warp',
  'biso',
  'bookmark',
  'dash_sso',
  'infrastructure',
  'rdp',
  'mcp',
  'mcp_portal',
  'proxy_endpoint',
] as const
export type ApplicationType = (typeof applicationTypes)[number]

/** The names of the applications that an account has once; a name in the body is ignored (api-facts §5). */
export const fixedApplicationNames: { readonly [T in ApplicationType]?: string } = {
  app_launcher: 'App Launcher',
  warp: 'Warp Login App',
  biso: 'Clientless Web Isolation',
  proxy_endpoint: 'Gateway Proxy',
}

const hosted = {
  allowed_idps: [],
  app_launcher_visible: true,
  auto_redirect_to_identity: false,
  enable_binding_cookie: false,
  http_only_cookie_attribute: true,
  options_preflight_bypass: false,
  session_duration: '24h',
  tags: [],
}
const singleton = { allowed_idps: [], auto_redirect_to_identity: false, session_duration: '24h' }
const mcp = {
  allowed_idps: [],
  auto_redirect_to_identity: false,
  http_only_cookie_attribute: true,
  options_preflight_bypass: false,
  session_duration: '24h',
  tags: [],
}

const defaults: { readonly [T in ApplicationType]: Readonly<Partial<typeof hosted>> } = {
  self_hosted: hosted,
  ssh: hosted,
  vnc: hosted,
  rdp: hosted,
  saas: {
    allowed_idps: [],
    app_launcher_visible: true,
    auto_redirect_to_identity: false,
    tags: [],
  },
  bookmark: { app_launcher_visible: true, tags: [] },
  app_launcher: singleton,
  warp: singleton,
  biso: singleton,
  proxy_endpoint: singleton,
  dash_sso: singleton,
  infrastructure: {},
  mcp,
  mcp_portal: mcp,
}

/**
 * The fields that an answer of this type carries though nobody set them. A self-hosted application's are those of a
 * recorded list item; which the other types echo is inferred from their documented fields (api-facts §5).
 */
export function applicationDefaults(type: ApplicationType) {
  return defaults[type]
}

/** Defaults that take effect without being echoed (api-facts §5). */
export const silentApplicationDefaults = {
  path_cookie_attribute: false,
  eager_redirect_cookie_setting: true,
  use_clientless_isolation_app_launcher_url: false,
  service_auth_401_redirect: false,
  skip_interstitial: false,
} as const

const hostedTypes: readonly string[] = ['self_hosted', 'ssh', 'vnc', 'rdp']
const targetTypes: readonly string[] = ['infrastructure', 'rdp']

/** `[detail of invalid_request, whether the body has that problem]`, most basic first. */
const problems: readonly (readonly [string, (body: ApplicationBody) => boolean])[] = [
  [
    'domain is a required field',
    ({ type, domain, destinations, self_hosted_domains }) =>
      hostedTypes.includes(type) &&
      !domain &&
      !destinations?.length &&
      !self_hosted_domains?.length,
  ],
  [
    'target_criteria is a required field',
    ({ type, target_criteria }) => targetTypes.includes(type) && !target_criteria?.length,
  ],
  [
    recordedDetails.domainNotInDestinations,
    (body) => {
      const places = publicUris(body)
      return Boolean(body.domain) && places.length > 0 && !places.includes(body.domain ?? '')
    },
  ],
  [
    'uri is a required field of a public destination',
    ({ destinations }) => destinations?.some(({ type, uri }) => type === 'public' && !uri) ?? false,
  ],
  [
    'worker_id is a required field of a worker destination',
    ({ destinations }) =>
      destinations?.some(({ type, worker_id }) => type.endsWith('worker') && !worker_id) ?? false,
  ],
  [
    'session_duration cannot be set for an infrastructure application',
    ({ type, session_duration }) => type === 'infrastructure' && session_duration !== undefined,
  ],
  [
    'auto_redirect_to_identity needs exactly one of allowed_idps',
    ({ auto_redirect_to_identity, allowed_idps }) =>
      auto_redirect_to_identity === true && (allowed_idps?.length ?? 0) > 1,
  ],
  [
    'options_preflight_bypass cannot be set together with cors_headers',
    ({ options_preflight_bypass, cors_headers }) =>
      options_preflight_bypass === true && cors_headers !== undefined,
  ],
  [
    recordedDetails.oauthPath,
    ({ domain, oauth_configuration }) =>
      oauth_configuration !== undefined &&
      oauth_configuration.enabled !== false &&
      (domain ?? '').replace(/\/$/, '').includes('/'),
  ],
  [
    recordedDetails.precedences,
    ({ policies }) => {
      const given = (policies ?? []).flatMap((item) =>
        typeof item === 'string' || item.precedence === undefined ? [] : [item.precedence],
      )
      return new Set(given).size < given.length
    },
  ],
]

/** The public places of a body; with `destinations`, `self_hosted_domains` is ignored (api-facts §5). */
function publicUris({ destinations, self_hosted_domains }: ApplicationBody): readonly string[] {
  if (destinations === undefined) return self_hosted_domains ?? []
  return destinations.flatMap(({ type, uri }) =>
    type === 'public' && uri !== undefined ? [uri] : [],
  )
}

/**
 * What is wrong with a create or replace body as a whole, as the detail of `invalid_request`; a missing or unknown
 * `type` is the schema's to say. Recorded texts: destinations, precedences, OAuth (api-facts §4). The rest are assumed.
 */
export function applicationProblem(body: ApplicationBody): string | undefined {
  return problems.find(([, holds]) => holds(body))?.[0]
}
