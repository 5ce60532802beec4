import { describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { useApi } from '../support/api.ts'

const api = useApi()

const { create, get, list, replace } = contract.identityProviders
const remove = contract.identityProviders.delete
const secret = 'a-client-secret-of-ours'
const oidc = {
  type: 'oidc',
  name: 'Our OIDC',
  config: { client_id: 'us', client_secret: secret, claims: ['roles'] },
} as const
const otp = { type: 'onetimepin', name: 'One-time PIN', config: {} } as const

test('a provider is created, read, replaced and deleted, without timestamps', async () => {
  const created = await api.ok(create, { body: oidc })
  expect(created).toEqual({
    id: expect.any(String),
    uid: created.id,
    type: 'oidc',
    name: 'Our OIDC',
    config: { client_id: 'us', claims: ['roles'] },
    scim_config: {},
    version: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  const params = { identity_provider_id: created.id }
  expect(await api.ok(get, { params })).toEqual(created)
  expect(await api.ok(list)).toEqual([created])
  const replaced = await api.ok(replace, { params, body: { ...oidc, name: 'Theirs' } })
  expect(replaced).toEqual({ ...created, name: 'Theirs', version: replaced.version })
  expect(await api.ok(remove, { params })).toEqual({ id: created.id })
  expect(await api.refused(get, { params })).toMatchObject({ status: 404, code: 12135 })
})

test('the version changes with each write, and only then', async () => {
  const { id, version } = await api.ok(create, { body: oidc })
  const params = { identity_provider_id: id }
  const second = await api.ok(replace, { params, body: oidc })
  const third = await api.ok(replace, { params, body: oidc })
  expect(new Set([version, second.version, third.version]).size).toBe(3)
  expect((await api.ok(get, { params })).version).toBe(third.version)
})

test('a secret is never answered, and a PUT without it keeps it', async () => {
  const first = await api.call(create, { body: oidc })
  const { id } = first.body.result as { id: string }
  const params = { identity_provider_id: id }
  const body = { ...oidc, config: { client_id: 'us' } }
  const answers = [
    first,
    await api.call(get, { params }),
    await api.call(list),
    await api.call(replace, { params, body }),
  ]
  for (const { text } of answers) expect(text).not.toContain(secret)
  const state = await api.emulator.control.getState()
  expect(JSON.stringify(state.identity_providers)).toContain(secret)
})

describe('One-time PIN', () => {
  test('answers where the team domain takes people back, also after the team is renamed', async () => {
    const { id, config } = await api.ok(create, { body: otp })
    expect(config).toEqual({
      redirect_url: 'https://team.cloudflareaccess.com/cdn-cgi/access/callback',
    })
    const auth_domain = 'renamed.cloudflareaccess.com'
    await api.ok(contract.organizations.patch, { body: { auth_domain } })
    expect((await api.ok(get, { params: { identity_provider_id: id } })).config).toEqual({
      redirect_url: 'https://renamed.cloudflareaccess.com/cdn-cgi/access/callback',
    })
  })

  test('takes no SCIM', async () => {
    const body = { ...otp, scim_config: { enabled: true } }
    expect(await api.refused(create, { body })).toMatchObject({ status: 400, code: 12130 })
  })
})

test.each(['onetimepin', 'cloudflare'] as const)('a second %s is a conflict', async (type) => {
  const body = { type, name: 'One', config: {} }
  const { id } = await api.ok(create, { body })
  expect(await api.refused(create, { body: { ...body, name: 'Two' } })).toEqual({
    status: 409,
    code: 12132,
    message: `access.api.error.conflict: a ${type} connection already exists`,
  })
  await api.ok(replace, { params: { identity_provider_id: id }, body: { ...body, name: 'Two' } })
  await api.ok(remove, { params: { identity_provider_id: id } })
  await api.ok(create, { body })
})

test('two providers of another type may share a name', async () => {
  const [one, two] = [await api.ok(create, { body: oidc }), await api.ok(create, { body: oidc })]
  expect(one.id).not.toBe(two.id)
})

test.each([
  ['another type on a PUT', { ...oidc, type: 'okta' }],
  ['a type that there is not', { ...oidc, type: 'carrier-pigeon' }],
])('%s is refused', async (_what, body) => {
  const { id } = await api.ok(create, { body: oidc })
  const params = { identity_provider_id: id }
  expect(await api.refused(replace, { params, body })).toMatchObject({ status: 400, code: 12130 })
})

describe('SCIM', () => {
  const scim = { ...oidc, scim_config: { enabled: true, scim_base_url: 'mine', secret: 'mine' } }

  test('has its address and a secret from the server, the secret shown once', async () => {
    const created = await api.ok(create, { body: scim })
    const scim_base_url = `https://team.cloudflareaccess.com/scim/${created.id}`
    expect(created.scim_config).toEqual({
      enabled: true,
      scim_base_url,
      secret: expect.stringMatching(/^[0-9A-Za-z]{40}$/),
    })
    const params = { identity_provider_id: created.id }
    const shown = { enabled: true, scim_base_url }
    expect((await api.ok(get, { params })).scim_config).toEqual(shown)
    expect((await api.ok(replace, { params, body: scim })).scim_config).toEqual(shown)
  })

  test('that comes with a later PUT shows its secret then', async () => {
    const { id } = await api.ok(create, { body: oidc })
    const params = { identity_provider_id: id }
    const { scim_config } = await api.ok(replace, { params, body: scim })
    expect(scim_config?.secret).toMatch(/^[0-9A-Za-z]{40}$/)
  })

  test('has no secret until it is enabled for the first time, and none again later', async () => {
    const off = { ...oidc, scim_config: { enabled: false } }
    const { id, scim_config } = await api.ok(create, { body: off })
    expect(scim_config?.secret).toBeUndefined()
    const params = { identity_provider_id: id }
    const secrets: (string | undefined)[] = []
    const empty = await api.ok(replace, { params, body: { ...oidc, scim_config: {} } })
    expect(empty.scim_config).toEqual({})
    for (const body of [off, scim, off, scim]) {
      secrets.push((await api.ok(replace, { params, body })).scim_config?.secret)
    }
    expect(secrets).toEqual([undefined, expect.stringMatching(/^\w{40}$/), undefined, undefined])
  })

  test.each([
    ['true', ['With']],
    ['false', ['Without', 'Off']],
  ] as const)('is a filter of the list: %s', async (scim_enabled, names) => {
    await api.ok(create, { body: { ...scim, name: 'With' } })
    await api.ok(create, { body: { ...oidc, name: 'Without' } })
    await api.ok(create, { body: { ...oidc, name: 'Off', scim_config: { enabled: false } } })
    const shown = await api.ok(list, { query: { scim_enabled } })
    expect(shown.map(({ name }) => name)).toEqual(names)
  })
})
