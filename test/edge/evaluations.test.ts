/** A decision evaluates its policies once, and not again for repeated requests while nothing has changed. */
import { expect, test } from 'vitest'
import type { ApplicationTokenClaims } from '../../contracts/edge/claims.ts'
import type { Rulebook } from '../../emulator/access/policy.ts'
import type { Subject } from '../../emulator/access/subject.ts'
import type { Account } from '../../emulator/account/account.ts'
import { decisionOf } from '../../emulator/account/decision.ts'
import { rulebookOf } from '../../emulator/account/evaluate.ts'
import { openAccounts } from '../../emulator/seeds/open-accounts.ts'
import { silent } from '../../emulator/world/log.ts'

const client_id = 'e0a1e0a1e0a1e0a1e0a1e0a1e0a1e0a1.access'
const from = { ip: '127.0.0.1', country: 'XX' }

/** Every kind of credential, each sent repeatedly. */
function subjects(account: Account): Record<'none' | 'pair' | 'token', Subject> {
  const [row] = account.state.tables.service_tokens.by('client_id', client_id)
  if (row === undefined) throw new Error('the seed has no such service token')
  const named = { token_id: row.id, client_id, name: row.name }
  const times = { iat: 0, exp: 2 ** 40 }
  const claims: ApplicationTokenClaims = { type: 'app', iss: '', sub: '', aud: [], ...times }
  const absent = { status: 'absent' } as const
  return {
    none: { ...from, pair: absent },
    pair: { ...from, pair: { status: 'valid', ...named } },
    token: {
      ...from,
      pair: absent,
      applicationToken: { claims, holder: { kind: 'service_token', ...named } },
    },
  }
}

/** An account of the seed, and a decision that counts how often it evaluated a policy. */
async function counting(profile: 'expected' | 'observed' | 'strict') {
  const under = { profile, overrides: {}, log: silent, workers: new Map() }
  const { accounts } = await openAccounts({ seed: 'example' }, under)
  const account = accounts.first()
  const [application] = account?.state.tables.applications.by('uri', 'machines.example.com') ?? []
  if (account === undefined || application === undefined) throw new Error('the seed is another')
  let evaluated = 0
  const counted = (...of: Parameters<typeof rulebookOf>): Rulebook => {
    const rulebook = rulebookOf(...of)
    const policies = rulebook.policies.map((policy) => ({
      ...policy,
      get include() {
        evaluated += 1
        return policy.include
      },
    }))
    return { ...rulebook, policies }
  }
  const evaluationsOf = (subject: Subject) => {
    evaluated = 0
    decisionOf(account, application, subject, counted)
    return evaluated
  }
  return { account, subjects: subjects(account), evaluationsOf }
}

test.each(['none', 'pair', 'token'] as const)(
  'a policy is evaluated once for a subject with credential: %s, and then no more',
  async (who) => {
    const { subjects, evaluationsOf } = await counting('observed')
    expect(evaluationsOf(subjects[who])).toBe(1)
    expect(evaluationsOf({ ...subjects[who] })).toBe(0)
  },
)

test.each(['none', 'pair', 'token'] as const)(
  'profile expected asks the real world too, once, of a subject with credential: %s',
  async (who) => {
    const { subjects, evaluationsOf } = await counting('expected')
    evaluationsOf(subjects[who])
    expect(evaluationsOf({ ...subjects[who] })).toBe(0)
  },
)

test('after a change, and from another address, policies are evaluated again', async () => {
  const { account, subjects, evaluationsOf } = await counting('observed')
  evaluationsOf(subjects.none)
  expect(evaluationsOf({ ...subjects.none, ip: '192.0.2.7' })).toBe(1)
  expect(evaluationsOf({ ...subjects.none, certificate: { common_name: 'c' } })).toBe(1)
  account.commit([{ table: 'counters', put: { id: 'c', count: 1 } }])
  expect(evaluationsOf(subjects.none)).toBe(1)
  account.commit([], { ...account.overridden(), behaviours: { 'policy.login_needs': 'any_allow' } })
  expect(evaluationsOf(subjects.none)).toBe(1)
  expect(evaluationsOf(subjects.none)).toBe(0)
})
