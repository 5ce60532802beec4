/** API tokens besides the account's own: where they come from, when they may be used, and on what. */
import { describe, expect, test } from 'vitest'
import type { ApiTokenBody } from '../../contracts/api/api-tokens.ts'
import { api as contract } from '../../contracts/api/operations.ts'
import type { SeedInput } from '../../contracts/control/seed.ts'
import { createEmulator } from '../../emulator/index.ts'
import { other, team, useApi } from '../support/api.ts'

const api = useApi()

const [zone] = team.zones
const apps = `/accounts/${team.id}/access/apps`
const zoneApps = `/zones/${zone?.id}/access/apps`
const readApps = [{ name: 'Access: Apps and Policies Read' }]

type Policies = ApiTokenBody['policies']

async function tokenOf(
  more: Partial<Omit<ApiTokenBody, 'policies'>> & { policies?: Partial<Policies[number]>[] } = {},
): Promise<{ id: string; value: string }> {
  const policies = (more.policies ?? [{}]).map((policy) => ({
    permission_groups: readApps,
    ...policy,
  }))
  return api.emulator.control.createToken({ body: { name: 'ci', ...more, policies } })
}

const get = (path: string, token: string, headers: Record<string, string> = {}) =>
  api.send('GET', path, { token, headers })

const lacking = {
  status: 403,
  body: { success: false, errors: [{ code: 10000, message: 'Authentication error' }] },
}
const unusable = (message: string) => ({
  status: 403,
  body: { success: false, errors: [{ code: 9109, message }], messages: [], result: null },
})
const invalid = {
  status: 401,
  body: {
    result: null,
    success: false,
    errors: [{ code: 1000, message: 'Invalid API Token' }],
    messages: [],
  },
}

describe('where a policy counts', () => {
  test.each([
    ['by default, on the account', undefined, [200, 403]],
    ['on the account', { [`com.cloudflare.api.account.${team.id}`]: '*' }, [200, 403]],
    ['on any account', { 'com.cloudflare.api.account.*': '*' }, [200, 403]],
    ['on another account', { [`com.cloudflare.api.account.${other.id}`]: '*' }, [403, 403]],
    ['on the zone', { [`com.cloudflare.api.account.zone.${zone?.id}`]: '*' }, [403, 200]],
    ['on any zone', { 'com.cloudflare.api.account.zone.*': '*' }, [403, 200]],
    [
      'on another zone',
      { [`com.cloudflare.api.account.zone.${team.zones[1]?.id}`]: '*' },
      [403, 403],
    ],
    [
      'on the zones of the account',
      { [`com.cloudflare.api.account.${team.id}`]: { 'com.cloudflare.api.account.zone.*': '*' } },
      [403, 200],
    ],
    [
      'on the zones of another account',
      { [`com.cloudflare.api.account.${other.id}`]: { 'com.cloudflare.api.account.zone.*': '*' } },
      [403, 403],
    ],
  ] as const)('%s', async (_, resources, wanted) => {
    const policy = resources === undefined ? {} : { resources }
    const { value } = await tokenOf({ policies: [policy] })
    const answers = await Promise.all([get(apps, value), get(zoneApps, value)])
    expect(answers.map(({ status }) => status)).toEqual(wanted)
    for (const { status, body } of answers) {
      if (status === 403) expect({ status, body }).toEqual(lacking)
    }
  })

  test('a policy that denies outweighs one that allows', async () => {
    const { value } = await tokenOf({ policies: [{}, { effect: 'deny' }] })
    expect(await get(apps, value)).toMatchObject(lacking)
  })

  test('no permission reaches an account or zone of others', async () => {
    const resources = {
      'com.cloudflare.api.account.*': '*',
      'com.cloudflare.api.account.zone.*': '*',
    } as const
    const { value } = await tokenOf({ policies: [{ resources }] })
    const foreign = [{ code: 9109, message: 'Unauthorized to access requested resource' }]
    for (const path of [`/accounts/${other.id}`, `/zones/${other.zones[0]?.id}`]) {
      const answer = await get(`${path}/access/apps`, value)
      expect(answer).toMatchObject({ status: 403, body: { errors: foreign } })
    }
  })
})

