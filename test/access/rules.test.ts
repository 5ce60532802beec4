import { describe, expect, test } from 'vitest'
import { type Rule, type RuleLists, selectorOf, selectors } from '../../contracts/api/rules.ts'
import { evaluate, plainly } from '../../emulator/access/evaluate.ts'
import { type Lists, match, matchers, type RuleContext } from '../../emulator/access/rules.ts'
import type { Identity, Subject } from '../../emulator/access/subject.ts'
import {
  alice,
  anyMachine,
  everyone,
  inGroup,
  lists,
  machineA,
  office,
  subject,
  valid,
} from './samples.ts'

const identity: Identity = {
  email: 'Alice@Example.com',
  idp: { id: 'idp-1', type: 'okta' },
  groups: ['Staff', 'acme/core'],
  claims: { role: ['reader', 'writer'], amr: ['otp'], level: 3 },
}
const knownLists: Lists = new Map([
  ['mails', ['ALICE@example.com']],
  ['nets', ['192.0.2.0/24', '2001:db8::/32']],
])

function found(rule: Rule, asks: Partial<Subject>): string {
  const context: RuleContext = {
    lists: knownLists,
    resolveGroup: () => ({ outcome: 'match', reason: 'group' }),
  }
  const { outcome, reason } = match(selectorOf(rule), rule, { subject: subject(asks), context })
  return outcome === 'match' ? outcome : `${outcome} ${reason}`
}

test('every selector of the contract has a row', () => {
  expect(Object.keys(matchers).sort()).toEqual(Object.keys(selectors()).sort())
})

