/** What depends on an application's type: its fixed name and its defaults (api-applications). */

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
  // Since 2026-09-30 (api-end-user-applications).
  'end_user',
] as const
export type ApplicationType = (typeof applicationTypes)[number]

/** Types whose `domain` and `destinations` the edge guards. The `domain` of other types guards nothing. */
export const guardedTypes: ReadonlySet<string> = new Set<ApplicationType>([
  'self_hosted',
  'ssh',
  'vnc',
  'rdp',
  'mcp',
  'mcp_portal',
  'end_user',
])

/** Names of the applications that exist once per account; a name in the body is ignored (api-application-names). */
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
  end_user: {},
  mcp,
  mcp_portal: mcp,
}

/**
 * The fields that a response of this type carries even if they were never set: for a self-hosted application as
 * recorded (api-application-fields), for others as documented (api-application-other-fields).
 */
export function applicationDefaults(type: ApplicationType) {
  return defaults[type]
}

/** Defaults that take effect without being returned (api-application-other-fields). */
export const silentApplicationDefaults = {
  path_cookie_attribute: false,
  eager_redirect_cookie_setting: true,
  use_clientless_isolation_app_launcher_url: false,
  service_auth_401_redirect: false,
  skip_interstitial: false,
} as const
