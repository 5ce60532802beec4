/**
 * The two worlds and three profiles as one table of named behaviours (design §2, edge-facts §13).
 * Nobody branches on a profile's name: code asks one behaviour.
 */
import type { Evidence } from './endpoint.ts'

export const profiles = ['expected', 'observed', 'strict'] as const
export type Profile = (typeof profiles)[number]

type Scalar = string | boolean | number

export interface Choice<V extends Scalar = Scalar> {
  readonly value: V
  readonly evidence: Evidence
}

export interface Behaviour<V extends Scalar = Scalar> {
  readonly about: string
  readonly values: readonly V[]
  readonly source: string
  readonly in: Readonly<Record<Profile, Choice<V>>>
}

function behaviour<const V extends Scalar>(
  declared: Omit<Behaviour<V>, 'in'> & {
    readonly in: Readonly<Record<Profile, readonly [NoInfer<V>, Evidence]>>
  },
): Behaviour<V> {
  const choice = ([value, evidence]: readonly [V, Evidence]): Choice<V> => ({ value, evidence })
  const { expected, observed, strict } = declared.in
  return {
    ...declared,
    in: { expected: choice(expected), observed: choice(observed), strict: choice(strict) },
  }
}

/** The same value in all three profiles. */
function everywhere<V extends Scalar>(value: V, evidence: Evidence) {
  const pair = [value, evidence] as const
  return { expected: pair, observed: pair, strict: pair }
}

const onOff = [true, false] as const

