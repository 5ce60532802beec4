/** Behaviours of the exchange, the decision and the block: who is let in, and what everyone else gets. */
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
    about: 'Status for methods other than POST on the exchange endpoint, if it exists',
    values: [404, 405],
    source: ['edge-wrong-method'],
    in: everywhere(404, 'assumed'),
  }),

  // Worker destinations
  'worker_destination.websocket': behaviour({
    about:
      'How a WebSocket to a Worker behind a Worker destination is treated: an empty 403 whatever it carries, or decided by the policies',
    values: ['refused', 'decided'],
    source: ['edge-worker-websocket', 'edge-worker-websocket-admitted'],
    in: everywhere('refused', 'assumed'),
  }),

  // Who is let in
  'policy.allow_admits_service_tokens': behaviour({
    about: 'Whether an Allow policy that includes a service token admits it',
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
      'What makes an application offer a login: any Allow policy, or only one that a person can satisfy',
    values: ['any_allow', 'allow_for_people'],
    source: ['emulator-login-for-people', 'edge-login-offered'],
    in: {
      expected: ['allow_for_people', 'expected'],
      observed: ['any_allow', 'recorded'],
      strict: ['any_allow', 'assumed'],
    },
  }),
  'policy.unnamed_service_token': behaviour({
    about:
      'What a valid pair gets if no policy admits it: always 403, or the same as without credentials',
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
      'Where an issued JWT is itself a credential: on any application, or only on one with an Allow policy',
    values: ['any_application', 'with_allow_policy'],
    source: ['emulator-token-replay', 'edge-token-replay'],
    in: {
      expected: ['any_application', 'expected'],
      observed: ['with_allow_policy', 'recorded'],
      strict: ['with_allow_policy', 'assumed'],
    },
  }),
  'application_token.assertion_header': behaviour({
    about: 'Whether a valid Cf-Access-Jwt-Assertion sent by the client counts as a credential',
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
      'Which Allow policies may admit the holder of a person’s JWT: any of them, as at a new login, or only the one that issued it, as long as it exists',
    values: ['any_policy', 'issuing_policy'],
    source: ['edge-person-jwt-claims', 'edge-token-binding'],
    in: everywhere('any_policy', 'assumed'),
  }),
  'service_token_jwt.judged_by': behaviour({
    about:
      'Which policies evaluate the JWT of a service token: those that evaluate its client id and secret, or also Allow policies that include it',
    values: ['policies_of_the_pair', 'any_policy'],
    source: ['edge-service-token-jwt-policies'],
    in: everywhere('policies_of_the_pair', 'assumed'),
  }),
  'service_token_jwt.after_end': behaviour({
    about:
      'Whether a JWT stays valid after its service token was disabled or deleted or has expired',
    values: ['valid', 'refused'],
    source: ['edge-token-outlives-service-token'],
    in: everywhere('valid', 'assumed'),
  }),
  'group.nesting_limit': behaviour({
    about:
      'How deeply rule groups may be nested; rules that refer to deeper ones are not evaluated',
    values: [64, 16, 4],
    source: ['edge-group-nesting'],
    in: everywhere(64, 'assumed'),
  }),
  'binding_cookie.needed_by': behaviour({
    about:
      'Whose CF_Authorization is refused without CF_Binding if enable_binding_cookie is on; only a login sets CF_Binding',
    values: ['people', 'every_token'],
    source: ['edge-binding-cookie', 'edge-binding-cookie-people'],
    in: everywhere('people', 'assumed'),
  }),
  'organization.strict_default': behaviour({
    about: 'Default of strict_service_token_auth for an organization that has not set it',
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
    about: 'Which blocks service_auth_401_redirect turns into a 401; it never replaces a login',
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
    about: 'Whether X-Requested-With: XMLHttpRequest turns a login redirect into a 401',
    values: onOff,
    source: ['edge-xhr-401'],
    in: everywhere(true, 'recorded'),
  }),
  'answer_401.for_managed_oauth': behaviour({
    about:
      'Whether a Managed OAuth application answers clients other than browsers with 401 instead of a login',
    values: onOff,
    source: ['edge-managed-oauth-401', 'edge-managed-oauth-clients'],
    in: everywhere(true, 'recorded'),
  }),
  'strict.unusable_headers': behaviour({
    about: 'Strict mode: status for duplicate or incomplete service token headers',
    values: [401, 403],
    source: ['edge-strict-unusable-headers'],
    in: everywhere(401, 'assumed'),
  }),
  'block.access_error_header': behaviour({
    about: 'Value of Cf-Access-Error on 401 and 403; empty: the header is not sent',
    values: ['1', ''],
    source: ['edge-access-error-header', 'edge-access-error-value'],
    in: everywhere('1', 'assumed'),
  }),
  'block.explanation_link': behaviour({
    about:
      'Whether the pages of a refusal link to the emulator’s explanation, for browsers on this machine',
    values: onOff,
    source: ['emulator-explanation-link'],
    in: {
      expected: [true, 'emulator_only'],
      observed: [false, 'emulator_only'],
      strict: [false, 'emulator_only'],
    },
  }),
  'block.json_when': behaviour({
    about:
      'When a block is JSON: Accept includes application/json but not text/html, or includes it at all',
    values: ['json_without_html', 'json'],
    source: ['edge-block-json-rule'],
    in: everywhere('json_without_html', 'assumed'),
  }),
  'organization.unmatched_status': behaviour({
    about: 'Status when deny_unmatched_requests blocks a host without an application',
    values: [403, 404],
    source: ['edge-unmatched-hosts-status'],
    in: everywhere(403, 'assumed'),
  }),
  'organization.unmatched_body': behaviour({
    about:
      'Body of that block: the block page, or the text "error code: 1043" (cannot find Access application), which has been seen',
    values: ['block_page', 'error_1043'],
    source: ['edge-unmatched-hosts', 'edge-unmatched-hosts-1043'],
    in: everywhere('block_page', 'documented'),
  }),
} as const
