/** `POST /__access/changes`: what advice names is done by operations of the API, and can be taken back. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AdviceChange } from '../../contracts/control/advice.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

async function call(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${emulator.url}/__access${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  return { status: answer.status, body: await answer.json() }
}

async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { id, api_token } = emulator.account
  const answer = await fetch(`${emulator.url}/client/v4/accounts/${id}/access${path}`, {
    method,
    headers: { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return ((await answer.json()) as { result: T }).result
}

const applicationAt = (domain: string) =>
  emulator.account.applications.find((each) => each.domain === domain)?.id ?? ''

interface Policy {
  readonly id: string
  readonly name: string
  readonly decision: string
  readonly exclude: readonly unknown[]
}
const policiesOf = (app: string) => api<Policy[]>('GET', `/apps/${app}/policies`)

const everyone = [{ everyone: {} }]

test('a policy is added and taken back', async () => {
  const application = applicationAt('machines.example.com')
  const before = await policiesOf(application)
  const changes: AdviceChange[] = [{ change: 'add_policy', decision: 'bypass', include: everyone }]
  const applied = await call('POST', '/changes', { changes, application })
  expect(applied).toEqual({
    status: 200,
    body: { id: '1', operations: ['applicationPolicies.create'] },
  })
  expect(await policiesOf(application)).toHaveLength(before.length + 1)
  const open = await emulator.fetch(emulator.urlFor('machines.example.com'))
  expect(open.status).toBe(200)
  expect(await call('DELETE', '/changes/1')).toEqual({ status: 200, body: { ok: true } })
  expect(await policiesOf(application)).toEqual(before)
  const closed = await emulator.fetch(emulator.urlFor('machines.example.com'))
  expect(closed.status).toBe(403)
  expect(await call('DELETE', '/changes/1')).toMatchObject({
    status: 404,
    body: { error: { code: 'unknown', message: 'There is no change "1" to take back.' } },
  })
})

test('decisions, exceptions and removals of policies, together and in order', async () => {
  const application = applicationAt('wiki.example.com')
  const before = await policiesOf(application)
  const [machines, people] = before
  const changes = [
    { change: 'set_decision', policy_id: people?.id, decision: 'deny' },
    { change: 'add_exclude', policy_id: people?.id, rule: { email: { email: 'a@example.com' } } },
    { change: 'remove_policy', policy_id: machines?.id },
  ]
  const { body } = await call('POST', '/changes', { changes, application })
  expect(body).toMatchObject({
    operations: [
      'applicationPolicies.get',
      'applicationPolicies.replace',
      'applicationPolicies.get',
      'applicationPolicies.replace',
      'applicationPolicies.delete',
    ],
  })
  expect(await policiesOf(application)).toMatchObject([
    { name: people?.name, decision: 'deny', exclude: [{ email: { email: 'a@example.com' } }] },
  ])
  const { id } = body as { id: string }
  expect(await call('DELETE', `/changes/${id}`)).toMatchObject({ status: 200 })
  expect(await policiesOf(application)).toMatchObject(before.map(({ id, name }) => ({ id, name })))
})

test('service tokens, applications and the organization', async () => {
  const [token] = emulator.account.service_tokens
  const token_id = token?.id ?? ''
  await api('PUT', `/service_tokens/${token_id}`, { name: 'ci deploy', enabled: false })
  const changes: AdviceChange[] = [
    { change: 'enable_service_token', token_id },
    { change: 'refresh_service_token', token_id },
    { change: 'add_application', domain: 'new.example.com', decision: 'bypass', include: everyone },
    { change: 'exempt_zone', zone: 'example.com' },
    { change: 'unset_strict_service_token_auth' },
  ]
  const { status, body } = await call('POST', '/changes', { changes })
  expect([status, body]).toMatchObject([200, { operations: { length: 5 } }])
  const enabled = await api('GET', `/service_tokens/${token_id}`)
  expect(enabled).toMatchObject({ id: token_id })
  expect(enabled).not.toHaveProperty('enabled', false)
  expect((await emulator.fetch(emulator.urlFor('new.example.com'))).status).toBe(200)
})

test('what the change does not name stays as it was', async () => {
  const application = applicationAt('wiki.example.com')
  const [, people] = await policiesOf(application)
  const path = `/apps/${application}/policies/${people?.id}`
  const full = {
    name: 'Allow example.com',
    decision: 'allow',
    include: [{ email_domain: { domain: 'example.com' } }],
    session_duration: '30m',
    approval_required: true,
    approval_groups: [{ approvals_needed: 1, email_addresses: ['boss@example.com'] }],
    purpose_justification_required: true,
    purpose_justification_prompt: 'Why?',
    of_our_own: 'kept',
  }
  await api('PUT', path, full)
  await api('PATCH', '/organizations', {
    deny_unmatched_requests_exempted_zone_names: ['keep.example.org'],
  })
  const rule = { email: { email: 'a@example.com' } }
  const changes = [
    { change: 'add_exclude', policy_id: people?.id, rule },
    { change: 'exempt_zone', zone: 'example.com' },
  ]
  expect(await call('POST', '/changes', { changes, application })).toMatchObject({ status: 200 })
  expect(await api('GET', path)).toMatchObject({ ...full, exclude: [rule] })
  expect(await api('GET', '/organizations')).toMatchObject({
    deny_unmatched_requests_exempted_zone_names: ['keep.example.org', 'example.com'],
  })
})

test('what belongs to the request is refused, and nothing is changed', async () => {
  const application = applicationAt('machines.example.com')
  const before = await policiesOf(application)
  const changes = [
    { change: 'add_policy', decision: 'bypass', include: everyone },
    { change: 'send_from', ip: '192.0.2.1' },
  ]
  expect(await call('POST', '/changes', { changes, application })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('only changes of the account') } },
  })
  const gone = [changes[0], { change: 'remove_policy', policy_id: crypto.randomUUID() }]
  expect(await call('POST', '/changes', { changes: gone, application })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('applicationPolicies.delete refuses') } },
  })
  expect(await policiesOf(application)).toEqual(before)
  expect(await call('POST', '/changes', { changes: [] })).toMatchObject({ status: 400 })
})

test('a change that was built upon stays', async () => {
  const application = applicationAt('machines.example.com')
  const changes: AdviceChange[] = [{ change: 'add_policy', decision: 'bypass', include: everyone }]
  const { body } = await call('POST', '/changes', { changes, application })
  const added = (await policiesOf(application)).at(-1)
  await api('DELETE', `/apps/${application}/policies/${added?.id}`)
  const { id } = body as { id: string }
  expect(await call('DELETE', `/changes/${id}`)).toMatchObject({
    status: 409,
    body: { error: { code: 'changed_since' } },
  })
})
