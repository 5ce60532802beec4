/** Reusable policies and identity providers, through the official client. */
import { NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import { everyItem, inBothScopes, type LifeCycle, present } from '../official-client.ts'

export const policyAndProviderLifeCycles: readonly LifeCycle[] = [
  {
    title: 'a reusable policy',
    async drive({ client, account_id, freshHost }) {
      const { policies, applications } = client.zeroTrust.access
      const made = await policies.create({
        account_id,
        name: 'Staff',
        decision: 'allow',
        include: [{ email_domain: { domain: 'example.com' } }],
      })
      const id = present(made.id)
      expect(made).toMatchObject({ name: 'Staff', reusable: true, app_count: 0 })
      expect(await policies.get(id, { account_id })).toEqual(made)
      expect(await everyItem(policies.list({ account_id }))).toEqual([made])

      const application = await applications.create({
        account_id,
        type: 'self_hosted',
        domain: freshHost(),
        policies: [{ id, precedence: 1 }],
      })
      expect(await policies.get(id, { account_id })).toMatchObject({ app_count: 1 })
      const replaced = await policies.update(id, {
        account_id,
        name: 'Staff by address',
        decision: 'allow',
        include: [{ email: { email: 'ana@example.com' } }],
        session_duration: '30m',
      })
      expect(replaced).toMatchObject({ id, name: 'Staff by address', session_duration: '30m' })

      await applications.delete(present(application.id), { account_id })
      expect(await policies.delete(id, { account_id })).toEqual({ id })
      await expect(policies.get(id, { account_id })).rejects.toThrow(NotFoundError)
    },
  },

  {
    title: 'a policy of an application that becomes reusable',
    async drive({ client, account_id, send }) {
      const { applications, policies } = client.zeroTrust.access
      const [wiki] = await everyItem(applications.list({ account_id, domain: 'wiki.example.com' }))
      const app_id = present(wiki?.id)
      const [own] = await everyItem(applications.policies.list(app_id, { account_id }))
      const id = present(own?.id)
      expect(await everyItem(policies.list({ account_id }))).toEqual([])
      const { result } = await send(
        'PUT',
        `/accounts/${account_id}/access/apps/${app_id}/policies/${id}/make_reusable`,
      )
      expect(result).toMatchObject([{ id, reusable: true }])
      expect(await everyItem(policies.list({ account_id }))).toMatchObject([{ id, app_count: 1 }])
    },
  },

  ...inBothScopes('an identity provider', async ({ client }, place) => {
    const { identityProviders } = client.zeroTrust
    const made = await identityProviders.create({
      ...place,
      type: 'github',
      name: 'GitHub',
      config: { client_id: 'witness', client_secret: 'a secret that goes in' },
    })
    const id = present(made.id)
    expect(made).toMatchObject({ type: 'github', config: { client_id: 'witness' } })
    expect(JSON.stringify(made)).not.toContain('a secret that goes in')
    expect(await identityProviders.get(id, place)).toEqual(made)
    expect((await everyItem(identityProviders.list(place))).map(({ type }) => type)).toEqual([
      'onetimepin',
      'github',
    ])
    const replaced = await identityProviders.update(id, {
      ...place,
      type: 'github',
      name: 'GitHub, renamed',
      config: { client_id: 'witness' },
    })
    expect(replaced).toMatchObject({ id, name: 'GitHub, renamed' })
    expect(await identityProviders.delete(id, place)).toEqual({ id })
    await expect(identityProviders.get(id, place)).rejects.toThrow(NotFoundError)
  }),
]
