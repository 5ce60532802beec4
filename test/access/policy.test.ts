import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Rule, type RuleLists, selectorOf } from '../../contracts/api/rules.ts'
import { profiles } from '../../contracts/behaviours/table.ts'
import { decide, decideSignIn } from '../../emulator/access/decide.ts'
import type { AccessPolicy, PolicyDecision, Rulebook } from '../../emulator/access/policy.ts'
import type { Subject } from '../../emulator/access/subject.ts'
import {
  absent,
  alice,
  allow,
  anyMachine,
  bypass,
  deny,
  everyone,
  heldBy,
  heldByMachine,
  inGroup,
  lists,
  machineA,
  office,
  policy,
  posture,
  rulebook,
  serviceAuth,
  subject,
  valid,
} from './samples.ts'

function answer(book: Rulebook, asks: Partial<Subject> = {}): string {
  const verdict = decide(book, subject(asks))
  if (verdict.kind === 'pass') return `${verdict.by} by ${verdict.policy.name}`
  return verdict.kind === 'deny' ? verdict.reason : `login by ${verdict.policy.name}`
}

const inOffice = { ip: '10.1.1.1' }
const asAlice = { identity: { email: 'alice@example.com' } }
const asBob = { identity: { email: 'bob@example.com' } }
const bob: Rule = { email: { email: 'bob@example.com' } }

const evaluation: Rule = {
  external_evaluation: { evaluate_url: 'https://e.test', keys_url: 'https://k.test' },
}

test('bypass and Service Auth policies run before allow and deny, each pair in its order', () => {
  // The example of the documentation: Allow A, Block B, Service Auth C, Bypass D, Allow E runs C, D, A, B, E.
  const named = (decision: PolicyDecision, name: string) =>
    policy(decision, { name, include: [posture] })
  const book = rulebook(
    [
      named('allow', 'A'),
      deny(bob, { name: 'B' }),
      named('non_identity', 'C'),
      named('bypass', 'D'),
      named('allow', 'E'),
    ],
    { profile: 'observed' },
  )
  const { trail } = decide(book, subject())
  const order = trail.filter(({ rule }) => rule === undefined).map((step) => step.policy?.name)
  expect(order).toEqual(['C', 'D', 'A', 'B', 'E'])
})

test('every rule of every considered policy is in the trail', () => {
  const book = rulebook([allow([alice, inGroup('g')], { require: office, exclude: posture })], {
    groups: { g: lists({ include: [bob] }) },
  })
  const { trail } = decide(book, subject())
  expect(trail.map(({ rule, outcome, reason }) => [rule, outcome, reason])).toEqual([
    [undefined, 'no_match', 'require_not_met'],
    ['include.0.email', 'needs_identity', 'login_needed'],
    ['include.1.group', 'needs_identity', 'group'],
    ['include.1.group.include.0.email', 'needs_identity', 'login_needed'],
    ['require.0.ip', 'no_match', 'ip_outside'],
    ['exclude.0.device_posture', 'not_evaluable', 'not_evaluable'],
  ])
  expect(trail.at(-1)).toHaveProperty('counted_as', 'match')
})

