import { expect, test } from 'vitest'
import type { Profile } from '../../contracts/behaviours.ts'
import { wouldPassIf } from '../../emulator/access/explain.ts'
import { decide } from '../../emulator/access/policy.ts'
import type { Subject } from '../../emulator/access/subject.ts'
import type { AccessPolicy } from '../../emulator/access/verdict.ts'
import {
  alice,
  everyone,
  heldBy,
  machineA,
  office,
  policy,
  posture,
  rulebook,
  subject,
  valid,
} from './setting.ts'

const ticket = policy('allow', { name: 'machines', include: [machineA] })
const service = policy('non_identity', { name: 'machines', include: [machineA] })
const people = policy('allow', { name: 'people', include: [alice] })

test.each<[string, Profile, readonly AccessPolicy[], Partial<Subject>, readonly string[]]>([
  ['a request that passes', 'expected', [service], { pair: valid('token-a') }, []],
  [
    'a good pair that only an allow policy names',
    'observed',
    [ticket],
    { pair: valid('token-a') },
    [
      'change the decision of policy "machines" from allow to non_identity',
      'add a policy with the decision non_identity that includes the service token "token-a"',
    ],
  ],
  [
    'nothing sent where a machine is wanted',
    'expected',
    [service],
    {},
    ['send a service token that policy "machines" includes'],
  ],
  [
    'nothing sent to the ticket’s application on real Cloudflare',
    'observed',
    [ticket],
    {},
    [
      'send a service token that policy "machines" includes, and change the decision of policy "machines" from allow to non_identity',
    ],
  ],
  [
    'a wrong secret',
    'expected',
    [service],
    { pair: { status: 'invalid', reason: 'wrong_secret', client_id: 'x' } },
    ['send the right secret of the service token, if it is one that policy "machines" includes'],
  ],
  [
    'the wrong network',
    'expected',
    [policy('non_identity', { include: [machineA], require: [office] })],
    { pair: valid('token-a') },
    [
      'send the request from an address in 10.0.0.0/8',
      'add a policy with the decision non_identity that includes the service token "token-a"',
    ],
  ],
  [
    'an excluded country',
    'expected',
    [policy('bypass', { include: [everyone], exclude: [{ geo: { country_code: 'NL' } }] })],
    {},
    ['send the request from another country than NL'],
  ],
  ['a person who is not known yet', 'expected', [people], {}, ['sign in as alice@example.com']],
  [
    'anybody who signs in',
    'expected',
    [policy('allow', { name: 'all', include: [everyone] })],
    {},
    ['sign in', 'change the decision of policy "all" from allow to non_identity'],
  ],
  [
    'a block in front',
    'expected',
    [policy('deny', { name: 'closed', include: [everyone] }), ticket],
    { pair: valid('token-a') },
    [
      'remove the deny policy "closed", or narrow it',
      'change the decision of policy "machines" from allow to non_identity',
      'add a policy with the decision non_identity that includes the service token "token-a"',
    ],
  ],
  ['what nobody can bring about', 'expected', [policy('bypass', { include: [posture] })], {}, []],
])('%s is told what would help', (_, profile, policies, asks, expected) => {
  const book = rulebook(policies, { profile })
  const asked = subject(asks)
  expect(wouldPassIf(book, asked, decide(book, asked))).toEqual(expected)
})

test('a cookie beside a refused pair in a strict organization points to the setting', () => {
  const book = rulebook([people], { profile: 'observed', strict: true })
  const asked = subject({
    pair: { status: 'unusable', reason: 'secret_missing' },
    ...heldBy({ email: 'alice@example.com' }),
  })
  expect(wouldPassIf(book, asked, decide(book, asked))).toContain(
    'turn off strict_service_token_auth of the organization',
  )
})
