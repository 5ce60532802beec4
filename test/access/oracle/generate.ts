/** Random scenarios in small worlds, so that rules often match requests. */
import fc from 'fast-check'
import type { Rule, RuleLists } from '../../../contracts/api/rules.ts'
import {
  applicationId,
  groupIds,
  machines,
  type Person,
  type Place,
  type Policy,
  providers,
  type Request,
  type Scenario,
  type Setting,
} from './model.ts'

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const rules = (...values: readonly Rule[]) => fc.constantFrom(...values)

const addresses = ['127.0.0.1', '10.0.0.7', '10.1.2.3', '198.51.100.9', '2001:db8::7'] as const

const place = fc.record<Place>(
  {
    ip: one(...addresses),
    country: one('FR', 'US', 'XX'),
    certificate: one('ada', 'eve'),
  },
  { requiredKeys: ['ip', 'country'] },
)
const placeOfLogin = place.map(({ ip, country }) => ({ ip, country }))

const ofPlace = fc.oneof(
  rules(
    ...[
      '127.0.0.0/8',
      '10.0.0.0/8',
      '10.1.0.0/16',
      '198.51.100.9',
      '2001:db8::/32',
      '0.0.0.0/0',
    ].map((ip) => ({ ip: { ip } })),
  ),
  rules(...['FR', 'US'].map((country_code) => ({ geo: { country_code } }))),
  rules({ certificate: {} }, { common_name: { common_name: 'ada' } }),
)
const ofPeople = rules(
  ...['a@x.test', 'b@x.test', 'c@y.test'].map((email) => ({ email: { email } })),
  ...['x.test', 'y.test'].map((domain) => ({ email_domain: { domain } })),
)
const ofMachines = rules(
  { service_token: { token_id: machines.A.id } },
  { service_token: { token_id: machines.A.id } },
  { service_token: { token_id: machines.B.id } },
  { service_token: { token_id: machines.hour.id } },
  { any_valid_service_token: {} },
  { linked_app_token: { app_uid: applicationId } },
)
const dept = { value: 'eng' }
const ofProviders = rules(
  { login_method: { id: providers.onetimepin } },
  { login_method: { id: providers.okta } },
  { okta: { name: 'eng', identity_provider_id: providers.okta } },
  { auth_method: { auth_method: 'mfa' } },
  { okta: { name: 'eng' } },
  { azureAD: { id: 'eng', identity_provider_id: providers.azureAD } },
  { gsuite: { email: 'eng', identity_provider_id: providers['google-apps'] } },
  { 'github-organization': { name: 'eng', identity_provider_id: providers.github } },
  {
    saml: {
      attribute_name: 'dept',
      attribute_value: dept.value,
      identity_provider_id: providers.saml,
    },
  },
  { oidc: { claim_name: 'dept', claim_value: dept.value, identity_provider_id: providers.oidc } },
)
const ofNobody = rules(
  { device_posture: { integration_uid: 'posture' } },
  { ip_list: { id: 'addresses' } },
  { email_list: { id: 'people' } },
  { external_evaluation: { evaluate_url: 'https://e.test', keys_url: 'https://e.test/keys' } },
  { user_risk_score: { user_risk_score: ['low'] } },
  { cloudflare_account_member: {} },
  { auth_context: { id: 'one', ac_id: 'c1', identity_provider_id: providers.azureAD } },
)

function ruleOf(groups: fc.Arbitrary<string> | undefined): fc.Arbitrary<Rule> {
  return fc.oneof(
    { weight: 5, arbitrary: ofPeople },
    { weight: 5, arbitrary: ofPlace },
    { weight: 4, arbitrary: ofMachines },
    { weight: 2, arbitrary: fc.constant<Rule>({ everyone: {} }) },
    { weight: 2, arbitrary: ofProviders },
    { weight: 1, arbitrary: ofNobody },
    ...(groups === undefined
      ? []
      : [{ weight: 5, arbitrary: groups.map((id): Rule => ({ group: { id } })) }]),
  )
}

function listsOf(rule: fc.Arbitrary<Rule>): fc.Arbitrary<RuleLists> {
  const few = fc.oneof(
    { weight: 2, arbitrary: fc.constant<Rule[]>([]) },
    { weight: 1, arbitrary: fc.array(rule, { minLength: 1, maxLength: 2 }) },
  )
  return fc.record({
    include: fc.array(rule, { minLength: 1, maxLength: 3 }),
    require: few,
    exclude: few,
  })
}