describe('a permission on single objects', () => {
  const on = (kind: string, id: string) => ({
    [`com.cloudflare.api.account.access.${kind}.${id}`]: '*' as const,
  })
  const write = (name: string) => [{ name: `Access: ${name} Write` }]
  const ids = (answer: { body: { result?: unknown } }) =>
    (answer.body.result as { id: string }[]).map(({ id }) => id)

  test('lists and changes only an application, with its own policies', async () => {
    const made = []
    for (const name of ['one', 'two']) {
      const body = { type: 'self_hosted', name, domain: `${name}.example.com` } as const
      made.push(await api.ok(contract.applications.create, { body }))
    }
    const [one, two] = made.map(({ id = '' }) => id)
    const permission_groups = write('Apps and Policies')
    const resources = on('app', one ?? '')
    const { value } = await tokenOf({ policies: [{ permission_groups, resources }] })
    for (const query of ['', '?search=o', `?aud=${made[0]?.aud}`]) {
      expect(ids(await get(`${apps}${query}`, value))).toEqual([one])
    }
    expect((await get(`${apps}?aud=${made[1]?.aud}`, value)).body.result).toEqual([])
    const policies = `${apps}/${one}/policies`
    const body = { name: 'all', decision: 'bypass', include: [{ everyone: {} }] }
    expect((await api.send('POST', policies, { token: value, body })).status).toBe(201)
    expect((await get(policies, value)).status).toBe(200)
    expect((await get(`${apps}/${one}`, value)).status).toBe(200)
    for (const path of [`${apps}/${two}`, `${apps}/${two}/policies`, zoneApps]) {
      expect(await get(path, value)).toMatchObject(lacking)
    }
    const another = { type: 'self_hosted', name: 'three', domain: 'three.example.com' }
    expect(await api.send('POST', apps, { token: value, body: another })).toMatchObject(lacking)
    // Reusable policies need a permission of their own.
    expect(await get(`/accounts/${team.id}/access/policies`, value)).toMatchObject(lacking)
  })

  test.each([
    [
      'policy',
      'Apps and Policies',
      contract.reusablePolicies,
      (name: string) => ({ name, decision: 'bypass', include: [{ everyone: {} }] }),
    ],
    [
      'service_token',
      'Service Tokens',
      contract.serviceTokens,
      (name: string) => ({ name, duration: '24h' }),
    ],
    [
      'identity_provider',
      'Organizations, Identity Providers, and Groups',
      contract.identityProviders,
      (name: string) => ({ name, type: 'github', config: { client_id: 'a', client_secret: 'b' } }),
    ],
  ] as const)('lists and reads only one %s', async (kind, group, { list, create }, body) => {
    const [one, two] = [
      await api.ok(create, { body: body('one') }),
      await api.ok(create, { body: body('two') }),
    ]
    const resources = on(kind, String(two.id))
    const { value } = await tokenOf({ policies: [{ permission_groups: write(group), resources }] })
    const path = `/accounts/${team.id}${list.path}`
    const answer = await get(path, value)
    expect(ids(answer)).toEqual([two.id])
    expect(answer.body.result_info).toMatchObject({ count: 1, total_count: 1 })
    expect((await get(`${path}/${two.id}`, value)).status).toBe(200)
    expect(await get(`${path}/${one.id}`, value)).toMatchObject(lacking)
  })
})

test('zones are listed as far as the token has a permission for them', async () => {
  const permission_groups = [{ name: 'Zone Read' }]
  const listed = async (resources: Policies[number]['resources']) => {
    const { value } = await tokenOf({ policies: [{ permission_groups, resources }] })
    const { body } = await get('/zones', value)
    return (body.result as { name: string }[]).map(({ name }) => name)
  }
  const second = team.zones[1]
  expect(await listed({ [`com.cloudflare.api.account.zone.${second?.id}`]: '*' })).toEqual([
    second?.name,
  ])
  expect(await listed({ 'com.cloudflare.api.account.zone.*': '*' })).toHaveLength(2)
  expect(await listed({ [`com.cloudflare.api.account.${team.id}`]: '*' })).toEqual([])
})