describe('before any identity is known', () => {
  const people = allow(alice)
  test.each<[string, readonly AccessPolicy[], string, Partial<Subject>?]>([
    ['no policy', [], 'no_policy'],
    ['only a block', [deny(bob)], 'no_interactive_policy'],
    ['everyone bypassed', [people, bypass(everyone)], 'bypass by bypass'],
    ['a bypass for a person', [bypass(alice), people], 'identity by allow', asAlice],
    ['Service Auth by address', [serviceAuth(office)], 'non_identity by non_identity', inOffice],
    ['a require that fails', [allow(alice, { require: office })], 'requirements_failed'],
    ['a require that holds', [allow(alice, { require: office })], 'login by allow', inOffice],
    ['a require that a login may satisfy', [allow(everyone, { require: alice })], 'login by allow'],
    [
      'an exclude that matches',
      [allow(alice, { exclude: office })],
      'requirements_failed',
      inOffice,
    ],
    ['an exclude that a login may satisfy', [allow(everyone, { exclude: bob })], 'login by allow'],
    [
      'an exclude that cannot be evaluated beside one that a login may satisfy',
      [allow(everyone, { exclude: [posture, bob] })],
      'requirements_failed',
    ],
    ['an address in the include', [allow(office)], 'requirements_failed'],
    [
      'another allow left',
      [allow(alice, { require: office }), allow(bob, { name: 'other' })],
      'login by other',
    ],
    ['a block first', [deny(everyone), people], 'blocked_before_login'],
    ['a block after', [people, deny(everyone)], 'login by allow'],
    ['a block of a person', [deny(bob), people], 'login by allow'],
    [
      'a block with an exception',
      [deny(everyone, { exclude: office }), people],
      'login by allow',
      inOffice,
    ],
    [
      'Service Auth with a failing require',
      [serviceAuth(everyone, { require: office })],
      'requirements_failed',
    ],
  ])('%s', (_, policies, expected, asks = {}) => {
    expect(answer(rulebook(policies), asks)).toBe(expected)
  })
})

describe('a person at login', () => {
  test.each<[string, readonly AccessPolicy[], string, Partial<Subject>?]>([
    ['is let in by the policy that names them', [allow(alice)], 'identity by allow'],
    ['is refused where none does', [allow(alice)], 'identity_not_admitted', asBob],
    ['is refused where there is no policy', [], 'identity_not_admitted', asBob],
    [
      'is blocked by the first that matches',
      [deny(bob), allow(everyone)],
      'blocked_by_policy',
      asBob,
    ],
    ['is let in before a block', [allow(everyone), deny(bob)], 'identity by allow', asBob],
    [
      'is not let in by a machine selector',
      [allow(anyMachine)],
      'identity_not_admitted',
      { ...asAlice, pair: valid('token-a') },
    ],
    [
      'does not satisfy a device posture here',
      [allow(alice, { require: posture })],
      'identity_not_admitted',
    ],
  ])('%s', (_, policies, expected, asks = asAlice) => {
    const book = rulebook(policies, { profile: 'observed' })
    expect(answer(book, asks)).toBe(expected)
  })
})

describe('a good pair', () => {
  const named = allow(machineA)
  test.each<[string, readonly AccessPolicy[], string]>([
    ['is admitted by an allow policy that names it', [named], 'service_token by allow'],
    ['is not admitted by one that names everyone', [allow(everyone)], 'not_authorized'],
    [
      'is not admitted where an exclude names it',
      [allow(anyMachine, { exclude: machineA })],
      'not_authorized',
    ],
    [
      'is not admitted where a person is required',
      [allow(machineA, { require: alice })],
      'not_authorized',
    ],
    [
      'is no person that an exclude could mean',
      [serviceAuth(machineA, { exclude: bob })],
      'service_token by non_identity',
    ],
    ['is blocked before the allow policy', [deny(anyMachine), named], 'blocked_by_policy'],
    ['is not blocked after it', [named, deny(everyone)], 'service_token by allow'],
    ['is not blocked where people are', [deny(bob), named], 'service_token by allow'],
    [
      'is admitted by Service Auth whatever blocks',
      [deny(everyone), serviceAuth(machineA)],
      'service_token by non_identity',
    ],
  ])('%s', (_, policies, expected) => {
    expect(answer(rulebook(policies), { pair: valid('token-a') })).toBe(expected)
  })

  test('that no policy admits is offered a login like anybody, unless a block names it', () => {
    const people = allow(alice)
    const catchAll = deny(everyone)
    const given = { profile: 'observed' } as const
    const pair = valid('token-a')
    expect(answer(rulebook([people, catchAll], given), { pair })).toBe('login by allow')
    const block = deny(anyMachine)
    expect(answer(rulebook([block, people], given), { pair })).toBe('blocked_before_login')
    expect(answer(rulebook([block, people], given))).toBe('login by allow')
  })

  test('admitted by allow and else anonymous is still offered the login above a block', () => {
    const overrides = { 'policy.unnamed_service_token': 'as_anonymous' } as const
    const policies = [allow(alice), deny(everyone)]
    const book = rulebook(policies, { overrides })
    expect(answer(book, { pair: valid('token-a') })).toBe('login by allow')
  })
})

