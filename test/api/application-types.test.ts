/** Differences between application types: SaaS values set by the server, types without destinations, and `end_user`. */
import { X509Certificate } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Application } from '../../contracts/api/applications.ts'
import { api as contract } from '../../contracts/api/operations.ts'
import { createRedactor } from '../../contracts/recording/redact/redact.ts'
import { createEmulator } from '../../emulator/index.ts'
import { scratch } from '../state/scratch.ts'
import { team, useApi } from '../support/api.ts'

const api = useApi()

const { create, get, list, replace } = contract.applications
const invalid = (detail: string) => ({
  status: 400,
  code: 12130,
  message: `access.api.error.invalid_request: ${detail}`,
})
const oidc = {
  auth_type: 'oidc',
  redirect_uris: ['https://app.example.net/callback'],
  grant_types: ['authorization_code'],
  scopes: ['openid', 'email'],
}
const saas = (saas_app: Record<string, unknown>) =>
  ({ type: 'saas', name: 'Elsewhere', saas_app }) as const
const shown = (id: string) => api.ok(get, { params: { app_id: id } })
const partsOf = ({ saas_app }: Application) => ({ ...saas_app }) as Record<string, unknown>

describe('SaaS by OIDC', () => {
  test('gets a client, and its secret in the answer of POST alone', async () => {
    const made = await api.ok(create, { body: saas(oidc) })
    const { client_id, client_secret, public_key, ...settings } = partsOf(made)
    expect(settings).toEqual(oidc)
    expect(client_id).toMatch(/^[0-9a-f]{64}$/)
    expect(client_secret).toMatch(/^[0-9a-f]{64}$/)
    expect(new X509Certificate(String(public_key)).subject).toContain('Access emulator')
    for (const field of ['destinations', 'self_hosted_domains', 'domain_type']) {
      expect(made).not.toHaveProperty(field)
    }
    const without = { ...made, saas_app: { ...oidc, client_id, public_key } }
    expect(await shown(made.id)).toEqual(without)
    expect(await api.ok(list)).toEqual([without])
    expect(JSON.stringify(createRedactor().body(JSON.stringify(made), ''))).not.toContain(
      String(client_secret),
    )
  })

  test('keeps its client over a PUT, whatever the body says of it', async () => {
    const made = await api.ok(create, { body: saas(oidc) })
    const { client_id, client_secret, public_key } = partsOf(made)
    const put = await api.ok(replace, {
      params: { app_id: made.id },
      body: saas({ ...oidc, client_id: 'mine', client_secret: 'mine', scopes: ['openid'] }),
    })
    expect(put.saas_app).toEqual({ ...oidc, scopes: ['openid'], client_id, public_key })
    const { applications } = await api.emulator.control.getState()
    expect(applications).toEqual([expect.objectContaining({ saas_secret: client_secret })])
  })

  test('wants a lifetime for refresh tokens', async () => {
    const refreshing = { ...oidc, grant_types: ['authorization_code', 'refresh_tokens'] }
    const refusal = invalid(
      'refresh_token_options.lifetime is required with the grant refresh_tokens',
    )
    for (const options of [{}, { refresh_token_options: {} }]) {
      const body = saas({ ...refreshing, ...options })
      expect(await api.refused(create, { body })).toMatchObject(refusal)
    }
    const body = saas({ ...refreshing, refresh_token_options: { lifetime: '30d' } })
    const made = await api.ok(create, { body })
    expect(
      await api.refused(replace, { params: { app_id: made.id }, body: saas(refreshing) }),
    ).toMatchObject(refusal)
  })

  test('a seed states its client, which a restart keeps', async () => {
    const { state } = scratch()
    const stated = { client_id: 'ab'.repeat(32), client_secret: 'stated-secret' }
    const seed = {
      accounts: [{ ...team, applications: [saas({ ...oidc, ...stated })] }],
    }
    const first = await createEmulator({ seed, state })
    await first.close()
    const second = await createEmulator({ seed, state })
    onTestFinished(() => second.close())
    const { applications } = await second.control.getState()
    expect(applications).toEqual([
      expect.objectContaining({
        saas_secret: stated.client_secret,
        saas_app: {
          ...oidc,
          client_id: stated.client_id,
          public_key: expect.stringContaining('BEGIN CERTIFICATE'),
        },
      }),
    ])
  })
})

