/** What the body of an application must contain as a whole, by type (api-applications, api-application-rules). */
import { isObject } from '../declaration/json.ts'
import type { ApplicationBody } from './applications.ts'
import { recordedDetails } from './details.ts'

const hostedTypes: readonly string[] = ['self_hosted', 'ssh', 'vnc', 'rdp']
const targetTypes: readonly string[] = ['infrastructure', 'rdp']

/** Returned when such an application is given a policy, in its body or by a separate call (api-end-user-policies). */
export const endUserPolicies = 'an end_user application cannot have policies'

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
    // Our own wording (api-saas-refresh-lifetime).
    'refresh_token_options.lifetime is required with the grant refresh_tokens',
    ({ type, saas_app }) =>
      type === 'saas' && grants(saas_app).includes('refresh_tokens') && !lifetimeOf(saas_app),
  ],
  [
    'oauth_configuration is a required field',
    ({ type, oauth_configuration }) => type === 'end_user' && oauth_configuration === undefined,
  ],
  [endUserPolicies, ({ type, policies }) => type === 'end_user' && (policies?.length ?? 0) > 0],
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

function grants(saas: ApplicationBody['saas_app']): readonly unknown[] {
  return Array.isArray(saas?.grant_types) ? saas.grant_types : []
}

function lifetimeOf(saas: ApplicationBody['saas_app']): unknown {
  const options = saas?.refresh_token_options
  return isObject(options) ? options.lifetime : undefined
}

/** The public destinations of a body; with `destinations`, `self_hosted_domains` is ignored (api-destinations). */
function publicUris({ destinations, self_hosted_domains }: ApplicationBody): readonly string[] {
  if (destinations === undefined) return self_hosted_domains ?? []
  return destinations.flatMap(({ type, uri }) =>
    type === 'public' && uri !== undefined ? [uri] : [],
  )
}

/**
 * The problem of a create or replace body as a whole, as the detail of `invalid_request`; undefined if there is none.
 * The schema already checks `type`. Details that are not in `recordedDetails` are our own wording
 * (api-invalid-request-words).
 */
export function applicationProblem(body: ApplicationBody): string | undefined {
  return problems.find(([, holds]) => holds(body))?.[0]
}
