/** The organization, signing keys, the access log, and what is outside Access, through the official client. */
import { ConflictError } from 'cloudflare'
import { expect } from 'vitest'
import type { SeedInput } from '../../../contracts/control/seed.ts'
import {
  everyItem,
  inBothScopes,
  type LifeCycle,
  type TestScope,
  type Witness,
} from '../official-client.ts'

/** An account without an organization. */
const withoutOrganization: SeedInput = {
  accounts: [
    {
      id: '11111111111111111111111111111111',
      name: 'Fresh',
      api_token: 'witness-token-of-the-fresh-account',
      zones: [{ id: '11111111111111111111111111111112', name: 'example.org' }],
    },
  ],
}

async function driveOrganization({ client }: Witness, place: TestScope): Promise<void> {
  const { organizations } = client.zeroTrust
  const auth_domain = 'witness.cloudflareaccess.com'
  await expect(organizations.list(place)).rejects.toThrow('access.api.error.not_enabled')
  const made = await organizations.create({ ...place, name: 'Witness', auth_domain })
  expect(made).toMatchObject({ name: 'Witness', auth_domain })
  expect(await organizations.list(place)).toEqual(made)
  await expect(organizations.create({ ...place, name: 'Witness', auth_domain })).rejects.toThrow(
    ConflictError,
  )

  const replaced = await organizations.update({
    ...place,
    name: 'Witness, renamed',
    auth_domain,
    session_duration: '12h',
  })
  expect(replaced).toMatchObject({ name: 'Witness, renamed', session_duration: '12h' })
  expect(await organizations.revokeUsers({ ...place, email: 'ana@example.com' })).toBe(true)
}

async function patchOrganization(witness: Witness, scope: string): Promise<void> {
  const { client, account_id, send } = witness
  const before = await client.zeroTrust.organizations.list({ account_id })
  const { result } = await send('PATCH', `${scope}/access/organizations`, {
    strict_service_token_auth: true,
  })
  expect(result).toMatchObject({ strict_service_token_auth: true })
  expect(result).toMatchObject({ name: before.name, auth_domain: before.auth_domain })
}

export const accountLifeCycles: readonly LifeCycle[] = [
  {
    title: 'one setting of an organization under an account',
    drive: (witness) => patchOrganization(witness, `/accounts/${witness.account_id}`),
  },
  {
    title: 'one setting of an organization under a zone',
    drive: (witness) => patchOrganization(witness, `/zones/${witness.zone_id}`),
  },

  ...inBothScopes('an organization', driveOrganization).map((one) => ({
    ...one,
    seed: withoutOrganization,
  })),

  ...inBothScopes('the mTLS settings of hosts', async ({ client, freshHost }, place) => {
    const { settings } = client.zeroTrust.access.certificates
    const one = {
      hostname: freshHost(),
      china_network: false,
      client_certificate_forwarding: true,
    }
    const answer = await settings.update({ ...place, settings: [one] })
    expect(answer.result).toEqual([one])
    expect((await settings.get(place)).result).toEqual([one])
    await settings.update({ ...place, settings: [] })
    expect((await settings.get(place)).result).toEqual([])
  }),

  {
    title: 'the signing keys',
    async drive({ client, account_id, emulator }) {
      const { keys } = client.zeroTrust.access
      const first = await keys.get({ account_id })
      expect(first).toMatchObject({ key_rotation_interval_days: expect.any(Number) })
      const changed = await keys.update({ account_id, key_rotation_interval_days: 90 })
      expect(changed).toMatchObject({ key_rotation_interval_days: 90 })
      const certs = async () => {
        const url = 'https://example-team.cloudflareaccess.com/cdn-cgi/access/certs'
        return (await emulator.fetch(url)).json()
      }
      const before = await certs()
      const rotated = await keys.rotate({ account_id })
      expect(rotated).toMatchObject({
        key_rotation_interval_days: 90,
        days_until_next_rotation: 90,
      })
      expect(await certs()).not.toEqual(before)
    },
  },

  {
    title: 'the log of authentications',
    async drive({ client, account_id, emulator }) {
      const { accessRequests } = client.zeroTrust.access.logs
      const refused = await emulator.fetch(emulator.urlFor('machines.example.com'))
      expect(refused.status).toBe(403)
      const [entry, ...others] = await accessRequests.list({ account_id, limit: 5 })
      expect(others).toEqual([])
      expect(entry).toMatchObject({
        allowed: false,
        app_domain: 'machines.example.com',
        ray_id: refused.headers.get('cf-ray')?.slice(0, 16),
      })
    },
  },

  {
    title: 'accounts, zones and API tokens, which it verifies and lists',
    async drive({ client, account_id, zone_id, emulator }) {
      const account = await client.accounts.get({ account_id })
      expect(account).toMatchObject({ id: account_id, name: 'Example account' })
      expect(await everyItem(client.accounts.list())).toEqual([account])
      const zone = await client.zones.get({ zone_id })
      expect(zone).toMatchObject({ id: zone_id, name: 'example.com', account: { id: account_id } })
      expect(await everyItem(client.zones.list({ name: 'example.com' }))).toEqual([zone])
      expect(await client.user.tokens.verify()).toMatchObject({ status: 'active' })
      expect(await client.accounts.tokens.verify({ account_id })).toMatchObject({
        status: 'active',
      })
      const policies = [{ permission_groups: [{ name: 'Zone Read' }] }]
      const body = { name: 'deploys', kind: 'account', policies } as const
      const { id } = await emulator.control.createToken({ body })
      const token = await client.accounts.tokens.get(id, { account_id })
      expect(token).toMatchObject({ id, name: 'deploys', status: 'active' })
      expect(await everyItem(client.accounts.tokens.list({ account_id }))).toEqual([token])
    },
  },
]
