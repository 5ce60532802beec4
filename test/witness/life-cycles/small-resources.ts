/** Bookmarks, templates of custom pages, the SSH certificate authority and grants to federate, as the official client drives them. */
import { ConflictError, NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import { everyItem, type LifeCycle, present } from '../official-client.ts'

export const smallResourceLifeCycles: readonly LifeCycle[] = [
  {
    title: 'bookmarks, which are applications',
    async drive({ client, account_id }) {
      const { bookmarks, applications } = client.zeroTrust.access
      const id = 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415'
      const body = { name: 'Elsewhere', domain: 'elsewhere.example', app_launcher_visible: true }
      const made = await bookmarks.create(id, { account_id }, { body })
      expect(made).toMatchObject({ id, ...body })
      expect(await bookmarks.get(id, { account_id })).toEqual(made)
      const before = await everyItem(bookmarks.list({ account_id }))
      expect(before).toContainEqual(made)
      expect(await applications.get(id, { account_id })).toMatchObject({
        type: 'bookmark',
        ...body,
      })
      const changed = { name: 'Renamed', domain: 'elsewhere.example' }
      const replaced = await bookmarks.update(id, { account_id }, { body: changed })
      expect(replaced).toMatchObject({ id, ...changed })
      await expect(bookmarks.create(id, { account_id }, { body })).rejects.toThrow(ConflictError)
      expect(await bookmarks.delete(id, { account_id })).toEqual({ id })
      expect(await everyItem(bookmarks.list({ account_id }))).toHaveLength(before.length - 1)
      await expect(bookmarks.get(id, { account_id })).rejects.toThrow(NotFoundError)
    },
  },

  {
    title: 'a custom page that is a template, which is checked',
    async drive({ client, account_id, send }) {
      const { customPages } = client.zeroTrust.access
      const custom_html = '<h1>{{ ray }}</h1>'
      const body = { account_id, name: 'Denied', type: 'forbidden', custom_html } as const
      const made = await customPages.create({ ...body, contract_version: 1 })
      expect(made).toMatchObject({
        contract_version: 1,
        warnings: [{ tier: 'liquid', ref: 'ray' }],
      })
      const path = `/accounts/${account_id}/access/custom_pages/validate`
      const { result } = await send('POST', path, { type: 'login', template: custom_html })
      expect(result).toMatchObject({ page_type: 'login', errors: [{ tier: 'html' }] })
      const { warnings: _, ...kept } = made
      expect(await everyItem(customPages.list({ account_id }))).toContainEqual(kept)
    },
  },

  {
    title: 'a second SSH certificate authority, which is refused',
    async drive({ client, account_id }) {
      const { gatewayCA } = client.zeroTrust.access
      const made = await gatewayCA.create({ account_id })
      expect(made).toMatchObject({ public_key: expect.stringMatching(/^ecdsa-sha2-nistp256 /) })
      await expect(gatewayCA.create({ account_id })).rejects.toThrow(ConflictError)
      expect(await everyItem(gatewayCA.list({ account_id }))).toEqual([made])
    },
  },

  {
    title: 'grants to federate with identity providers: one for each, and with it',
    async drive({ client, account_id }) {
      const { IdPFederationGrants: grants } = client.zeroTrust.access
      const provider = await client.zeroTrust.identityProviders.create({
        account_id,
        type: 'github',
        name: 'Federated',
        config: { client_id: 'an-id', client_secret: 'a-secret' },
      })
      const idp_id = present(provider.id)
      const made = await grants.create({ account_id, idp_id })
      expect(made).toMatchObject({ idp_id, id: expect.stringMatching(/^[0-9a-f]{32}$/) })
      await expect(grants.create({ account_id, idp_id })).rejects.toThrow(ConflictError)
      const nobody = '01234567-89ab-4cde-8f01-23456789abcd'
      await expect(grants.create({ account_id, idp_id: nobody })).rejects.toThrow(NotFoundError)
      await client.zeroTrust.identityProviders.delete(idp_id, { account_id })
      expect(await grants.list({ account_id })).toEqual([])
    },
  },

  {
    title: 'the DoH settings of an organization',
    async drive({ client, account_id }) {
      const { doh } = client.zeroTrust.organizations
      expect(await doh.get({ account_id })).toEqual({ doh_jwt_duration: '24h' })
      const token = await client.zeroTrust.access.serviceTokens.create({ account_id, name: 'DoH' })
      const service_token_id = present(token.id)
      const changed = await doh.update({ account_id, service_token_id, doh_jwt_duration: '48h' })
      expect(changed).toMatchObject({
        doh_jwt_duration: '48h',
        id: service_token_id,
        client_id: token.client_id,
        name: 'DoH',
      })
      expect(await doh.get({ account_id })).toEqual(changed)
      expect(await doh.update({ account_id, doh_jwt_duration: '12h' })).toMatchObject({
        doh_jwt_duration: '12h',
        id: service_token_id,
      })
      const nobody = '01234567-89ab-4cde-8f01-23456789abcd'
      const unknown = doh.update({ account_id, service_token_id: nobody })
      await expect(unknown).rejects.toThrow(NotFoundError)
      // The key rotation period is 42 days here.
      const long = doh.update({ account_id, doh_jwt_duration: '1009h' })
      await expect(long).rejects.toThrow(/doh_jwt_duration: must be at most/)
      expect(await doh.get({ account_id })).toMatchObject({ doh_jwt_duration: '12h' })
    },
  },

  {
    title: 'the user of the credentials, and their memberships',
    async drive({ client, account_id, emulator }) {
      const user = await client.user.get()
      const { name } = emulator.account
      expect(user).toMatchObject({
        email: 'user@example.com',
        organizations: [{ id: account_id, name }],
      })
      const listed = (query = {}) => everyItem(client.memberships.list(query))
      expect(await listed()).toMatchObject([{ status: 'accepted', account: { id: account_id } }])
      expect(await listed({ name, status: 'accepted', order: 'id' })).toHaveLength(1)
      expect(await listed({ status: 'pending' })).toEqual([])
      expect(await listed({ account: { name: 'no such account' } })).toEqual([])
    },
  },

  {
    title: 'models of authenticators, and a request for temporary access that does not exist',
    async drive({ send, account_id }) {
      const { result } = await send(
        'GET',
        `/accounts/${account_id}/access/authenticator_device_aaguids`,
      )
      expect(result).toContainEqual({
        aaguid: '2fc0579f-8113-47ea-b116-bb5a8db9202a',
        name: 'YubiKey 5 NFC',
      })
      const logs = `/accounts/${account_id}/access/logs/jit_requests`
      expect(await send('GET', `${logs}/none`)).toMatchObject({ result: null })
    },
  },
]