describe('a rule', () => {
  const bare: Partial<Subject> = {}
  const signedIn: Partial<Subject> = { identity }
  const without: Partial<Subject> = { identity: { email: 'alice@example.com' } }
  const withCertificate: Partial<Subject> = { certificate: { common_name: 'device-1' } }
  const linkedApp: Rule = { linked_app_token: { app_uid: 'app-1' } }
  const linkedTo = (app_uid: string): Partial<Subject> => {
    const claims = { aud: 'aud', iss: 'https://team.cloudflareaccess.com', iat: 0, exp: 1, sub: '' }
    const holder = { kind: 'person', identity } as const
    return { linkedToken: { status: 'valid', app_uid, claims, holder } }
  }
  const unknownPair: Partial<Subject> = {
    pair: { status: 'invalid', reason: 'unknown', client_id: 'x.access' },
  }
  test.each<[Rule, Partial<Subject>, string]>([
    [everyone, bare, 'match'],
    [alice, signedIn, 'match'],
    [alice, { identity: { email: 'bob@example.com' } }, 'no_match email_differs'],
    [alice, bare, 'needs_identity login_needed'],
    [{ email_domain: { domain: 'example.com' } }, signedIn, 'match'],
    [{ email_domain: { domain: '@EXAMPLE.com' } }, signedIn, 'match'],
    [{ email_domain: { domain: 'x.test' } }, { identity: { email: '"a@b"@x.test' } }, 'match'],
    [{ email_domain: { domain: 'ample.com' } }, signedIn, 'no_match email_domain_differs'],
    [
      { email_domain: { domain: 'example.com' } },
      { identity: { email: 'a@example.com@evil.test' } },
      'no_match email_domain_differs',
    ],
    [{ email_list: { id: 'mails' } }, signedIn, 'match'],
    [{ email_list: { id: 'other' } }, signedIn, 'not_evaluable list_unknown'],
    [{ email_list: { id: 'mails' } }, bare, 'needs_identity login_needed'],
    [{ ip: { ip: '203.0.113.9' } }, bare, 'match'],
    [{ ip: { ip: '203.0.113.0/24' } }, bare, 'match'],
    [{ ip: { ip: '203.0.113.9' } }, { ip: '::ffff:203.0.113.9' }, 'match'],
    [{ ip: { ip: '::ffff:203.0.113.0/120' } }, bare, 'match'],
    [{ ip: { ip: '0.0.0.0/0' } }, bare, 'match'],
    [{ ip: { ip: '0.0.0.0/0' } }, { ip: '2001:db8::1' }, 'no_match ip_outside'],
    [{ ip: { ip: '2001:DB8::/32' } }, { ip: '2001:db8:1::1' }, 'match'],
    [office, bare, 'no_match ip_outside'],
    [office, { ip: 'unknown' }, 'not_evaluable ip_unknown'],
    [{ ip: { ip: '10.0.0.0/33' } }, bare, 'not_evaluable ip_malformed'],
    [{ ip: { ip: '203.0.113' } }, bare, 'not_evaluable ip_malformed'],
    [{ ip: { ip: '0313.0.0.0/0' } }, bare, 'not_evaluable ip_malformed'],
    [{ ip_list: { id: 'nets' } }, { ip: '192.0.2.200' }, 'match'],
    [{ ip_list: { id: 'nets' } }, bare, 'no_match ip_outside'],
    [{ ip_list: { id: 'other' } }, bare, 'not_evaluable list_unknown'],
    [{ geo: { country_code: 'nl' } }, bare, 'match'],
    [{ geo: { country_code: 'DE' } }, bare, 'no_match country_differs'],
    [machineA, { pair: valid('token-a') }, 'match'],
    [machineA, { pair: valid('token-b') }, 'no_match other_service_token'],
    [machineA, bare, 'no_match no_service_token'],
    [machineA, unknownPair, 'no_match service_token_invalid'],
    [anyMachine, { pair: valid('token-b') }, 'match'],
    [
      anyMachine,
      { pair: { status: 'unusable', reason: 'client_id_missing' } },
      'no_match service_token_unusable',
    ],
    [{ certificate: {} }, withCertificate, 'match'],
    [{ certificate: {} }, bare, 'no_match no_certificate'],
    [{ common_name: { common_name: 'device-1' } }, withCertificate, 'match'],
    [{ common_name: { common_name: 'device-2' } }, withCertificate, 'no_match common_name_differs'],
    [{ login_method: { id: 'idp-1' } }, signedIn, 'match'],
    [{ login_method: { id: 'idp-2' } }, signedIn, 'no_match login_method_differs'],
    [{ login_method: { id: 'idp-1' } }, without, 'not_evaluable login_method_unknown'],
    [{ login_method: { id: 'idp-1' } }, bare, 'needs_identity login_needed'],
    [{ auth_method: { auth_method: 'otp' } }, signedIn, 'match'],
    [{ auth_method: { auth_method: 'mfa' } }, signedIn, 'no_match claim_differs'],
    [{ okta: { name: 'staff', identity_provider_id: 'idp-1' } }, signedIn, 'match'],
    [
      { okta: { name: 'staff', identity_provider_id: 'idp-2' } },
      signedIn,
      'no_match login_method_differs',
    ],
    [{ okta: { name: 'guests' } }, signedIn, 'no_match not_in_group'],
    [{ okta: { name: 'staff' } }, without, 'not_evaluable not_evaluable'],
    [{ okta: { name: 'staff' } }, bare, 'needs_identity login_needed'],
    [{ gsuite: { email: 'staff' } }, signedIn, 'match'],
    [{ azureAD: { id: 'staff' } }, signedIn, 'match'],
    [{ 'github-organization': { name: 'acme' } }, signedIn, 'match'],
    [{ 'github-organization': { name: 'acme', team: 'core' } }, signedIn, 'match'],
    [{ 'github-organization': { name: 'acme', team: 'ops' } }, signedIn, 'no_match not_in_group'],
    [{ 'github-organization': { name: 'acm' } }, signedIn, 'no_match not_in_group'],
    [{ oidc: { claim_name: 'role', claim_value: 'writer' } }, signedIn, 'match'],
    [{ oidc: { claim_name: 'role', claim_value: 'owner' } }, signedIn, 'no_match claim_differs'],
    [{ oidc: { claim_name: 'toString', claim_value: 'x' } }, signedIn, 'no_match claim_absent'],
    [{ saml: { attribute_name: 'level', attribute_value: '3' } }, signedIn, 'match'],
    [{ device_posture: { integration_uid: 'x' } }, signedIn, 'not_evaluable not_evaluable'],
    [{ user_risk_score: { user_risk_score: ['low'] } }, signedIn, 'not_evaluable not_evaluable'],
    [linkedApp, bare, 'no_match no_linked_token'],
    [linkedApp, linkedTo('app-1'), 'match'],
    [linkedApp, linkedTo('app-2'), 'no_match other_linked_application'],
    [
      linkedApp,
      { linkedToken: { status: 'invalid', app_uid: 'app-1', reason: 'jwt_expired' } },
      'no_match linked_token_invalid',
    ],
    [
      { external_evaluation: { evaluate_url: 'x', keys_url: 'x' } },
      signedIn,
      'not_evaluable not_evaluable',
    ],
    [
      { auth_context: { id: 'x', ac_id: 'x', identity_provider_id: 'x' } },
      signedIn,
      'not_evaluable not_evaluable',
    ],
    [{ cloudflare_account_member: {} }, signedIn, 'not_evaluable not_evaluable'],
  ])('%j of %j is %s', (rule, asks, expected) => {
    expect(found(rule, asks)).toBe(expected)
  })

  test('about a country is not evaluable where no country is known', () => {
    const { country: _, ...nowhere } = subject()
    const rule: Rule = { geo: { country_code: 'NL' } }
    expect(evaluate(lists({ include: [rule] }), task(nowhere, {})).outcome).toBe('not_evaluable')
  })
})

