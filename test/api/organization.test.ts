import { describe, expect, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import { fresh, other, startApi, team, useApi } from '../support/api.ts'

const api = useApi()

const { get, create, replace, patch, revokeUser } = contract.organizations
const auth_domain = 'fresh.cloudflareaccess.com'
const made = {
  name: 'Team',
  auth_domain: 'team.cloudflareaccess.com',
  allow_authenticate_via_warp: false,
  auto_redirect_to_identity: false,
  is_ui_read_only: false,
  login_design: {},
  created_at: '2026-01-02T03:04:05Z',
  updated_at: '2026-01-02T03:04:05Z',
}

test('the organization is one object, the same under a zone', async () => {
  expect(await api.ok(get)).toEqual(made)
  expect(await api.ok(get, { zone: true })).toEqual(made)
})

test('creating it enables Access', async () => {
  const as = fresh
  expect(await api.refused(contract.groups.list, { as })).toMatchObject({ code: 9999 })
  expect(await api.ok(create, { as, body: { name: 'Fresh', auth_domain } })).toEqual({
    ...made,
    name: 'Fresh',
    auth_domain,
  })
  expect(await api.ok(contract.groups.list, { as })).toEqual([])
})

describe('is refused', () => {
  const exists = { status: 409, code: 11002 }
  const invalid = { status: 400, code: 11004, message: 'access.api.error.invalid_auth_domain' }
  const taken = { status: 409, code: 11005 }

  test('a second organization', async () => {
    const body = { name: 'Again', auth_domain }
    expect(await api.refused(create, { body })).toMatchObject(exists)
  })

  test.each([
    'fresh',
    'fresh.example.com',
    '.cloudflareaccess.com',
    'a.b.cloudflareaccess.com',
    'with space.cloudflareaccess.com',
    '',
  ])('the team domain %j', async (domain) => {
    const body = { name: 'Fresh', auth_domain: domain }
    expect(await api.refused(create, { as: fresh, body })).toEqual(invalid)
    expect(await api.refused(replace, { body })).toEqual(invalid)
    expect(await api.refused(patch, { body })).toEqual(invalid)
  })

  test('a PUT without the team domain', async () => {
    expect(await api.refused(replace, { body: { name: 'Team' } })).toEqual(invalid)
    expect(await api.ok(get)).toEqual(made)
  })

  test.each([create, replace, patch])(
    'the team domain of another account ($id)',
    async (endpoint) => {
      const body = { name: 'Ours', auth_domain: other.organization.auth_domain }
      const as = endpoint === create ? fresh : team
      expect(await api.refused(endpoint, { as, body })).toMatchObject(taken)
    },
  )
})

test('PUT replaces all of it, PATCH a part', async () => {
  const domain = team.organization.auth_domain
  await api.ok(patch, { body: { session_duration: '6h', is_ui_read_only: true, note: 'ours' } })
  await api.advance(60)
  const patched = await api.ok(patch, { body: { is_ui_read_only: false } })
  expect(patched).toEqual({
    ...made,
    session_duration: '6h',
    note: 'ours',
    updated_at: '2026-01-02T03:05:05Z',
  })
  const replaced = await api.ok(replace, { body: { auth_domain: domain, name: 'New name' } })
  expect(replaced).toEqual({ ...made, name: 'New name', updated_at: '2026-01-02T03:05:05Z' })
  expect(await api.ok(get)).toEqual(replaced)
})

/** An application that admits everyone who signs in. */
async function wiki() {
  await api.ok(contract.applications.create, {
    body: {
      type: 'self_hosted',
      name: 'Wiki',
      domain: 'wiki.example.com',
      policies: [{ name: 'all', decision: 'allow', include: [{ everyone: {} }] }],
    },
  })
  return {
    async visit(cookie: string | null) {
      const url = api.emulator.urlFor('wiki.example.com')
      const headers = { cookie: cookie ?? '' }
      return (await api.emulator.fetch(url, { headers, redirect: 'manual' })).status
    },
    signIn: (email: string) =>
      api.emulator.control.createSession({ body: { email, application: 'Wiki' } }),
  }
}

test('a renamed team issues tokens under the new name, and the old ones become invalid', async () => {
  const { visit, signIn } = await wiki()
  const { cookie } = await signIn('a@example.com')
  expect(await visit(cookie)).toBe(200)
  await api.ok(patch, { body: { auth_domain: 'renamed.cloudflareaccess.com' } })
  expect(await visit(cookie)).toBe(302)
  const { cookie: next, application_token } = await signIn('a@example.com')
  expect(await visit(next)).toBe(200)
  const claims = Buffer.from(application_token?.split('.')[1] ?? '', 'base64url').toString()
  expect(JSON.parse(claims)).toMatchObject({ iss: 'https://renamed.cloudflareaccess.com' })
})

describe('strict_service_token_auth', () => {
  const off = { strict_service_token_auth: false }
  const on = { strict_service_token_auth: true }

  test('is answered once it was set, and can be turned off where it is not locked', async () => {
    expect(await api.ok(get)).not.toHaveProperty('strict_service_token_auth')
    expect(await api.ok(patch, { body: on })).toMatchObject(on)
    expect(await api.ok(patch, { body: off })).toMatchObject(off)
    expect(await api.ok(get)).toMatchObject(off)
  })

  test('is in force and cannot be turned off in an organization of today', async () => {
    const strict = await startApi({ profile: 'strict' })
    const domain = { auth_domain: team.organization.auth_domain }
    try {
      expect(await strict.ok(get)).toMatchObject(on)
      for (const endpoint of [patch, replace]) {
        const body = { ...domain, ...off }
        expect(await strict.refused(endpoint, { body })).toMatchObject({ status: 400, code: 12130 })
      }
      expect(await strict.ok(replace, { body: domain })).toMatchObject(on)
    } finally {
      await strict.emulator.close()
    }
  })
})

describe('revoke_user', () => {
  const revoke = (email: string) => api.ok(revokeUser, { body: { email } })

  test('ends every token of a person, whatever the case of the address', async () => {
    const { visit, signIn } = await wiki()
    const cookieOf = async (email: string) => (await signIn(email)).cookie
    const [ada, bob] = [await cookieOf('ada@example.com'), await cookieOf('bob@example.com')]
    expect(await visit(ada)).toBe(200)
    expect(await revoke('ADA@example.com')).toBe(true)
    expect(await visit(ada)).toBe(302)
    expect(await visit(bob)).toBe(200)
    expect(await visit(await cookieOf('ada@example.com'))).toBe(200)
  })

  test('returns true for an unknown user, and 12130 without an address', async () => {
    expect(await revoke('nobody@example.com')).toBe(true)
    expect(await api.refused(revokeUser, { body: { email: '' } })).toMatchObject({ code: 12130 })
  })
})
