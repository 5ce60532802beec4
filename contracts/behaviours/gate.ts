/** Behaviours of the exchange, the decision and the block: who is let in, and what the others get. */
import { behaviour, everywhere, onOff } from './behaviour.ts'

export const gateBehaviours = {
  // The exchange endpoint
  'service_auth.endpoint': behaviour({
    about: 'Whether POST /cdn-cgi/access/service/auth exists',
    values: ['exchange', 'absent'],
    source: ['emulator-exchange', 'edge-service-auth-absent'],
    in: {
      expected: ['exchange', 'expected'],
      observed: ['absent', 'recorded'],
      strict: ['absent', 'assumed'],
    },
  }),
  'service_auth.wrong_method': behaviour({
    about: 'Answer to another method on the exchange endpoint, where it exists',
    values: [404, 405],
    source: ['edge-wrong-method'],
    in: everywhere(404, 'assumed'),
  }),

  // Worker destinations
  'worker_destination.websocket': behaviour({
    about:
      'What a WebSocket meets at a Worker that a Worker destination covers: an empty 403 whatever it carries, or the policies',
    values: ['refused', 'decided'],
    source: ['edge-worker-websocket', 'edge-worker-websocket-admitted'],
    in: everywhere('refused', 'assumed'),
  }),

  // Who is let in
  'policy.allow_admits_service_tokens': behaviour({
    about: 'Whether an allow policy that names a service token admits it',
    values: onOff,
    source: [
      'emulator-allow-admits-service-tokens',
      'edge-service-token-under-allow',
      'edge-strict-mode',
    ],
    in: {
      expected: [true, 'expected'],
      observed: [false, 'recorded'],
      strict: [false, 'documented'],
    },
  }),
  'policy.login_needs': behaviour({
    about:
      'What makes an application offer a login: any allow policy, or one that a person can meet',
    values: ['any_allow', 'allow_for_people'],
    source: ['emulator-login-for-people', 'edge-login-offered'],
    in: {
      expected: ['allow_for_people', 'expected'],
      observed: ['any_allow', 'recorded'],
      strict: ['any_allow', 'assumed'],
    },
  }),
  'policy.unnamed_service_token': behaviour({
    about: 'What a good pair gets that no policy admits: always 403, or as without credentials',
    values: ['deny', 'as_anonymous'],
    source: ['emulator-unnamed-service-token', 'edge-unnamed-service-token', 'edge-strict-mode'],
    in: {
      expected: ['deny', 'expected'],
      observed: ['as_anonymous', 'recorded'],
      strict: ['deny', 'documented'],
    },
  }),
  'application_token.replay': behaviour({
    about:
      'Where an issued JWT is itself a credential: on any application, or beside an allow policy',
    values: ['any_application', 'with_allow_policy'],
    source: ['emulator-token-replay', 'edge-token-replay'],
    in: {
      expected: ['any_application', 'expected'],
      observed: ['with_allow_policy', 'recorded'],
      strict: ['with_allow_policy', 'assumed'],
    },
  }),
  'application_token.assertion_header': behaviour({
    about: 'Whether a genuine Cf-Access-Jwt-Assertion sent by the client is a credential',
    values: onOff,
    source: ['emulator-token-replay', 'edge-assertion-header'],
    in: {
      expected: [true, 'expected'],
      observed: [true, 'recorded'],
      strict: [true, 'assumed'],
    },
  }),
  'application_token.bound_to': behaviour({
    about:
      'Which Allow policies may admit the holder of a person’s JWT: any, as at a new login, or the one that issued it while it stands',
    values: ['any_policy', 'issuing_policy'],
    source: ['edge-person-jwt-claims', 'edge-token-binding'],
    in: everywhere('any_policy', 'assumed'),
  }),
  'service_token_jwt.judged_by': behaviour({
    about:
      'Which policies judge the JWT of a service token: those that judge its client id and secret, or Allow policies that name it too',
    values: ['policies_of_the_pair', 'any_policy'],
    source: ['edge-service-token-jwt-policies'],
    in: everywhere('policies_of_the_pair', 'assumed'),
  }),
  'service_token_jwt.after_end': behaviour({
    about:
      'Whether a JWT outlives its service token: one that was disabled, deleted or has expired',
    values: ['valid', 'refused'],
    source: ['edge-token-outlives-service-token'],
    in: everywhere('valid', 'assumed'),
  }),
  'group.nesting_limit': behaviour({
    about: 'How deep rule groups may be nested before a rule that names one is not evaluated',
    values: [64, 16, 4],
    source: ['edge-group-nesting'],
    in: everywhere(64, 'assumed'),
  }),
  'binding_cookie.needed_by': behaviour({
    about:
      'Whose CF_Authorization is refused without its CF_Binding, where enable_binding_cookie is on: only a login gives one',
    values: ['people', 'every_token'],
    source: ['edge-binding-cookie', 'edge-binding-cookie-people'],
    in: everywhere('people', 'assumed'),
  }),
  'organization.strict_default': behaviour({
    about: 'strict_service_token_auth of an organization that did not set it',
    values: onOff,
    source: ['edge-strict-default'],
    in: {
      expected: [false, 'assumed'],
      observed: [false, 'documented'],
      strict: [true, 'documented'],
    },
  }),
  'organization.strict_locked': behaviour({
    about: 'Whether strict_service_token_auth can no longer be turned off',
    values: onOff,
    source: ['edge-strict-default'],
    in: {
      expected: [false, 'assumed'],
      observed: [false, 'documented'],
      strict: [true, 'documented'],
    },
  }),

  // How a block is answered
  'answer_401.by_setting': behaviour({
    about: 'Which blocks service_auth_401_redirect turns into 401; it never replaces a login',
    values: ['every_block_of_service_auth_application', 'requests_with_pair'],
    source: [
      'emulator-401-requests-with-pair',
      'edge-401-setting-every-block',
      'edge-401-setting-never-login',
    ],
    in: {
      expected: ['requests_with_pair', 'expected'],
      observed: ['every_block_of_service_auth_application', 'recorded'],
      strict: ['every_block_of_service_auth_application', 'assumed'],
    },
  }),
  'answer_401.for_xhr': behaviour({
    about: 'Whether X-Requested-With: XMLHttpRequest turns a login into 401',
    values: onOff,
    source: ['edge-xhr-401'],
    in: everywhere(true, 'recorded'),
  }),
  'answer_401.for_managed_oauth': behaviour({
    about: 'Whether a Managed OAuth application answers what is no browser with 401, not a login',
    values: onOff,
    source: ['edge-managed-oauth-401', 'edge-managed-oauth-clients'],
    in: everywhere(true, 'recorded'),
  }),
  'strict.unusable_headers': behaviour({
    about: 'Strict mode: answer to duplicate or incomplete service token headers',
    values: [401, 403],
    source: ['edge-strict-unusable-headers'],
    in: everywhere(401, 'assumed'),
  }),
  'block.access_error_header': behaviour({
    about: 'Cf-Access-Error on 401 and 403: a value, or none where empty',
    values: ['1', ''],
    source: ['edge-access-error-header', 'edge-access-error-value'],
    in: everywhere('1', 'assumed'),
  }),
  'block.json_when': behaviour({
    about: 'When a block is JSON: Accept has application/json and not text/html, or has it at all',
    values: ['json_without_html', 'json'],
    source: ['edge-block-json-rule'],
    in: everywhere('json_without_html', 'assumed'),
  }),
  'organization.unmatched_status': behaviour({
    about: 'Status where deny_unmatched_requests blocks a host without an application',
    values: [403, 404],
    source: ['edge-unmatched-hosts-status'],
    in: everywhere(403, 'assumed'),
  }),
  'organization.unmatched_body': behaviour({
    about:
      'What that block says: the block page, or the sighted text "error code: 1043" (cannot find Access application)',
    values: ['block_page', 'error_1043'],
    source: ['edge-unmatched-hosts', 'edge-unmatched-hosts-1043'],
    in: everywhere('block_page', 'documented'),
  }),
} as const