describe('a strict organization', () => {
  const policies = [bypass(office), serviceAuth(machineA), allow(everyone)]
  const book = rulebook(policies, { profile: 'observed', strict: true })
  test.each<[string, Partial<Subject>, string]>([
    ['admits by Service Auth', { pair: valid('token-a') }, 'service_token by non_identity'],
    ['admits by bypass', { pair: valid('token-b'), ...inOffice }, 'bypass by bypass'],
    ['refuses what no Service Auth policy names', { pair: valid('token-b') }, 'not_authorized'],
    [
      'ignores a cookie beside a pair',
      { pair: valid('token-b'), ...heldByMachine() },
      'not_authorized',
    ],
    [
      'refuses half a pair at once',
      { pair: { status: 'unusable', reason: 'client_id_missing' }, ...inOffice },
      'credentials_invalid',
    ],
    ['takes a cookie alone', heldByMachine(), 'application_token by non_identity'],
    ['offers a login without a pair', {}, 'login by allow'],
  ])('%s', (_, asks, expected) => {
    expect(answer(book, asks)).toBe(expected)
  })

  test('says what was wrong with the pair in the trail only', () => {
    const pair = { status: 'invalid', reason: 'expired', client_id: 'x.access' } as const
    const { trail } = decide(book, subject({ pair }))
    expect(trail).toEqual([{ stage: 'credentials', outcome: 'no_match', reason: 'expired' }])
  })
})

describe('the application token of a person', () => {
  const token = heldBy(asAlice.identity)
  const named = (policy_id: string) => heldBy(asAlice.identity, { policy_id })
  const officePeople = allow(alice, { require: office })
  const france: Rule = { geo: { country_code: 'FR' } }
  const dutch: Rule = { geo: { country_code: 'NL' } }
  const groups = {
    office: lists({ include: [alice], require: [office] }),
    aliceInOffice: lists({ include: [alice], require: [office] }),
    officeOrBob: lists({ include: [office, bob] }),
  }
  const all = allow(everyone)

  test.each<[string, readonly AccessPolicy[], string, Partial<Subject>?]>([
    ['passes where it is named', [allow(alice)], 'application_token by allow'],
    ['does not pass by the name of another', [allow(bob)], 'login by allow'],
    ['is worth nothing where there is no policy', [], 'no_policy'],
    ['fails a require of the place', [officePeople], 'requirements_failed'],
    [
      'passes a require of the place',
      [officePeople],
      'application_token by allow',
      { ...token, ...inOffice },
    ],
    ['fails a require of another person', [allow(everyone, { require: bob })], 'login by allow'],
    ['fails an exclude of its person', [allow(everyone, { exclude: alice })], 'login by allow'],
    ['fails an include of addresses only', [allow(office)], 'requirements_failed'],
    [
      'fails where a posture is required',
      [allow(alice, { require: posture })],
      'requirements_failed',
    ],
    [
      'fails where an external evaluation is required',
      [allow(alice, { require: evaluation })],
      'login by allow',
    ],
    ['fails where a group requires an address', [allow(inGroup('office'))], 'requirements_failed'],
    [
      'is stopped by an earlier block by address',
      [deny(dutch), allow(alice)],
      'blocked_before_login',
    ],
    ['is stopped by an earlier block of its person', [deny(alice), allow(alice)], 'login by allow'],
    [
      'is not stopped by a block below',
      [allow(alice), deny(everyone)],
      'application_token by allow',
    ],
    [
      'is stopped by an earlier block of everyone elsewhere',
      [deny(everyone, { exclude: office }), allow(alice)],
      'blocked_before_login',
    ],
    [
      'passes by another policy than the one that issued it',
      [officePeople, allow(everyone, { name: 'other', require: dutch })],
      'application_token by other',
      named('allow'),
    ],
    [
      'passes by any where the policy that issued it is gone',
      [allow(everyone, { name: 'other' })],
      'application_token by other',
      named('gone'),
    ],
    // Each of these admitted the holder, though a new sign-in from the same place was refused.
    ['allow [ip, email b]', [allow([office, bob])], 'login by allow'],
    [
      'allow [geo FR, email_domain]',
      [allow([france, { email_domain: { domain: 'other.test' } }])],
      'login by allow',
    ],
    ['allow [ip, service_token A]', [allow([office, machineA])], 'no_interactive_policy'],
    [
      'deny [email a] require [ip] above allow',
      [deny(alice, { require: dutch }), all],
      'login by allow',
    ],
    [
      'deny [ip] require [email a] above allow',
      [deny(dutch, { require: alice }), all],
      'login by allow',
    ],
    [
      'deny [geo] exclude [email b] above allow',
      [deny(dutch, { exclude: bob }), all],
      'login by allow',
    ],
    [
      'allow everyone exclude group{email a, require ip}',
      [allow(everyone, { exclude: inGroup('aliceInOffice') })],
      'login by allow',
      { ...token, ...inOffice },
    ],
    [
      'allow everyone require group{ip | email b}',
      [allow(everyone, { require: inGroup('officeOrBob') })],
      'login by allow',
    ],
  ])('%s', (_, policies, expected, asks = token) => {
    expect(answer(rulebook(policies, { groups }), asks)).toBe(expected)
  })

  test('is bound to the policy that issued it where that behaviour says so', () => {
    const policies = [officePeople, allow(everyone, { name: 'other' })]
    const bound = { 'application_token.bound_to': 'issuing_policy' } as const
    const book = rulebook(policies, { overrides: bound })
    expect(answer(book, named('allow'))).toBe('login by other')
    expect(answer(book, named('other'))).toBe('application_token by other')
    expect(answer(book, named('gone'))).toBe('application_token by other')
  })
})

