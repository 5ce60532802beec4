import { describe, expect, test } from 'vitest'
import type { Rule } from '../../contracts/api/rules.ts'
import { profiles } from '../../contracts/behaviours/table.ts'
import { decide } from '../../emulator/access/decide.ts'
import { type AccessPolicy, isServiceAuthOnly } from '../../emulator/access/policy.ts'
import type { Subject } from '../../emulator/access/subject.ts'
import type { Verdict } from '../../emulator/access/verdict.ts'
import {
  absent,
  alice,
  allow,
  anyMachine,
  heldByMachine,
  inGroup,
  lists,
  machineA,
  rulebook,
  serviceAuth,
  subject,
  valid,
} from './samples.ts'

/** M: service tokens only. T: the ticket's, allow policies that name only machines. P: people can sign in. */
const applications = {
  M: [serviceAuth(machineA)],
  T: [allow(machineA, { name: 'named' }), allow(inGroup('machines'), { name: 'grouped' })],
  P: [serviceAuth(machineA), allow(alice)],
} as const satisfies Record<string, readonly AccessPolicy[]>
type Application = keyof typeof applications

const groups = { machines: lists({ include: [{ service_token: { token_id: 'token-c' } }] }) }

const requests = {
  'no credential': { pair: absent },
  'a bad pair': {
    pair: { status: 'invalid', reason: 'wrong_secret', client_id: 'token-a.access' },
  },
  'half a pair': { pair: { status: 'unusable', reason: 'client_secret_missing' } },
  'a named pair': { pair: valid('token-a') },
  'a pair that a group names': { pair: valid('token-c') },
  'an unnamed pair': { pair: valid('token-b') },
  'an issued JWT': { pair: absent, ...heldByMachine() },
} satisfies Record<string, Partial<Subject>>

/** Rows: request, application, then the verdict in profile expected, observed and strict. */
const table: readonly [keyof typeof requests, Application, string, string, string][] = [
  ['no credential', 'M', 'no_interactive_policy', 'no_interactive_policy', 'no_interactive_policy'],
  ['no credential', 'T', 'no_interactive_policy', 'login', 'login'],
  ['no credential', 'P', 'login', 'login', 'login'],
  ['a bad pair', 'M', 'no_interactive_policy', 'no_interactive_policy', 'credentials_invalid'],
  ['a bad pair', 'T', 'no_interactive_policy', 'login', 'credentials_invalid'],
  ['a bad pair', 'P', 'login', 'login', 'credentials_invalid'],
  ['half a pair', 'M', 'no_interactive_policy', 'no_interactive_policy', 'credentials_invalid'],
  ['half a pair', 'T', 'no_interactive_policy', 'login', 'credentials_invalid'],
  ['half a pair', 'P', 'login', 'login', 'credentials_invalid'],
  ['a named pair', 'M', 'service_token', 'service_token', 'service_token'],
  ['a named pair', 'T', 'service_token', 'login', 'not_authorized'],
  ['a named pair', 'P', 'service_token', 'service_token', 'service_token'],
  ['a pair that a group names', 'T', 'service_token', 'login', 'not_authorized'],
  ['an unnamed pair', 'M', 'not_authorized', 'no_interactive_policy', 'not_authorized'],
  ['an unnamed pair', 'T', 'not_authorized', 'login', 'not_authorized'],
  ['an unnamed pair', 'P', 'not_authorized', 'login', 'not_authorized'],
  ['an issued JWT', 'M', 'application_token', 'no_interactive_policy', 'no_interactive_policy'],
  // The pair itself is not admitted there, so its JWT is not either (edge-service-token-jwt-policies).
  ['an issued JWT', 'T', 'application_token', 'login', 'login'],
  ['an issued JWT', 'P', 'application_token', 'application_token', 'application_token'],
]

function word(verdict: Verdict): string {
  if (verdict.kind === 'pass') return verdict.by
  return verdict.kind === 'deny' ? verdict.reason : verdict.kind
}

describe.each(profiles)('in profile %s', (profile) => {
  const column = profiles.indexOf(profile)
  test.each(table)('%s on application %s', (request, application, ...verdicts) => {
    const book = rulebook(applications[application], { profile, groups })
    const verdict = decide(book, subject(requests[request]))
    expect(word(verdict)).toBe(verdicts[column])
  })
})

test.each<[Rule]>([[machineA], [anyMachine], [inGroup('machines')]])(
  'the ticket’s application is the same one whichever machine selector it has: %j',
  (rule) => {
    const book = rulebook([allow(rule)], { profile: 'expected', groups })
    expect(word(decide(book, subject()))).toBe('no_interactive_policy')
    const observed = rulebook(book.policies, { profile: 'observed', groups })
    expect(word(decide(observed, subject()))).toBe('login')
  },
)

test('an application without an allow policy is service-auth only', () => {
  expect(isServiceAuthOnly(applications.M)).toBe(true)
  expect(isServiceAuthOnly(applications.T)).toBe(false)
  expect(isServiceAuthOnly(applications.P)).toBe(false)
})