const lists = listsOf(ruleOf(one(...groupIds)))

/** A group names later ones; now and then any, so that there are cycles. */
const groups: fc.Arbitrary<RuleLists[]> = fc
  .tuple(
    ...groupIds.map((_, at) => {
      const later = groupIds.slice(at + 1)
      const acyclic = listsOf(ruleOf(later.length === 0 ? undefined : one(...later)))
      return fc.oneof(
        { weight: 15, arbitrary: acyclic },
        { weight: 1, arbitrary: listsOf(ruleOf(one(...groupIds))) },
      )
    }),
  )
  .map((each) => [...each])

const policy: fc.Arbitrary<Policy> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant('allow' as const) },
      { weight: 2, arbitrary: one('deny' as const, 'non_identity' as const) },
      { weight: 1, arbitrary: fc.constant('bypass' as const) },
    ),
    lists,
  )
  .map(([decision, rules]) => ({ decision, ...rules }))

const setting: fc.Arbitrary<Setting> = fc.record({
  policies: fc.array(policy, { minLength: 1, maxLength: 4 }),
  groups,
})

const person: fc.Arbitrary<Person> = fc
  .record(
    {
      email: one('a@x.test', 'a@x.test', 'b@x.test', 'c@y.test'),
      provider: one(
        'onetimepin' as const,
        'onetimepin' as const,
        ...(Object.keys(providers) as Person['provider'][]),
      ),
      groups: one<string[]>([], ['eng'], ['ops', 'eng'], ['ops']),
      claims: one<Record<string, unknown>>(
        {},
        { dept: 'eng' },
        { dept: ['ops', 'eng'], amr: ['mfa'] },
      ),
    },
    { requiredKeys: ['email', 'provider'] },
  )
  // A One-time PIN gives an address and nothing else.
  .map(({ email, provider, ...more }) =>
    provider === 'onetimepin' ? { email, provider } : { email, provider, ...more },
  )

const request: fc.Arbitrary<Request> = fc
  .tuple(
    place,
    fc.option(
      one<NonNullable<Request['pair']>>('A', 'A', 'B', 'hour', 'disabled', 'wrong', 'half'),
      {
        nil: undefined,
        freq: 2,
      },
    ),
    fc.option(fc.record({ of: one('people', 'people', 'machines'), at: fc.nat(2) }), {
      nil: undefined,
      freq: 3,
    }),
    one('cookie', 'cookie', 'cf-access-token', 'cf-access-jwt-assertion'),
  )
  .map(([at, pair, held, carrier]) => ({
    place: at,
    carrier,
    ...(pair === undefined ? {} : { pair }),
    ...(held === undefined ? {} : { held }),
  })) as fc.Arbitrary<Request>

/** Admits everyone, so that each kind of token has a holder that the policies refuse later. */
const open: readonly Policy[] = [
  {
    decision: 'non_identity',
    include: [{ any_valid_service_token: {} }],
    require: [],
    exclude: [],
  },
  { decision: 'allow', include: [{ everyone: {} }], require: [], exclude: [] },
]

export function scenario(requests: number): fc.Arbitrary<Scenario> {
  const before = fc.oneof(
    { weight: 5, arbitrary: fc.constant('same' as const) },
    { weight: 3, arbitrary: fc.constant('open' as const) },
    { weight: 1, arbitrary: setting },
  )
  return fc
    .record({
      before,
      now: setting,
      people: fc.array(fc.record({ person, place: placeOfLogin }), { maxLength: 3 }),
      machines: fc.array(fc.record({ machine: one('A', 'B', 'hour'), place }), { maxLength: 2 }),
      passed: one(0, 0, 0, 7200, 90_000),
      ended: fc.option(fc.record({ machine: one('A', 'B'), how: one('disabled', 'deleted') }), {
        nil: undefined,
        freq: 2,
      }),
      changed: fc.boolean(),
      requests: fc.array(request, { minLength: requests / 4, maxLength: requests, size: 'max' }),
    })
    .map(({ before: then, ended, now, ...rest }) => ({
      ...rest,
      now,
      before: then === 'same' ? now : then === 'open' ? { ...now, policies: open } : then,
      ...(ended === undefined ? {} : { ended }),
    })) as fc.Arbitrary<Scenario>
}