describe('the application token of a service token', () => {
  const people = allow(everyone)
  const service = serviceAuth(machineA)
  test.each<[string, readonly AccessPolicy[], string, Partial<Subject>?]>([
    ['passes by Service Auth', [service, people], 'application_token by non_identity'],
    ['does not pass by an allow policy for people', [people], 'login by allow'],
    ['is blocked as the pair is', [deny(machineA), people], 'blocked_before_login'],
    ['is blocked where any service token is', [deny(anyMachine), people], 'blocked_before_login'],
    [
      'is excluded as the pair is',
      [serviceAuth(anyMachine, { exclude: machineA }), people],
      'login by allow',
    ],
    [
      'satisfies the require of the place as the pair does',
      [serviceAuth(machineA, { require: office }), people],
      'application_token by non_identity',
      { ...heldByMachine(), ...inOffice },
    ],
    [
      'fails the require of the place as the pair does',
      [serviceAuth(machineA, { require: office }), people],
      'login by allow',
    ],
    [
      'admits beside a pair that no policy names',
      [service, people],
      'application_token by non_identity',
      { ...heldByMachine(), pair: valid('token-b') },
    ],
    ['is no credential without an allow policy', [service], 'no_interactive_policy'],
  ])('%s', (_, policies, expected, asks = heldByMachine()) => {
    expect(answer(rulebook(policies, { profile: 'observed' }), asks)).toBe(expected)
  })

  test('is judged by allow policies too where that behaviour says so', () => {
    const policies = [allow(machineA)]
    const given = { profile: 'observed' } as const
    const overrides = { 'service_token_jwt.judged_by': 'any_policy' } as const
    expect(answer(rulebook(policies, given), heldByMachine())).toBe('login by allow')
    expect(answer(rulebook(policies, { ...given, overrides }), heldByMachine())).toBe(
      'application_token by allow',
    )
  })
})

