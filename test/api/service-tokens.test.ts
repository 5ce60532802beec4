import { describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { start, team, useApi } from '../support/api.ts'

// The observed profile, in which a Service Auth policy admits a valid pair.
const api = useApi({ profile: 'observed' })

const { create, get, list, replace, rotate, refresh } = contract.serviceTokens
const remove = contract.serviceTokens.delete
const year = 8760 * 3600
const hour = 3600

const make = (body: Parameters<typeof api.ok<typeof create>>[1] = { body: { name: 'ci' } }) =>
  api.ok(create, body)
const paramsOf = ({ id }: { id: string }) => ({ service_token_id: id })

/** Whether the edge admits a pair. */
async function admits(client_id: string, client_secret: string): Promise<boolean> {
  const { status } = await api.emulator.fetch(api.emulator.urlFor('wiki.example.com'), {
    headers: { 'cf-access-client-id': client_id, 'cf-access-client-secret': client_secret },
    redirect: 'manual',
  })
  return status === 200
}

const protect = (token_id: string) =>
  api.ok(contract.applications.create, {
    body: {
      type: 'self_hosted',
      name: 'Wiki',
      domain: 'wiki.example.com',
      policies: [
        { name: 'ci', decision: 'non_identity', include: [{ service_token: { token_id } }] },
      ],
    },
  })

test('the answer to a create is the only one with the secret', async () => {
  const created = await make()
  expect(created).toEqual({
    id: expect.any(String),
    name: 'ci',
    client_id: expect.stringMatching(/^[0-9a-f]{32}\.access$/),
    client_secret: expect.stringMatching(/^cfast_[0-9A-Za-z]{48}$/),
    client_secret_version: 1,
    duration: '8760h',
    created_at: '2026-01-02T03:04:05Z',
    updated_at: '2026-01-02T03:04:05Z',
    expires_at: '2027-01-02T03:04:05Z',
  })
  const { client_secret: _, client_secret_version: __, ...shown } = created
  const params = paramsOf(created)
  expect(await api.ok(get, { params })).toEqual(shown)
  expect(await api.ok(list)).toEqual([shown])
  expect(await api.ok(replace, { params, body: { name: 'ci' } })).toEqual(shown)
  expect(await api.ok(refresh, { params })).toEqual(shown)
  expect(await api.ok(remove, { params })).toEqual(shown)
})

test.each([
  ['60m', '2026-01-02T04:04:05Z'],
  ['1h30m', '2026-01-02T04:34:05Z'],
  ['forever', '2125-12-09T03:04:05Z'],
])('a duration of %s expires at %s', async (duration, expires_at) => {
  expect((await make({ body: { name: 'ci', duration } })).expires_at).toBe(expires_at)
})

test.each([
  [{ name: 'ci', duration: '1 year' }],
  [{ name: 'ci', duration: '' }],
  [{ name: '' }],
  [{ name: 'ci', client_secret_version: 0 }],
  [{ name: 'ci', enabled: 'yes' }],
])('%j is an invalid request', async (body) => {
  const { status, body: answer } = await api.send(
    'POST',
    `/accounts/${team.id}/access/service_tokens`,
    { body },
  )
  expect(status).toBe(400)
  expect(answer.errors?.[0]?.code).toBe(12130)
})

describe('rotation', () => {
  const at = (seconds: number) =>
    `${new Date(Date.parse(start) + seconds * 1000).toISOString().slice(0, 19)}Z`
  const graceUntil = '2026-01-02T04:04:05Z'
  const rotations = [
    [
      'by POST',
      (id: string, until?: string) =>
        api.ok(rotate, {
          params: { service_token_id: id },
          body: until === undefined ? {} : { previous_client_secret_expires_at: until },
        }),
    ],
    [
      'by PUT of a higher version',
      (id: string, until?: string) =>
        api.ok(replace, {
          params: { service_token_id: id },
          body: {
            client_secret_version: 2,
            ...(until === undefined ? {} : { previous_client_secret_expires_at: until }),
          },
        }),
    ],
  ] as const

  test.each(rotations)(
    '%s gives another secret of the next version, and keeps the client id',
    async (_how, turn) => {
      const created = await make()
      const rotated = await turn(created.id)
      expect(rotated).toMatchObject({
        client_id: created.client_id,
        client_secret: expect.stringMatching(/^cfast_/),
        client_secret_version: 2,
        expires_at: created.expires_at,
      })
      expect(rotated.client_secret).not.toBe(created.client_secret)
    },
  )

  test.each(rotations)(
    '%s ends the old secret at once where no grace is asked',
    async (_how, turn) => {
      const created = await make()
      await protect(created.id)
      expect(await admits(created.client_id, created.client_secret)).toBe(true)
      const rotated = await turn(created.id)
      expect(await admits(created.client_id, created.client_secret)).toBe(false)
      expect(await admits(created.client_id, rotated.client_secret ?? '')).toBe(true)
    },
  )

  test.each(rotations)(
    '%s leaves the old secret good until the moment asked',
    async (_how, turn) => {
      const created = await make()
      await protect(created.id)
      const rotated = await turn(created.id, graceUntil)
      expect(rotated.previous_client_secret_expires_at).toBe(graceUntil)
      await api.advance(hour - 1)
      expect(await admits(created.client_id, created.client_secret)).toBe(true)
      await api.advance(1)
      expect(await admits(created.client_id, created.client_secret)).toBe(false)
      expect(await admits(created.client_id, rotated.client_secret ?? '')).toBe(true)
    },
  )

  test('by POST needs no body, and gives a new secret each time', async () => {
    const created = await make()
    const params = paramsOf(created)
    const first = await api.ok(rotate, { params })
    const second = await api.ok(rotate, { params })
    expect([first.client_secret_version, second.client_secret_version]).toEqual([2, 3])
    expect(new Set([created.client_secret, first.client_secret, second.client_secret]).size).toBe(3)
  })

  test.each([
    ['into the past, which ends the old secret at once', -1, 0],
    ['forward', 2 * hour, 2 * hour],
    ['closer', 60, 60],
  ])('a PUT without another version moves the end %s', async (_where, ends, secondsGood) => {
    const created = await make()
    await protect(created.id)
    const params = paramsOf(created)
    const rotated = await api.ok(rotate, {
      params,
      body: { previous_client_secret_expires_at: graceUntil },
    })
    expect(await admits(created.client_id, created.client_secret)).toBe(true)
    const previous_client_secret_expires_at = at(ends)
    for (const version of [{}, { client_secret_version: 2 }]) {
      const body = { ...version, previous_client_secret_expires_at }
      const put = await api.ok(replace, { params, body })
      expect(put).toMatchObject({ client_secret_version: 2, previous_client_secret_expires_at })
      expect(put).not.toHaveProperty('client_secret')
    }
    if (secondsGood > 0) {
      await api.advance(secondsGood - 1)
      expect(await admits(created.client_id, created.client_secret)).toBe(true)
      await api.advance(1)
    }
    expect(await admits(created.client_id, created.client_secret)).toBe(false)
    expect(await admits(created.client_id, rotated.client_secret)).toBe(true)
  })

  test('a moment given to a token that never was rotated is for nothing', async () => {
    const created = await make()
    await protect(created.id)
    const body = { previous_client_secret_expires_at: at(-1) }
    const put = await api.ok(replace, { params: paramsOf(created), body })
    expect(put).not.toHaveProperty('previous_client_secret_expires_at')
    expect(await admits(created.client_id, created.client_secret)).toBe(true)
  })

  test.each([1, 2])(
    'a PUT of version %i, not above the present one, does not rotate',
    async (client_secret_version) => {
      const created = await make({ body: { name: 'ci', client_secret_version: 2 } })
      expect(created.client_secret_version).toBe(2)
      const params = paramsOf(created)
      const put = await api.ok(replace, { params, body: { client_secret_version } })
      expect(put).not.toHaveProperty('client_secret')
      await protect(created.id)
      expect(await admits(created.client_id, created.client_secret)).toBe(true)
    },
  )
})

describe('expiry', () => {
  test('an expired token is refused until it is refreshed', async () => {
    const created = await make({ body: { name: 'ci', duration: '1h' } })
    await protect(created.id)
    await api.advance(hour - 1)
    expect(await admits(created.client_id, created.client_secret)).toBe(true)
    await api.advance(2)
    expect(await admits(created.client_id, created.client_secret)).toBe(false)
    const refreshed = await api.ok(refresh, { params: paramsOf(created) })
    expect(refreshed.expires_at).toBe('2026-01-02T05:04:06Z')
    expect(await admits(created.client_id, created.client_secret)).toBe(true)
  })

  test('a PUT of another duration counts from now; of the same, changes nothing', async () => {
    const params = paramsOf(await make())
    await api.advance(hour)
    const same = await api.ok(replace, { params, body: { duration: '8760h' } })
    expect(same.expires_at).toBe('2027-01-02T03:04:05Z')
    const longer = await api.ok(replace, { params, body: { duration: '17520h' } })
    expect(Date.parse(longer.expires_at ?? '')).toBe(
      Date.parse('2026-01-02T04:04:05Z') + 2 * year * 1000,
    )
  })
})

test('a disabled token is refused', async () => {
  const created = await make()
  await protect(created.id)
  const off = await api.ok(replace, { params: paramsOf(created), body: { enabled: false } })
  expect(off.enabled).toBe(false)
  expect(await admits(created.client_id, created.client_secret)).toBe(false)
})

test('a used token shows when', async () => {
  const created = await make()
  await protect(created.id)
  await api.advance(10)
  await admits(created.client_id, created.client_secret)
  const { last_seen_at } = await api.ok(get, { params: paramsOf(created) })
  expect(last_seen_at).toBe('2026-01-02T03:04:15Z')
})

describe('a token that is in use cannot be deleted', () => {
  const inUse = {
    status: 400,
    code: 12139,
    message: expect.stringContaining(
      'access.api.error.service_token_in_use: cannot delete service token',
    ),
  }
  const rulesOf = (token_id: string, list: string) => ({
    include: [{ everyone: {} }],
    [list]: [{ service_token: { token_id } }],
  })

  test.each([
    ['include', 'policies'],
    ['exclude', 'policies'],
    ['require', 'policies'],
    ['include', 'groups'],
    ['require', 'groups'],
  ])('by the %s of one of the %s', async (rules, kind) => {
    const { id } = await make()
    const params = { service_token_id: id }
    const { body, status } = await api.send('POST', `/accounts/${team.id}/access/${kind}`, {
      body: { name: 'holder', decision: 'non_identity', ...rulesOf(id, rules) },
    })
    expect(status).toBe(201)
    expect(await api.refused(remove, { params })).toEqual(inUse)
    const holder = body.result as { id: string }
    await api.send('DELETE', `/accounts/${team.id}/access/${kind}/${holder.id}`)
    await api.ok(remove, { params })
    expect(await api.refused(get, { params })).toMatchObject({ status: 404, code: 12135 })
  })
})

test.each([
  [{ name: 'deploy' }, ['ci deploy', 'cd DEPLOY']],
  [{ search: 'ci' }, ['ci deploy', 'ci test']],
  [{ name: 'deploy', search: 'ci' }, ['ci deploy']],
  [{ name: 'nothing' }, []],
])('the list filters by %j', async (query, names) => {
  for (const name of ['ci deploy', 'ci test', 'cd DEPLOY']) await make({ body: { name } })
  expect((await api.ok(list, { query })).map(({ name }) => name)).toEqual(names)
})

test('two tokens of one name are two tokens', async () => {
  const [one, two] = [await make(), await make()]
  expect(one.id).not.toBe(two.id)
  expect(one.client_id).not.toBe(two.client_id)
  expect(one.client_secret).not.toBe(two.client_secret)
})

test('undocumented fields are echoed, but clients cannot set server-owned ones', async () => {
  const body = {
    name: 'ci',
    note: { from: 'us' },
    id: 'mine',
    client_id: 'mine',
    created_at: 'never',
  }
  const created = await make({ body })
  expect(created).toMatchObject({ note: { from: 'us' }, created_at: '2026-01-02T03:04:05Z' })
  expect(created.id).not.toBe('mine')
  expect(created.client_id).not.toBe('mine')
  expect(await api.ok(get, { params: paramsOf(created) })).toMatchObject({ note: { from: 'us' } })
})