function task(asks: Subject, groups: Readonly<Record<string, ReturnType<typeof lists>>>) {
  return {
    subject: asks,
    facts: { groups: (id: string) => groups[id], groupDepth: 64 },
    reading: plainly,
  }
}

describe('a rule group', () => {
  const insideOffice = subject({ ip: '10.1.1.1' })
  const groups = {
    staff: lists({ include: [everyone], require: [office] }),
    nested: lists({ include: [inGroup('staff')], exclude: [{ geo: { country_code: 'KP' } }] }),
    loop: lists({ include: [inGroup('pool')] }),
    pool: lists({ include: [inGroup('loop')] }),
  }
  test.each([
    ['staff', insideOffice, 'match'],
    ['staff', subject(), 'no_match'],
    ['nested', insideOffice, 'match'],
    ['nested', subject({ ip: '10.1.1.1', country: 'KP' }), 'no_match'],
    ['loop', insideOffice, 'not_evaluable'],
    ['absent', insideOffice, 'not_evaluable'],
  ])('%s evaluates its own lists', (id, asks, outcome) => {
    expect(evaluate(lists({ include: [inGroup(id)] }), task(asks, groups)).outcome).toBe(outcome)
  })

  test('shows its members in the trail, once, and where one leads back to itself', () => {
    const include = [inGroup('nested'), inGroup('staff'), inGroup('loop')]
    const { rules } = evaluate(lists({ include }), task(insideOffice, groups))
    expect(rules.map(({ rule, reason }) => [rule, reason])).toEqual([
      ['include.0.group', 'group'],
      ['include.0.group.include.0.group', 'group'],
      ['include.0.group.include.0.group.include.0.everyone', 'matches'],
      ['include.0.group.include.0.group.require.0.ip', 'matches'],
      ['include.0.group.exclude.0.geo', 'country_differs'],
      ['include.1.group', 'group'],
      ['include.2.group', 'group_cycle'],
    ])
  })

  const chain = (length: number, each: (id: string) => RuleLists) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [`g${index}`, each(`g${index + 1}`)] as const),
    )
  test.each([
    [64, 'match', 'group'],
    [65, 'not_evaluable', 'group_too_deep'],
    [800, 'not_evaluable', 'group_too_deep'],
    [20_000, 'not_evaluable', 'group_too_deep'],
  ])('nested %i deep is %s', (depth, outcome, reason) => {
    const deep = {
      ...chain(depth - 1, (next) => lists({ include: [inGroup(next)] })),
      [`g${depth - 1}`]: lists({ include: [everyone] }),
    }
    const found = evaluate(lists({ include: [inGroup('g0')] }), task(insideOffice, deep))
    expect([found.outcome, found.rules[0]?.reason]).toEqual([outcome, reason])
  })

  test('that each names the next one twice is evaluated once', () => {
    const twice = {
      ...chain(60, (next) => lists({ include: [inGroup(next)], require: [inGroup(next)] })),
      g60: lists({ include: [everyone] }),
    }
    const found = evaluate(lists({ include: [inGroup('g0')] }), task(insideOffice, twice))
    expect(found.outcome).toBe('match')
    expect(found.rules).toHaveLength(122)
  })
})