describe('an allow policy offers a login unless what does not depend on identity fails it', () => {
  const french: Rule = { geo: { country_code: 'FR' } }
  const groups = {
    machine: lists({ include: [machineA] }),
    either: lists({ include: [machineA, french] }),
  }
  test.each<[string, AccessPolicy, string, string]>([
    ['a machine alone', allow(machineA), 'login by allow', 'no_interactive_policy'],
    [
      'a machine or a country',
      allow([machineA, french]),
      'login by allow',
      'no_interactive_policy',
    ],
    ['a group of a machine', allow(inGroup('machine')), 'login by allow', 'no_interactive_policy'],
    [
      'a group of a machine or a country',
      allow(inGroup('either')),
      'login by allow',
      'no_interactive_policy',
    ],
    ['a country', allow(french), 'requirements_failed', 'requirements_failed'],
    ['a country or a person', allow([french, alice]), 'login by allow', 'login by allow'],
    [
      'a person from elsewhere',
      allow(alice, { require: french }),
      'requirements_failed',
      'requirements_failed',
    ],
    ['an evaluation at login', allow(evaluation), 'login by allow', 'login by allow'],
    ['a posture', allow(posture), 'requirements_failed', 'requirements_failed'],
    ['a posture or a person', allow([posture, alice]), 'login by allow', 'login by allow'],
  ])('%s', (_, only, observed, expected) => {
    const policies = [only]
    expect(answer(rulebook(policies, { profile: 'observed', groups }))).toBe(observed)
    expect(answer(rulebook(policies, { profile: 'expected', groups }))).toBe(expected)
  })
})

describe('a sign-in asks Allow and Block policies alone', () => {
  const asked = { ...subject(), identity: asAlice.identity }
  test.each<[string, readonly AccessPolicy[], string]>([
    ['no Bypass', [bypass(everyone), allow(bob)], 'deny'],
    ['no Service Auth', [serviceAuth(everyone)], 'deny'],
    ['an allow policy', [allow(alice)], 'pass'],
    ['a block', [deny(alice), allow(alice)], 'deny'],
  ])('%s', (_, policies, kind) => {
    expect(decideSignIn(rulebook(policies), asked).kind).toBe(kind)
  })
})

test('a deny policy that only a login can evaluate blocks after one, not before', () => {
  const policies = [deny(evaluation), allow(everyone)]
  for (const profile of profiles) {
    expect(answer(rulebook(policies, { profile }))).toBe('login by allow')
    expect(answer(rulebook(policies, { profile }), asAlice)).toBe('blocked_by_policy')
  }
})

describe('a deny policy that cannot be evaluated', () => {
  const forAlice = allow(alice)
  test.each<[string, AccessPolicy, Partial<Subject>, string]>([
    ['blocks', deny(posture), {}, 'blocked_before_login'],
    ['blocks, whatever a login would show', deny([posture, bob]), {}, 'blocked_before_login'],
    ['blocks by require', deny(everyone, { require: posture }), {}, 'blocked_before_login'],
    ['makes no exception', deny(everyone, { exclude: posture }), {}, 'blocked_before_login'],
    ['does not block those it is not about', deny(bob, { require: posture }), {}, 'login by allow'],
    ['lets those in at login', deny(bob, { require: posture }), asAlice, 'identity by allow'],
    ['blocks by an unknown group', deny(inGroup('gone')), asAlice, 'blocked_by_policy'],
  ])('%s', (_, block, asks, expected) => {
    expect(answer(rulebook([block, forAlice]), asks)).toBe(expected)
  })
})

// Properties

const ruleOf = fc.constantFrom<Rule>(
  everyone,
  alice,
  bob,
  office,
  { geo: { country_code: 'NL' } },
  machineA,
  anyMachine,
  { certificate: {} },
  inGroup('office'),
  inGroup('machines'),
  inGroup('loop'),
)
const rulesOf = fc.array(ruleOf, { maxLength: 2 })
const policyOf = fc
  .record({
    decision: fc.constantFrom<PolicyDecision>('allow', 'deny', 'non_identity', 'bypass'),
    include: fc.array(ruleOf, { minLength: 1, maxLength: 3 }),
    require: rulesOf,
    exclude: rulesOf,
  })
  .map(({ decision, ...given }) => policy(decision, given))
