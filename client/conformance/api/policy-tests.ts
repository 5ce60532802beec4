/** Cases of policy tests: what policies would decide for the users that the account knows. */
import { api } from '../../../contracts/api/operations.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { allowPeople, peopleDomain } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { writing } from '../define.ts'
import { fits, holds, same } from '../difference.ts'
import { nobodysHex, nobodysId } from '../guard.ts'

const { policyTests, users } = api
// The users are those of the whole account.

/** Two users: the policy admits the first and blocks the second. */
async function twoUsers(target: CaseTarget) {
  const emails = [peopleDomain, 'elsewhere.example'].map(
    (domain) => `${target.name('user')}@${domain}`,
  )
  for (const email of emails) {
    const { result } = await succeeds(target, users.create, { body: { email } })
    target.cleanup(() => target.api.users.delete({ user_id: result.id }))
  }
  const [admitted = '', blocked = ''] = emails
  return { admitted, blocked }
}

async function tested(target: CaseTarget): Promise<string> {
  const body = { policies: [allowPeople(peopleDomain)] }
  const { result } = await succeeds(target, policyTests.create, { body })
  same(result.status, 'success', 'status')
  return result.id
}

export const policyTestCases: readonly Case[] = [
  writing(policyTests.create, 'answers an id', {
    title: 'a policy test is started with whole policies or the ids of reusable ones',
    needs: ['own_account'],
    async run(target) {
      fits(await tested(target), /^[0-9a-f]{64}$/, 'id')
      const body = { policies: [nobodysId] }
      await refuses(target, policyTests.create, 'invalid_request', { body })
    },
  }),
  writing(policyTests.get, 'counts', {
    title: 'a policy test counts whom the policies would let in',
    needs: ['own_account'],
    async run(target) {
      await twoUsers(target)
      const params = { policy_test_id: await tested(target) }
      const { result } = await succeeds(target, policyTests.get, { params })
      const { total_users, users_approved, users_blocked, users_errored } = result
      holds(result, { status: 'complete', percent_users_processed: 100 }, 'test')
      same(users_approved + users_blocked + users_errored, total_users, 'total_users')
      same(users_approved >= 1 && users_blocked >= 1, true, 'whether both are counted')
      const none = { policy_test_id: nobodysHex.repeat(2) }
      await refuses(target, policyTests.get, 'not_found', { params: none })
    },
  }),
  writing(policyTests.users, 'by status', {
    title: 'the users of a policy test are listed by what was decided',
    needs: ['own_account'],
    async run(target) {
      const { admitted, blocked } = await twoUsers(target)
      const params = { policy_test_id: await tested(target) }
      const listed = async (status: 'success' | 'fail') => {
        const query = { status, per_page: 1000 }
        const { result } = await succeeds(target, policyTests.users, { params, query })
        return result.map(({ email }) => email)
      }
      const [approved, refused] = [await listed('success'), await listed('fail')]
      const both = [admitted, blocked]
      same(
        both.map((email) => approved.includes(email)),
        [true, false],
        'who is approved',
      )
      same(
        both.map((email) => refused.includes(email)),
        [false, true],
        'who is refused',
      )
    },
  }),
]