describe('when a token may be used', () => {
  test('not before not_before, and not from expires_on on', async () => {
    const { value } = await tokenOf({
      not_before: '2026-01-02T05:00:00+01:00',
      expires_on: '2026-01-02T06:00:00+01:00',
    })
    expect(await get(apps, value)).toMatchObject(unusable('Invalid access token'))
    expect(await get('/user/tokens/verify', value)).toMatchObject(invalid)
    await api.advance(3600)
    expect((await get(apps, value)).status).toBe(200)
    expect((await get('/user/tokens/verify', value)).body).toMatchObject({
      result: {
        status: 'active',
        not_before: '2026-01-02T04:00:00Z',
        expires_on: '2026-01-02T05:00:00Z',
      },
      messages: [{ code: 10000, message: 'This API Token is valid and active', type: null }],
    })
    await api.advance(3600)
    expect(await get(apps, value)).toMatchObject(unusable('Invalid access token'))
    const verified = await get('/user/tokens/verify', value)
    expect(verified).toMatchObject({
      status: 200,
      body: { result: { status: 'expired' }, messages: [] },
    })
  })

  test.each(['disabled', 'expired'] as const)('not while it is %s', async (status) => {
    const { id, value } = await tokenOf({ status })
    expect(await get(apps, value)).toMatchObject(unusable('Invalid access token'))
    const { body } = await get('/user/tokens/verify', value)
    expect(body.result).toEqual({ id, status })
    // Neither the body nor the route is looked at.
    const unread = { token: value, body: '{"half', headers: { 'content-type': 'application/json' } }
    expect(await api.send('POST', apps, unread)).toMatchObject(unusable('Invalid access token'))
    expect(await get('/no/such/route', value)).toMatchObject(unusable('Invalid access token'))
  })

  test.each([
    ['in', { in: ['203.0.113.0/24', '2001:db8::/32'] }, '203.0.113.7', '198.51.100.1'],
    ['in', { in: ['2001:db8::/32'] }, '2001:db8::1', '2001:db9::1'],
    ['not_in', { not_in: ['198.51.100.0/24'] }, '203.0.113.7', '198.51.100.1'],
    ['both', { in: ['203.0.113.0/24'], not_in: ['203.0.113.8'] }, '203.0.113.7', '203.0.113.8'],
  ])('from an address that its condition allows (%s)', async (_, request_ip, good, bad) => {
    const { value } = await tokenOf({ condition: { request_ip } })
    const from = (ip: string) => ({ 'access-emulator-client-ip': ip })
    expect((await get(apps, value, from(good))).status).toBe(200)
    const message = `Cannot use the access token from location: ${bad}`
    expect(await get(apps, value, from(bad))).toMatchObject(unusable(message))
    expect(await get('/user/tokens/verify', value, from(bad))).toMatchObject(invalid)
  })

  test('its address is otherwise that of the connection', async () => {
    const { value } = await tokenOf({ condition: { request_ip: { in: ['127.0.0.0/8', '::1'] } } })
    expect((await get(apps, value)).status).toBe(200)
  })

  test('a good key beside it is enough', async () => {
    const { value } = await tokenOf({ status: 'disabled' })
    const headers = { 'x-auth-key': team.api_key, 'x-auth-email': team.email }
    expect((await get(apps, value, headers)).status).toBe(200)
  })

  test('not after it was deleted, by id or name', async () => {
    const [first, second] = [await tokenOf({ name: 'first' }), await tokenOf({ name: 'second' })]
    await api.emulator.control.deleteToken({ query: { token: first.id } })
    await api.emulator.control.deleteToken({ query: { token: 'second' } })
    for (const { value } of [first, second]) {
      expect(await get(apps, value)).toMatchObject(lacking)
      expect(await get('/user/tokens/verify', value)).toMatchObject(invalid)
    }
  })
})

describe('tokens of a user and of an account', () => {
  const ofAccount = `/accounts/${team.id}/tokens/verify`

  test.each([
    ['user', /^cfut_[0-9A-Za-z]{48}$/, '/user/tokens/verify', ofAccount],
    ['account', /^cfat_[0-9A-Za-z]{48}$/, ofAccount, '/user/tokens/verify'],
  ] as const)('that of a %s has a form and a path of its own', async (kind, form, own, others) => {
    const { id, value } = await tokenOf({ kind })
    expect(value).toMatch(form)
    expect((await get(own, value)).body.result).toEqual({ id, status: 'active' })
    expect(await get(others, value)).toMatchObject(invalid)
  })

  test('only that of a user lists accounts', async () => {
    const [ofUser, ofAnAccount] = [await tokenOf(), await tokenOf({ kind: 'account' })]
    expect((await get('/accounts', ofUser.value)).body.result).toMatchObject([{ id: team.id }])
    const message = 'List accounts endpoint does not support account owned tokens.'
    const { status, body } = await get('/accounts', ofAnAccount.value)
    expect(status).toBe(400)
    expect(body).toEqual({
      success: false,
      errors: [{ code: 1001, message }],
      messages: [],
      result: null,
    })
  })
})