const policiesOf = fc
  .array(policyOf, { minLength: 1, maxLength: 4 })
  .map((policies) => policies.map((one, index) => ({ ...one, id: `p${index}`, name: `p${index}` })))
const groups = {
  office: lists({ include: [office] }),
  machines: lists({ include: [machineA], exclude: [{ geo: { country_code: 'KP' } }] }),
  loop: lists({ include: [inGroup('loop')] }),
}
const places = {
  ip: fc.constantFrom('10.1.1.1', '203.0.113.9'),
  country: fc.constantFrom('NL', 'KP'),
}
const subjectOf = fc
  .record({
    ...places,
    pair: fc.constantFrom<Subject['pair']>(absent, valid('token-a'), valid('token-b'), {
      status: 'unusable',
      reason: 'client_id_missing',
    }),
    who: fc.constantFrom<Partial<Subject>>(
      {},
      asAlice,
      asBob,
      heldByMachine(),
      heldBy(asAlice.identity),
    ),
  })
  .map(({ who, ...asks }): Subject => ({ ...asks, ...who }))
const givenOf = fc.record({
  profile: fc.constantFrom(...profiles),
  strict: fc.boolean(),
  groups: fc.constant(groups),
})

const openness = { deny: 0, login: 1, pass: 2 } as const
const runs = { numRuns: 1000 }

/** Undecided until a login, and a service token where live ignores one. */
function isAskedAtLogin({ list, by }: { list: keyof RuleLists; by: Rule }): boolean {
  const isOpen = ['external_evaluation', 'email_list'].includes(selectorOf(by))
  return isOpen || list === 'include'
}

test('what cannot be evaluated never opens: not in a require, an include or an exclude, nor in a deny policy', () => {
  const spot = fc.record({
    at: fc.nat(),
    list: fc.constantFrom<keyof RuleLists>('include', 'require', 'exclude'),
    rule: fc.nat(),
    by: fc.constantFrom<Rule>(posture, evaluation, { email_list: { id: 'gone' } }, inGroup('gone')),
  })
  fc.assert(
    fc.property(policiesOf, subjectOf, givenOf, spot, (policies, asks, given, where) => {
      const target = policies[where.at % policies.length]
      if (target === undefined || target[where.list].length === 0) return
      const index = where.rule % target[where.list].length
      const blinded = {
        ...target,
        [where.list]: target[where.list].map((rule, i) => (i === index ? where.by : rule)),
      }
      const blind = policies.map((one) => (one === target ? blinded : one))
      const before = decide(rulebook(policies, given), asks)
      const after = decide(rulebook(blind, given), asks)
      // A login admits no one by itself: policies decide again once the user is known.
      const ceiling = after.kind === 'login' && isAskedAtLogin(where) ? 1 : openness[before.kind]
      expect(openness[after.kind]).toBeLessThanOrEqual(ceiling)
    }),
    runs,
  )
})

test('an added require or exclude never opens an allow-like policy', () => {
  fc.assert(
    fc.property(
      policiesOf,
      subjectOf,
      givenOf,
      fc.nat(),
      ruleOf,
      (policies, asks, given, at, rule) => {
        const target = policies[at % policies.length]
        if (target === undefined || target.decision === 'deny') return
        const before = decide(rulebook(policies, given), asks)
        for (const list of ['require', 'exclude'] as const) {
          const narrowed = { ...target, [list]: [...target[list], rule] }
          const narrow = policies.map((one) => (one === target ? narrowed : one))
          const after = decide(rulebook(narrow, given), asks)
          expect(openness[after.kind]).toBeLessThanOrEqual(openness[before.kind])
        }
      },
    ),
    runs,
  )
})

