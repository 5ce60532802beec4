import { expect, test } from 'vitest'
import type { Rule } from '../../contracts/api/rules.ts'
import type { Profile } from '../../contracts/behaviours/table.ts'
import { advise } from '../../emulator/access/advice/advise.ts'
import type { KnownAccount } from '../../emulator/access/advice/move.ts'
import { decide } from '../../emulator/access/decide.ts'
import type { AccessPolicy, Rulebook } from '../../emulator/access/policy.ts'
import type { Subject } from '../../emulator/access/subject.ts'
import {
  alice,
  allow,
  bypass,
  deny,
  everyone,
  heldBy,
  machineA,
  office,
  posture,
  rulebook,
  serviceAuth,
  subject,
  valid,
} from './samples.ts'

const known: KnownAccount = {
  serviceTokens: [
    { id: 'token-a', name: 'token-a', client_id: 'token-a.access', state: 'live' },
    { id: 'token-b', name: 'token-b', client_id: 'token-b.access', state: 'live' },
    { id: 'token-c', name: 'token-c', client_id: 'token-c.access', state: 'disabled' },
    { id: 'token-d', name: 'token-d', client_id: 'token-d.access', state: 'expired' },
  ],
  providers: [{ id: 'pin', type: 'onetimepin' }],
}

function said(book: Rulebook, asks: Subject): string[] {
  return advise(book, asks, decide(book, asks), known).map(({ says, also_admits }) =>
    also_admits === null ? says : `${says} | ${also_admits}`,
  )
}

const ticket = allow(machineA, { name: 'machines' })
const service = serviceAuth(machineA, { name: 'machines' })
const bob: Rule = { email: { email: 'bob@example.com' } }
const people = allow(alice, { name: 'people' })

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
    'a good pair that only an allow policy for people names too',
    'observed',
    [allow([machineA, bob], { name: 'mixed' })],
    { pair: valid('token-a') },
    [
      'sign in as bob@example.com',
      'add a policy with the decision non_identity that includes the service token "token-a"',
      'change the decision of policy "mixed" from allow to non_identity, after which nobody can sign in by it',
    ],
  ],
  [
    'a wrong secret where no policy names the token',
    'observed',
    [],
    { pair: { status: 'invalid', reason: 'wrong_secret', client_id: 'token-a.access' } },
    [
      'add a policy with the decision non_identity that includes the service token "token-a", and send the right secret of the service token "token-a"',
    ],
  ],
  [
    'nothing sent where a machine is wanted',
    'expected',
    [service],
    {},
    ['send the service token "token-a"'],
  ],
  [
    'nothing sent to the ticket’s application on real Cloudflare',
    'observed',
    [ticket],
    {},
    [
      'change the decision of policy "machines" from allow to non_identity, and send the service token "token-a"',
    ],
  ],
  [
    'a wrong secret',
    'expected',
    [service],
    { pair: { status: 'invalid', reason: 'wrong_secret', client_id: 'token-a.access' } },
    ['send the right secret of the service token "token-a"'],
  ],
  [
    'the wrong network',
    'expected',
    [serviceAuth(machineA, { require: office })],
    { pair: valid('token-a') },
    [
      'send the request from an address in 10.0.0.0/8',
      'add a policy with the decision non_identity that includes the service token "token-a"',
    ],
  ],
  [
    'an excluded country',
    'expected',
    [bypass(everyone, { exclude: { geo: { country_code: 'NL' } } })],
    {},
    ['send the request from another country than NL'],
  ],
  ['a user who is not known yet', 'expected', [people], {}, ['sign in as alice@example.com']],
  ['anyone who signs in', 'expected', [allow(everyone, { name: 'all' })], {}, ['sign in']],
  [
    'a block in front',
    'expected',
    [deny(everyone, { name: 'closed' }), ticket],
    { pair: valid('token-a') },
    [
      'exclude the service token "token-a" from the deny policy "closed"',
      'change the decision of policy "machines" from allow to non_identity',
      'add a policy with the decision non_identity that includes the service token "token-a"',
      'remove the deny policy "closed", or narrow it | others whom it blocks, where another policy lets them in',
    ],
  ],
  [
    'a block with an exception',
    'observed',
    [deny(everyone, { name: 'closed', exclude: alice }), allow(everyone)],
    {},
    ['sign in as alice@example.com'],
  ],
  [
    'a user who is excluded where service tokens are admitted',
    'observed',
    [serviceAuth(machineA, { exclude: bob })],
    {},
    ['send the service token "token-a"'],
  ],
  [
    'a service token that is disabled, and named',
    'observed',
    [serviceAuth({ service_token: { token_id: 'token-c' } })],
    {},
    ['enable the service token "token-c" and send it'],
  ],
  [
    'a pair that has expired',
    'observed',
    [serviceAuth({ service_token: { token_id: 'token-d' } })],
    { pair: { status: 'invalid', reason: 'expired', client_id: 'token-d.access' } },
    ['extend the expired service token "token-d"'],
  ],
  [
    'an address that is both wanted and refused',
    'expected',
    [serviceAuth(machineA, { require: office, exclude: office })],
    { pair: valid('token-b') },
    ['add a policy with the decision non_identity that includes the service token "token-b"'],
  ],
  [
    'an allow policy for everybody, and a pair',
    'observed',
    [allow(everyone, { name: 'all' })],
    { pair: valid('token-a') },
    [
      'sign in',
      'add a policy with the decision non_identity that includes the service token "token-a"',
    ],
  ],
  [
    'a group, a claim and a place together',
    'observed',
    [
      allow(
        { okta: { name: 'staff' } },
        { require: [office, { oidc: { claim_name: 'role', claim_value: 'ops' } }] },
      ),
    ],
    {},
    [
      'send the request from an address in 10.0.0.0/8 and sign in, in the group "staff" and with role "ops"',
    ],
  ],
  ['what cannot be changed', 'expected', [bypass(posture)], {}, []],
])('%s gets useful advice', (_, profile, policies, asks, expected) => {
  const book = rulebook(policies, { profile })
  const asked = subject(asks)
  expect(said(book, asked)).toEqual(expected)
})

test('a cookie beside a refused pair in a strict organization points to the setting', () => {
  const book = rulebook([people], { profile: 'observed', strict: true })
  const asked = subject({
    pair: { status: 'unusable', reason: 'client_secret_missing' },
    ...heldBy({ email: 'alice@example.com' }),
  })
  expect(said(book, asked)).toContain('turn off strict_service_token_auth of the organization')
})
