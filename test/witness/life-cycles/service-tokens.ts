/** Service tokens, through the official client: the secret is shown once, and each rotation makes a new one. */
import { BadRequestError, NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import {
  everyItem,
  inBothScopes,
  type LifeCycle,
  present,
  type Witness,
} from '../official-client.ts'

async function statusWith(
  { emulator }: Witness,
  host: string,
  pair: { readonly client_id?: string; readonly client_secret?: string },
): Promise<number> {
  const answer = await emulator.fetch(emulator.urlFor(host), {
    headers: {
      'cf-access-client-id': present(pair.client_id),
      'cf-access-client-secret': present(pair.client_secret),
    },
  })
  await answer.arrayBuffer()
  return answer.status
}

export const serviceTokenLifeCycles: readonly LifeCycle[] = [
  ...inBothScopes('a service token', async ({ client }, place) => {
    const { serviceTokens } = client.zeroTrust.access
    const made = await serviceTokens.create({ ...place, name: 'Witness', duration: '8760h' })
    const id = present(made.id)
    expect(made).toMatchObject({
      name: 'Witness',
      duration: '8760h',
      client_id: expect.stringMatching(/^[0-9a-f]{32}\.access$/),
      client_secret: expect.stringMatching(/^cfast_/),
    })
    const shown = await serviceTokens.get(id, place)
    expect(shown).not.toHaveProperty('client_secret')
    expect(made).toMatchObject(shown)
    expect(await everyItem(serviceTokens.list({ ...place, name: 'Witness' }))).toEqual([shown])

    const renamed = await serviceTokens.update(id, { ...place, name: 'Renamed', duration: '60m' })
    expect(renamed).toMatchObject({ id, name: 'Renamed', duration: '60m' })
    expect(renamed).not.toHaveProperty('client_secret')
    // Terraform's way to rotate.
    const rotated = await serviceTokens.update(id, { ...place, client_secret_version: 2 })
    expect(rotated).toMatchObject({
      client_id: made.client_id,
      client_secret: expect.not.stringMatching(present(made.client_secret)),
    })

    expect(await serviceTokens.delete(id, place)).toMatchObject({ id, name: 'Renamed' })
    await expect(serviceTokens.get(id, place)).rejects.toThrow(NotFoundError)
  }),

  {
    title: 'the rotation and refresh of a service token that an application admits',
    async drive(witness) {
      const { client, account_id, freshHost } = witness
      const { serviceTokens, applications } = client.zeroTrust.access
      const first = await serviceTokens.create({ account_id, name: 'Rotated', duration: '60m' })
      const id = present(first.id)
      const host = freshHost()
      const application = await applications.create({
        account_id,
        type: 'self_hosted',
        domain: host,
      })
      await applications.policies.create(present(application.id), {
        account_id,
        ...{
          name: 'Only the rotated one',
          decision: 'non_identity',
          include: [{ service_token: { token_id: id } }],
        },
      })
      expect(await statusWith(witness, host, first)).toBe(200)
      await expect(serviceTokens.delete(id, { account_id })).rejects.toThrow(BadRequestError)

      const second = await serviceTokens.rotate(id, { account_id })
      expect(second).toMatchObject({ id, client_id: first.client_id })
      expect(await statusWith(witness, host, first)).toBe(403)
      expect(await statusWith(witness, host, second)).toBe(200)

      const grace = new Date(Date.now() + 60_000).toISOString()
      const third = await serviceTokens.rotate(id, {
        account_id,
        previous_client_secret_expires_at: grace,
      })
      expect(await statusWith(witness, host, second)).toBe(200)
      expect(await statusWith(witness, host, third)).toBe(200)

      const { expires_at } = await serviceTokens.get(id, { account_id })
      await witness.emulator.control.setClock({ body: { advance: 600 } })
      const refreshed = await serviceTokens.refresh(id, { account_id })
      expect(Date.parse(present(refreshed.expires_at))).toBeGreaterThan(
        Date.parse(present(expires_at)),
      )
      expect(refreshed).not.toHaveProperty('client_secret')

      await applications.delete(present(application.id), { account_id })
      expect(await serviceTokens.delete(id, { account_id })).toMatchObject({ id })
    },
  },
]
