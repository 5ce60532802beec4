/** Policy tests over the users that logins made. */
import { expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { edgeFixture, hosts } from '../edge/applications.ts'
import { ada, stranger } from '../edge/login/person.ts'

const allow = (rule: object, more: object = {}) => ({
  name: 'tested',
  decision: 'allow',
  include: [rule],
  ...more,
})

async function fixture() {
  const edge = await edgeFixture()
  const session = { email: ada, application: edge.id(hosts.P), country: 'NL', groups: ['staff'] }
  await edge.emulator.control.createSession({ body: session })
  await edge.api(api.users.create, { body: { email: stranger, name: 'Eve' } })
  const decided = async (...policies: unknown[]) => {
    const { id } = await edge.api(api.policyTests.create, { body: { policies } })
    const params = { policy_test_id: id }
    const users = await edge.api(api.policyTests.users, { params })
    return Object.fromEntries(users.map(({ email, status }) => [email, status]))
  }
  return { edge, decided }
}

test('each user is judged as at a login: the order of policies, groups, country, and the latest session', async () => {
  const { edge, decided } = await fixture()
  const reusable = await edge.api(api.reusablePolicies.create, {
    body: allow({ email: { email: stranger } }),
  })
  const denied = { ...allow({ email: { email: ada } }), decision: 'deny' }
  expect(await decided(allow({ everyone: {} }))).toEqual({
    [ada]: 'approved',
    [stranger]: 'approved',
  })
  expect(await decided(reusable.id)).toEqual({ [ada]: 'blocked', [stranger]: 'approved' })
  expect(await decided(denied, allow({ everyone: {} }))).toEqual({
    [ada]: 'blocked',
    [stranger]: 'approved',
  })
  expect(await decided(allow({ geo: { country_code: 'NL' } }))).toMatchObject({ [ada]: 'approved' })
  expect(await decided(allow({ ip: { ip: '127.0.0.1/32' } }))).toMatchObject({ [ada]: 'approved' })
  expect(await decided()).toEqual({ [ada]: 'blocked', [stranger]: 'blocked' })
})

test('a rule that cannot be evaluated is an error, and the counts are percentages of all users', async () => {
  const { edge } = await fixture()
  const policies = [
    allow({ email: { email: ada } }),
    allow({ device_posture: { integration_uid: 'aa0a4aab-672b-4bdb-bc33-a59f1130a11f' } }),
  ]
  const { id } = await edge.api(api.policyTests.create, { body: { policies } })
  const params = { policy_test_id: id }
  expect(await edge.api(api.policyTests.get, { params })).toEqual({
    id,
    status: 'complete',
    percent_users_processed: 100,
    total_users: 2,
    users_approved: 1,
    users_blocked: 0,
    users_errored: 1,
    percent_approved: 50,
    percent_blocked: 0,
    percent_errored: 50,
  })
  const users = await edge.api(api.policyTests.users, { params })
  const { id: eve } = (await edge.api(api.users.list)).find((user) => user.email === stranger) ?? {}
  expect(users[1]).toEqual({ id: eve, email: stranger, name: 'Eve', status: 'error' })
  const start = (body: object) => edge.call(api.policyTests.create, { body })
  // The document requires no policies: then nobody is let in.
  expect((await start({})).status).toBe(200)
  expect((await start({ policies: 'all' })).status).toBe(400)
  expect(
    (await start({ policies: [{ name: 'x', decision: 'perhaps', include: [] }] })).status,
  ).toBe(400)
})

test('an account keeps its last 20 tests', async () => {
  const edge = await edgeFixture()
  const ids: string[] = []
  for (let each = 0; each < 21; each += 1) {
    ids.push((await edge.api(api.policyTests.create, { body: { policies: [] } })).id)
  }
  const status = async (id = '') =>
    (await edge.call(api.policyTests.get, { params: { policy_test_id: id } })).status
  expect([await status(ids[0]), await status(ids[1]), await status(ids[20])]).toEqual([
    404, 200, 200,
  ])
})