export const behaviours = {
  // The exchange endpoint
  'service_auth.endpoint': behaviour({
    about: 'Whether POST /cdn-cgi/access/service/auth exists',
    values: ['exchange', 'absent'],
    source: 'ticket; edge-facts 6.5',
    in: {
      expected: ['exchange', 'expected'],
      observed: ['absent', 'recorded'],
      strict: ['absent', 'assumed'],
    },
  }),
  'service_auth.wrong_method': behaviour({
    about: 'Answer to another method on the exchange endpoint, where it exists',
    values: [404, 405],
    source: 'edge-facts 10 #11',
    in: everywhere(404, 'assumed'),
  }),

  // Who is let in
  'policy.allow_admits_service_tokens': behaviour({
    about: 'Whether an allow policy that names a service token admits it',
    values: onOff,
    source: 'ticket; edge-facts 4.3, 8.2',
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
    source: 'ticket; edge-facts 4.3',
    in: {
      expected: ['allow_for_people', 'expected'],
      observed: ['any_allow', 'recorded'],
      strict: ['any_allow', 'assumed'],
    },
  }),
  'policy.unnamed_service_token': behaviour({
    about: 'What a good pair gets that no policy admits: always 403, or as without credentials',
    values: ['deny', 'as_anonymous'],
    source: 'edge-facts 4.3, 11',
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
    source: 'ticket; edge-facts 4.3',
    in: {
      expected: ['any_application', 'expected'],
      observed: ['with_allow_policy', 'recorded'],
      strict: ['with_allow_policy', 'assumed'],
    },
  }),
  'application_token.assertion_header': behaviour({
    about: 'Whether a genuine Cf-Access-Jwt-Assertion sent by the client is a credential',
    values: onOff,
    source: 'edge-facts 4.5',
    in: {
      expected: [true, 'expected'],
      observed: [true, 'recorded'],
      strict: [true, 'assumed'],
    },
  }),
  'organization.strict_default': behaviour({
    about: 'strict_service_token_auth of an organization that did not set it',
    values: onOff,
    source: 'edge-facts 4.4',
    in: {
      expected: [false, 'assumed'],
      observed: [false, 'documented'],
      strict: [true, 'documented'],
    },
  }),
  'organization.strict_locked': behaviour({
    about: 'Whether strict_service_token_auth can no longer be turned off',
    values: onOff,
    source: 'edge-facts 4.4',
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
    source: 'ticket; edge-facts 4.3, 5.2, 13',
    in: {
      expected: ['requests_with_pair', 'expected'],
      observed: ['every_block_of_service_auth_application', 'recorded'],
      strict: ['every_block_of_service_auth_application', 'assumed'],
    },
  }),
  'answer_401.for_xhr': behaviour({
    about: 'Whether X-Requested-With: XMLHttpRequest turns a login into 401',
    values: onOff,
    source: 'edge-facts 4.3, 5.2',
    in: everywhere(true, 'recorded'),
  }),
  'strict.unusable_headers': behaviour({
    about: 'Strict mode: answer to duplicate or incomplete service token headers',
    values: [401, 403],
    source: 'edge-facts 4.4, 13',
    in: everywhere(401, 'assumed'),
  }),
  'block.access_error_header': behaviour({
    about: 'Cf-Access-Error on 401 and 403: a value, or none where empty',
    values: ['1', ''],
    source: 'edge-facts 5.2, 13',
    in: everywhere('1', 'assumed'),
  }),
  'block.json_when': behaviour({
    about: 'When a block is JSON: Accept has application/json and not text/html, or has it at all',
    values: ['json_without_html', 'json'],
    source: 'edge-facts 13',
    in: everywhere('json_without_html', 'assumed'),
  }),
  'login.query_order': behaviour({
    about: 'Order of the query parameters in the login redirect',
    values: ['kid,meta,redirect_url', 'kid,redirect_url,meta'],
    source: 'edge-facts 5.1',
    in: everywhere('kid,meta,redirect_url', 'recorded'),
  }),
  'organization.unmatched_status': behaviour({
    about: 'Status where deny_unmatched_requests blocks a host without an application',
    values: [403, 404],
    source: 'edge-facts 8.4',
    in: everywhere(403, 'assumed'),
  }),

  // Paths of Access itself
  'path.unknown_body_team': behaviour({
    about: 'Body of a 404 under /cdn-cgi/access/ on the team domain',
    values: ['application_page', 'empty'],
    source: 'edge-facts 10 #5, 13',
    in: everywhere('application_page', 'assumed'),
  }),
  'path.unknown_application_status': behaviour({
    about: 'Status of the page "Unable to find your Access application!"',
    values: [404, 200],
    source: 'edge-facts 6.1, 10 #4',
    in: everywhere(404, 'recorded'),
  }),
  'certs.on_application_host': behaviour({
    about: 'Whether certs is served on the application host too',
    values: onOff,
    source: 'edge-facts 1',
    in: everywhere(true, 'assumed'),
  }),
  'certs.order': behaviour({
    about: 'Order of the two keys in certs',
    values: ['previous_first', 'current_first'],
    source: 'edge-facts 1',
    in: everywhere('previous_first', 'documented'),
  }),
  'get_identity.for_service_token': behaviour({
    about: 'get-identity for a service token: a body with service_token_status, or 400',
    values: ['body', 'error'],
    source: 'edge-facts 6.3',
    in: everywhere('body', 'assumed'),
  }),

  // Tokens and cookies
  'service_token_jwt.aud': behaviour({
    about: 'aud of a service token JWT',
    values: ['string', 'array'],
    source: 'edge-facts 2.2',
    in: everywhere('string', 'recorded'),
  }),
  'service_token_jwt.exp_offset': behaviour({
    about: 'Seconds added to exp of a service token JWT (3601 was seen for 1h)',
    values: [0, 1],
    source: 'edge-facts 2.2, 13',
    in: everywhere(0, 'assumed'),
  }),
  'jwt.internal_hostname': behaviour({
    about: 'Whether JWTs carry h_INTERNAL_DO_NOT_USE, the host of the request',
    values: onOff,
    source: 'edge-facts 2.1, 2.2',
    in: everywhere(true, 'recorded'),
  }),
  'identity_jwt.typ': behaviour({
    about: 'Whether the header of a person’s JWT carries typ',
    values: onOff,
    source: 'edge-facts 2.1',
    in: everywhere(false, 'recorded'),
  }),
  'cookie.app_session_same_site': behaviour({
    about: 'SameSite of CF_AppSession: none was in the dump, None is in the documentation',
    values: ['', 'None'],
    source: 'edge-facts 3, 13',
    in: everywhere('', 'recorded'),
  }),
  'cookie.service_token_http_only': behaviour({
    about: 'Whether the CF_Authorization given for a pair is HttpOnly',
    values: onOff,
    source: 'edge-facts 3',
    in: everywhere(false, 'recorded'),
  }),

  // The control plane
  'api.duplicate_domain': behaviour({
    about: 'A second application on an occupied domain: 11010, or accepted',
    values: ['refuse', 'accept'],
    source: 'api-facts 4, 9',
    in: everywhere('refuse', 'recorded'),
  }),
  'api.not_enabled_status': behaviour({
    about: 'Status of 9999 on an account without an organization',
    values: [403, 400, 404],
    source: 'api-facts 4, 9',
    in: everywhere(403, 'assumed'),
  }),
  'api.route_unknown_status': behaviour({
    about: 'Status of 7003',
    values: [404, 400],
    source: 'api-facts 3',
    in: everywhere(404, 'recorded'),
  }),
  'api.conflict_should_retry': behaviour({
    about: 'Whether a 409 carries x-should-retry: false, which spares official clients two retries',
    values: onOff,
    source: 'api-facts 7',
    in: everywhere(true, 'emulator_only'),
  }),
} as const satisfies Record<string, Behaviour<never> | Behaviour>

export type BehaviourName = keyof typeof behaviours
export type BehaviourValue<N extends BehaviourName> =
  (typeof behaviours)[N] extends Behaviour<infer V> ? V : never

export type Overrides = { readonly [N in BehaviourName]?: BehaviourValue<N> }

/** Reads one behaviour. */
export type Ask = <N extends BehaviourName>(name: N) => BehaviourValue<N>

/** Reads behaviours of a profile under some overrides. */
export function asker(profile: Profile, overrides: Overrides): Ask {
  return (name) =>
    overrides[name] ?? (behaviours[name].in[profile].value as BehaviourValue<typeof name>)
}

export function isBehaviourName(name: string): name is BehaviourName {
  return Object.hasOwn(behaviours, name)
}

/**
 * The value that a text or JSON scalar names, for `--set NAME=VALUE` and the control API.
 * Returns undefined where the behaviour does not take it.
 */
export function behaviourValue<N extends BehaviourName>(
  name: N,
  given: unknown,
): BehaviourValue<N> | undefined {
  const values: readonly Scalar[] = behaviours[name].values
  const found = values.find((value) => value === given || String(value) === given)
  return found as BehaviourValue<N> | undefined
}