test('only that of a user has a user and memberships', async () => {
  const policies = [
    { permission_groups: ['User Details Read', 'Memberships Read'].map((name) => ({ name })) },
  ]
  const ofUser = await tokenOf({ policies })
  const ofAnAccount = await tokenOf({ policies, kind: 'account' })
  for (const value of [ofUser.value, team.api_token]) {
    expect((await get('/user', value)).body.result).toMatchObject({ email: team.email })
    expect((await get('/memberships', value)).body.result).toMatchObject([{ status: 'accepted' }])
  }
  expect(await get('/user', ofAnAccount.value)).toMatchObject({
    status: 403,
    body: {
      success: false,
      errors: [{ code: 9109, message: 'Valid user-level authentication not found' }],
      messages: [],
      result: null,
    },
  })
  const memberships = await get('/memberships', ofAnAccount.value)
  expect([memberships.status, memberships.body]).toEqual([
    400,
    { success: false, errors: [{ code: 9106, message: 'Authentication failed (status: 400)' }] },
  ])
})

describe('the control API', () => {
  test('lists tokens without their values, which are shown once', async () => {
    const made = await tokenOf({ condition: { request_ip: { not_in: ['192.0.2.1'] } } })
    const { result } = await api.emulator.control.listTokens()
    const { value, ...shown } = made
    expect(result).toEqual([shown])
    expect(shown).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'ci',
      kind: 'user',
      status: 'active',
      policies: [
        {
          effect: 'allow',
          permission_groups: readApps,
          resources: { [`com.cloudflare.api.account.${team.id}`]: '*' },
        },
      ],
      condition: { request_ip: { not_in: ['192.0.2.1'] } },
      issued_on: '2026-01-02T03:04:05Z',
    })
    const seen = [
      await api.emulator.control.getState(),
      await api.emulator.control.getSeed(),
      result,
    ]
    expect(JSON.stringify(seen)).not.toContain(value)
  })

  test.each([
    [{ name: '' }, 'name'],
    [{ policies: [] }, 'policies'],
    [{ policies: [{ permission_groups: [] }] }, 'permission_groups'],
    [
      { policies: [{ permission_groups: [{ name: 'Access: Apps and Policies Edit' }] }] },
      'must end in Read or Write',
    ],
    [{ policies: [{ permission_groups: readApps, resources: { zone: '*' } }] }, 'resources'],
    [{ condition: { request_ip: { in: ['10.0.0.0/33'] } } }, 'must be an address or a range'],
    [{ expires_on: 'tomorrow' }, 'expires_on'],
    [{ kind: 'machine' }, 'kind'],
    [{ value: 'short' }, 'value'],
  ])('refuses %j', async (fields, says) => {
    const policies = [{ permission_groups: readApps }]
    const answer = await fetch(`${api.emulator.url}/__access/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'x', policies, ...fields }),
    })
    expect(answer.status).toBe(400)
    const { error } = (await answer.json()) as { error: { code: string; message: string } }
    expect(error.code).toBe('bad_request')
    expect(error.message).toContain(says)
    expect((await api.emulator.control.listTokens()).result).toEqual([])
  })

  test('refuses an id or value that another has, an unknown token, and a name of several', async () => {
    const { id, value } = await tokenOf()
    await expect(tokenOf({ id })).rejects.toThrow(`Another object has the id ${id}.`)
    await expect(tokenOf({ value })).rejects.toThrow('Another API token has this value.')
    await expect(tokenOf({ value: other.api_token })).rejects.toThrow('has this value')
    const remove = (token: string) => api.emulator.control.deleteToken({ query: { token } })
    await expect(remove('nobody')).rejects.toThrow('There is no API token "nobody".')
    await tokenOf()
    await expect(remove('ci')).rejects.toThrow('give the id of one')
  })

  test('keeps the tokens of accounts apart', async () => {
    const query = { account: other.id }
    const body = { name: 'theirs', policies: [{ permission_groups: readApps }] }
    const { value } = await api.emulator.control.createToken({ query, body })
    expect((await api.emulator.control.listTokens()).result).toEqual([])
    expect((await get(`/accounts/${other.id}/access/apps`, value)).status).toBe(200)
    expect((await get(apps, value)).body.errors?.[0]?.code).toBe(9109)
  })
})

test('the journal says which permission groups would do, and why a token may not be used', async () => {
  const { value } = await tokenOf({ policies: [{ permission_groups: [{ name: 'DNS Read' }] }] })
  const over = await tokenOf({ name: 'old', status: 'disabled' })
  await get(apps, value)
  await get(zoneApps, value)
  await get(apps, over.value)
  await get(apps, (await tokenOf({ condition: { request_ip: { in: ['192.0.2.1'] } } })).value)
  const { result } = await api.emulator.control.readJournal({ query: { account: team.id } })
  const groups =
    '"Access: Apps and Policies Read" or "Access: Apps and Policies Revoke" or "Access: Apps and Policies Write"'
  expect(result.map(({ reason, why, operation }) => ({ reason, why, operation }))).toEqual([
    {
      reason: 'permission_missing',
      why: `The API token lacks the permission: "ci" needs ${groups} on the account ${team.id}.`,
      operation: 'applications.list',
    },
    {
      reason: 'permission_missing',
      why: `The API token lacks the permission: "ci" needs ${groups} on the zone ${zone?.id}.`,
      operation: 'applications.list',
    },
    {
      reason: 'api_token_disabled',
      why: 'The API token "old" is disabled.',
      operation: 'applications.list',
    },
    {
      reason: 'api_token_location',
      why: 'The condition of the API token excludes requests from the address 127.0.0.1.',
      operation: 'applications.list',
    },
  ])
})

describe('in a seed', () => {
  const policies = [{ permission_groups: readApps }]
  const seedWith = (api_tokens: SeedInput['accounts'][number]['api_tokens']): SeedInput => ({
    accounts: [{ ...team, api_tokens }],
  })
  const given = { name: 'given', value: 'a-value-of-the-seed', id: 'a'.repeat(32), policies }

  test('a token is made with the account, and stays after a reset', async () => {
    const seed = seedWith([{ name: 'ci', kind: 'account', policies }, given])
    const emulator = await createEmulator({ seed, entropy: 'tokens' })
    const again = await createEmulator({ seed, entropy: 'tokens' })
    try {
      const shown = emulator.account.api_tokens ?? []
      expect(shown).toEqual([
        { id: expect.any(String), name: 'ci', kind: 'account', value: expect.any(String) },
        // The author of the seed knows its value.
        { id: given.id, name: 'given', kind: 'user' },
      ])
      expect(again.account.api_tokens).toEqual(shown)
      for (const value of [shown[0]?.value, given.value]) {
        const call = () =>
          emulator.fetch(`https://api.cloudflare.com/client/v4${apps}`, {
            headers: { authorization: `Bearer ${value}` },
          })
        expect((await call()).status).toBe(200)
        await emulator.control.deleteToken({ query: { token: 'given' } })
        await emulator.reset()
        expect((await call()).status).toBe(200)
      }
    } finally {
      await Promise.all([emulator.close(), again.close()])
    }
  })

  test.each([
    [[given, { ...given, id: 'b'.repeat(32) }], 'api_tokens.1.value: another API token has it'],
    [
      [given, { ...given, value: 'another-value' }],
      'api_tokens.1.id: another API token has this id',
    ],
    [[{ ...given, value: team.api_token }], 'api_tokens.0.value: another API token has it'],
    [[{ name: 'x', policies: [] }], 'api_tokens.0.policies'],
  ])('it is refused where it is wrong', async (api_tokens, says) => {
    await expect(createEmulator({ seed: seedWith(api_tokens) })).rejects.toThrow(says)
  })
})

test('the token of the account may do everything, and is verified at both paths', async () => {
  for (const endpoint of [contract.tokenVerify.user, contract.tokenVerify.account]) {
    expect((await api.ok(endpoint)).status).toBe('active')
  }
  expect((await api.send('GET', '/accounts')).status).toBe(200)
})