test('an added deny policy never admits anything, whatever its position', () => {
  const block = policyOf.map((one) => ({
    ...one,
    id: 'block',
    name: 'block',
    decision: 'deny' as const,
  }))
  fc.assert(
    fc.property(
      policiesOf,
      subjectOf,
      givenOf,
      block,
      fc.nat(4),
      (policies, asks, given, added, at) => {
        const before = decide(rulebook(policies, given), asks)
        const after = decide(rulebook(policies.toSpliced(at, 0, added), given), asks)
        expect(openness[after.kind]).toBeLessThanOrEqual(openness[before.kind])
      },
    ),
    runs,
  )
})

test('the order of policies matters only between a deny and an allow policy', () => {
  fc.assert(
    fc.property(policiesOf, subjectOf, givenOf, (policies, asks, given) => {
      const withoutBlock = policies.filter(({ decision }) => decision !== 'deny')
      const onward = decide(rulebook(withoutBlock, given), asks)
      const backward = decide(rulebook(withoutBlock.toReversed(), given), asks)
      expect(backward.kind).toBe(onward.kind)
    }),
    runs,
  )
})

test('neither the order nor duplicates of rules matter', () => {
  const mixed = (rules: readonly Rule[]) => [...rules, ...rules].toReversed()
  fc.assert(
    fc.property(policiesOf, subjectOf, givenOf, (policies, asks, given) => {
      const others = policies.map((one) => ({
        ...one,
        include: mixed(one.include),
        require: mixed(one.require),
        exclude: mixed(one.exclude),
      }))
      const { trail: _, policy: __, ...onward } = decide(rulebook(policies, given), asks)
      expect(decide(rulebook(others, given), asks)).toMatchObject(onward)
    }),
    runs,
  )
})

test('a group of includes is those includes', () => {
  const include = fc.array(
    ruleOf.filter((rule) => !('group' in rule)),
    { minLength: 1, maxLength: 3 },
  )
  fc.assert(
    fc.property(policiesOf, subjectOf, givenOf, include, (policies, asks, given, own) => {
      const written = (rules: readonly Rule[]) =>
        rules.flatMap((rule) => ('group' in rule && rule.group.id === 'machines' ? own : [rule]))
      // A group in a require is one rule, its includes would be several.
      const grouped = policies.map((one) => ({ ...one, require: [] }))
      const plain = grouped.map((one) => ({
        ...one,
        include: written(one.include),
        exclude: written(one.exclude),
      }))
      const known = { ...given, groups: { ...groups, machines: lists({ include: own }) } }
      const { kind } = decide(rulebook(plain, known), asks)
      expect(decide(rulebook(grouped, known), asks).kind).toBe(kind)
    }),
    runs,
  )
})

test('a held token passes only where its person would pass afresh, or anybody does', () => {
  const person = fc.constantFrom(asAlice, asBob)
  const placeOf = fc.record({ ...places, pair: fc.constant(absent) })
  fc.assert(
    fc.property(policiesOf, placeOf, givenOf, person, (policies, place, given, who) => {
      const book = rulebook(policies, given)
      if (decide(book, { ...place, ...heldBy(who.identity) }).kind !== 'pass') return
      const afresh = decideSignIn(book, { ...place, ...who }).kind
      expect([afresh, decide(book, place).kind]).toContain('pass')
    }),
    runs,
  )
})

test('a strict organization never offers a login to a pair, nor admits one that a lenient one refuses', () => {
  fc.assert(
    fc.property(policiesOf, subjectOf, givenOf, (policies, asks, given) => {
      if (asks.pair.status === 'absent') return
      const strict = decide(rulebook(policies, { ...given, strict: true }), asks)
      const lenient = decide(rulebook(policies, { ...given, strict: false }), asks)
      expect(strict.kind).not.toBe('login')
      expect(openness[strict.kind]).toBeLessThanOrEqual(openness[lenient.kind])
    }),
    runs,
  )
})