test('SaaS by SAML gets an endpoint at the team, and guards no host', async () => {
  const sp_entity_id = 'https://app.example.net'
  const made = await api.ok(create, { body: saas({ sp_entity_id }) })
  expect(made.saas_app).toEqual({
    auth_type: 'saml',
    sp_entity_id,
    name_id_format: 'email',
    idp_entity_id: `https://${team.organization.auth_domain}`,
    sso_endpoint: expect.stringMatching(
      /^https:\/\/team\.cloudflareaccess\.com\/cdn-cgi\/access\/sso\/saml\/[0-9a-f]{64}$/,
    ),
    public_key: expect.stringContaining('BEGIN CERTIFICATE'),
  })
  const { sso_endpoint } = partsOf(made)
  expect(`https://${made.domain}`).toBe(sso_endpoint)
  expect(made).not.toHaveProperty('destinations')
  const name_id_format = 'id'
  const put = await api.ok(replace, {
    params: { app_id: made.id },
    body: saas({ sp_entity_id, name_id_format }),
  })
  expect(partsOf(put)).toEqual({ ...partsOf(made), name_id_format })
})

test.each([
  { type: 'bookmark', name: 'Elsewhere', domain: 'open.example.com' },
  { type: 'proxy_endpoint', domain: 'abcdefghij.proxy.cloudflare-gateway.com' },
] as const)('$type has a domain and no places, and guards nothing', async (body) => {
  const made = await api.ok(create, { body })
  expect(made.domain).toBe(body.domain)
  for (const field of ['destinations', 'self_hosted_domains', 'domain_type']) {
    expect(made).not.toHaveProperty(field)
  }
  const open = await api.emulator.fetch('https://open.example.com/')
  expect(open.status).toBe(200)
  await api.ok(create, { body: { type: 'self_hosted', domain: 'open.example.com' } })
})

test('end_user wants oauth_configuration and takes no policies', async () => {
  const end = { type: 'end_user', name: 'Customers' } as const
  const oauth_configuration = { enabled: true }
  const policies = [{ name: 'all', decision: 'allow' as const, include: [{ everyone: {} }] }]
  expect(await api.refused(create, { body: end })).toMatchObject(
    invalid('oauth_configuration is a required field'),
  )
  const noPolicies = invalid('an end_user application cannot have policies')
  expect(
    await api.refused(create, { body: { ...end, oauth_configuration, policies } }),
  ).toMatchObject(noPolicies)
  const made = await api.ok(create, { body: { ...end, oauth_configuration } })
  expect(made).toMatchObject({ ...end, oauth_configuration, policies: [] })
  const [body] = policies
  expect(
    await api.refused(contract.applicationPolicies.create, { params: { app_id: made.id }, body }),
  ).toMatchObject(noPolicies)
})

test('a policy that names a linked application that is gone is refused', async () => {
  const linked = await api.ok(create, { body: saas(oidc) })
  const include = [{ linked_app_token: { app_uid: linked.uid } }]
  const body = { name: 'linked', decision: 'non_identity' as const, include }
  const policy = await api.ok(contract.reusablePolicies.create, { body })
  await api.ok(contract.applications.delete, { params: { app_id: linked.id } })
  const refusal = invalid('linked application not found')
  expect(await api.refused(contract.reusablePolicies.create, { body })).toMatchObject(refusal)
  expect(
    await api.refused(contract.reusablePolicies.replace, {
      params: { policy_id: policy.id },
      body,
    }),
  ).toMatchObject(refusal)
  expect(
    await api.refused(create, {
      body: { type: 'self_hosted', domain: 'app.example.com', policies: [body] },
    }),
  ).toMatchObject(refusal)
})
