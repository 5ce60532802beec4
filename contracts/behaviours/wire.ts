/** Behaviours of Access's own paths, of tokens, cookies and the control plane: what answers look like. */
import { behaviour, everywhere, onOff } from './behaviour.ts'

export const wireBehaviours = {
  // Paths of Access itself
  'path.unknown_body_team': behaviour({
    about: 'Body of a 404 under /cdn-cgi/access/ on the team domain',
    values: ['application_page', 'empty'],
    source: ['edge-path-unknown-team'],
    in: everywhere('application_page', 'assumed'),
  }),
  'path.unknown_application_status': behaviour({
    about: 'Status of the page "Unable to find your Access application!"',
    values: [404, 200],
    source: ['sign-in-application-unknown-status'],
    in: everywhere(404, 'assumed'),
  }),
  'certs.on_application_host': behaviour({
    about: 'Whether certs is also served on the application host',
    values: onOff,
    source: ['edge-certs-application-host'],
    in: everywhere(true, 'assumed'),
  }),
  'certs.order': behaviour({
    about: 'Order of the two keys in certs',
    values: ['previous_first', 'current_first'],
    source: ['edge-certs', 'edge-certs-two-keys'],
    in: everywhere('previous_first', 'documented'),
  }),
  'get_identity.for_service_token': behaviour({
    about: 'Answer of get-identity to a service token: a body with service_token_status, or 400',
    values: ['body', 'error'],
    source: ['edge-get-identity-service-token'],
    in: {
      expected: ['body', 'assumed'],
      observed: ['error', 'assumed'],
      strict: ['error', 'assumed'],
    },
  }),

  // Limits of the edge, before Access
  'request.header_limit': behaviour({
    about:
      'How long request headers may be: 128 KB in all, or, as before 2025-10-16, 32 KB in all and 16 KB each',
    values: ['128_kb', '32_kb_and_16_kb_each'],
    source: ['edge-header-limit'],
    in: everywhere('128_kb', 'documented'),
  }),
  'request.too_large_status': behaviour({
    about: 'Status if request headers are too long: 400 was observed, the changelog says 413',
    values: [400, 413],
    source: ['edge-header-limit-400', 'edge-header-limit'],
    in: everywhere(400, 'recorded'),
  }),

  // Names
  'edge.requires_dns_record': behaviour({
    about:
      'Whether a host that never had a DNS record, Worker route, origin or application answers 530 (error code: 1016), standing in for NXDOMAIN, which an HTTP server cannot show. With even_with_application only a DNS record counts, as at Cloudflare',
    values: [true, false, 'even_with_application'],
    source: ['emulator-dns-record'],
    in: {
      expected: [false, 'emulator_only'],
      observed: [true, 'emulator_only'],
      strict: [true, 'emulator_only'],
    },
  }),

  // Tokens and cookies
  'service_token_jwt.aud': behaviour({
    about: 'aud of a service token JWT',
    values: ['string', 'array'],
    source: ['edge-service-token-jwt'],
    in: everywhere('string', 'recorded'),
  }),
  'service_token_jwt.exp_offset': behaviour({
    about: 'Seconds added to exp of a service token JWT (3601 was observed for 1h)',
    values: [0, 1],
    source: ['edge-service-token-jwt-end'],
    in: everywhere(0, 'assumed'),
  }),
  'jwt.internal_hostname': behaviour({
    about: 'Whether JWTs carry h_INTERNAL_DO_NOT_USE, the host of the request',
    values: onOff,
    source: ['edge-service-token-jwt', 'edge-person-jwt-claims'],
    in: everywhere(true, 'recorded'),
  }),
  'identity_jwt.typ': behaviour({
    about: 'Whether the header of a person’s JWT has a typ',
    values: onOff,
    source: ['edge-person-jwt-claims'],
    in: everywhere(false, 'recorded'),
  }),
  'cookie.app_session_same_site': behaviour({
    about: 'SameSite of CF_AppSession: the dump has no such attribute, the documentation says None',
    values: ['', 'None'],
    source: ['edge-app-session-cookie'],
    in: everywhere('', 'recorded'),
  }),
  'cookie.service_token_http_only': behaviour({
    about: 'Whether the CF_Authorization set for a pair is HttpOnly',
    values: onOff,
    source: ['edge-service-token-cookie'],
    in: everywhere(false, 'recorded'),
  }),

  // The control plane
  'api.duplicate_domain': behaviour({
    about: 'Creating a second application on the same domain: refused with 11010, or accepted',
    values: ['refuse', 'accept'],
    source: ['api-application-exists', 'api-application-exists-accepted'],
    in: everywhere('refuse', 'recorded'),
  }),
  'api.embedded_policy_reusable': behaviour({
    about: 'Whether the policies embedded in an application have the field `reusable`',
    values: onOff,
    source: ['api-own-policy-fields'],
    in: everywhere(true, 'assumed'),
  }),
  'api.applications_order': behaviour({
    about: 'Order of the list of applications',
    values: ['newest_first', 'oldest_first'],
    source: ['api-application-list-order'],
    in: everywhere('newest_first', 'assumed'),
  }),
  'api.permission_missing': behaviour({
    about:
      'The error for an API token without the permission: "Authentication error", or "Forbidden" with the documentation_url of 2026-08-21',
    values: ['authentication_error', 'forbidden'],
    source: ['api-token-unknown', 'api-refusal-documentation', 'api-refusal-documentation-access'],
    in: everywhere('authentication_error', 'assumed'),
  }),
  'api.granular_lists': behaviour({
    about:
      'A list, for an API token with permissions on single objects only: those objects, or 403 as before 2026-08-19',
    values: ['filtered', 'refused'],
    source: ['api-granular-lists', 'api-granular-resources'],
    in: everywhere('filtered', 'documented'),
  }),
  'api.not_enabled_status': behaviour({
    about: 'Status of error 9999 for an account without an organization',
    values: [403, 400, 404],
    source: ['api-not-enabled', 'api-not-enabled-status'],
    in: everywhere(403, 'assumed'),
  }),
  'api.route_unknown_status': behaviour({
    about: 'Status of error 7003',
    values: [404, 400],
    source: ['api-route-unknown', 'api-route-unknown-status'],
    in: everywhere(404, 'assumed'),
  }),
  'api.conflict_should_retry': behaviour({
    about: 'Whether a 409 carries x-should-retry: false, which saves official clients two retries',
    values: onOff,
    source: ['emulator-conflict-no-retry'],
    in: everywhere(true, 'emulator_only'),
  }),
} as const
