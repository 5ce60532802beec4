/** Applications and their own policies, through the official client. */
import { NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import { everyItem, inBothScopes, type LifeCycle, present } from '../official-client.ts'

const everyone = [{ everyone: {} }]

export const applicationLifeCycles: readonly LifeCycle[] = [
  ...inBothScopes('an application', async ({ client, freshHost }, place) => {
    const { applications } = client.zeroTrust.access
    const before = await everyItem(applications.list(place))
    const domain = freshHost()
    const made = await applications.create({
      ...place,
      type: 'self_hosted',
      name: 'Witness',
      domain,
    })
    const id = present(made.id)
    expect(made).toMatchObject({
      uid: id,
      domain,
      destinations: [{ type: 'public', uri: domain }],
      aud: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(await applications.get(id, place)).toEqual(made)
    expect(await everyItem(applications.list({ ...place, domain, exact: true }))).toEqual([made])

    const replaced = await applications.update(id, {
      ...place,
      type: 'self_hosted',
      name: 'Witness, renamed',
      domain,
      session_duration: '1h',
    })
    expect(replaced).toMatchObject({ id, name: 'Witness, renamed', session_duration: '1h' })

    expect(await applications.settings.update(id, { ...place, allow_iframe: true })).toEqual({
      allow_iframe: true,
    })
    expect(await applications.settings.edit(id, { ...place, skip_interstitial: true })).toEqual({
      allow_iframe: true,
      skip_interstitial: true,
    })
    expect(await applications.revokeTokens(id, place)).toEqual({})

    expect(await applications.delete(id, place)).toEqual({ id })
    await expect(applications.get(id, place)).rejects.toThrow(NotFoundError)
    expect(await everyItem(applications.list(place))).toEqual(before)
  }),

  ...inBothScopes(
    'a policy check of a person who signed in',
    async ({ client, emulator }, place) => {
      const { applications } = client.zeroTrust.access
      await emulator.control.createSession({ body: { email: 'ana@example.com' } })
      const [wiki] = await everyItem(applications.list({ ...place, domain: 'wiki.example.com' }))
      const id = present(wiki?.id)
      const check = await applications.userPolicyChecks.list(id, place)
      expect(check).toMatchObject({
        app_state: { app_uid: id, hostname: 'wiki.example.com', status: 'Success' },
        user_identity: { email: 'ana@example.com' },
      })
    },
  ),

  ...inBothScopes('a policy of an application', async ({ client, freshHost }, place) => {
    const { applications } = client.zeroTrust.access
    const application = await applications.create({
      ...place,
      type: 'self_hosted',
      domain: freshHost(),
    })
    const app_id = present(application.id)
    const made = await applications.policies.create(app_id, {
      ...place,
      // The client's types forget the body of a policy here; the document and the service want it.
      ...{ name: 'Everyone', decision: 'allow', include: everyone },
    })
    const id = present(made.id)
    expect(made).toMatchObject({ uid: id, name: 'Everyone', decision: 'allow', precedence: 1 })
    expect(await applications.policies.get(id, { ...place, app_id })).toEqual(made)
    expect(await everyItem(applications.policies.list(app_id, place))).toEqual([made])
    expect(await applications.get(app_id, place)).toMatchObject({ policies: [{ id }] })

    const replaced = await applications.policies.update(id, {
      ...place,
      app_id,
      ...{ name: 'Nobody', decision: 'deny', include: everyone, precedence: 3 },
    })
    expect(replaced).toMatchObject({ id, name: 'Nobody', decision: 'deny', precedence: 3 })

    expect(await applications.policies.delete(id, { ...place, app_id })).toEqual({ id })
    await expect(applications.policies.get(id, { ...place, app_id })).rejects.toThrow(NotFoundError)
    expect(await everyItem(applications.policies.list(app_id, place))).toEqual([])
  }),

  ...inBothScopes(
    'the short-lived certificate CA of an application',
    async ({ client, freshHost }, place) => {
      const { applications } = client.zeroTrust.access
      const before = await everyItem(applications.cas.list(place))
      const application = await applications.create({
        ...place,
        type: 'self_hosted',
        domain: freshHost(),
      })
      const app_id = present(application.id)
      const made = await applications.cas.create(app_id, place)
      expect(made).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{48}$/),
        aud: application.aud,
        public_key: expect.stringMatching(/^ecdsa-sha2-nistp256 \S+ \S+$/),
      })
      expect(await applications.cas.get(app_id, place)).toEqual(made)
      expect(await everyItem(applications.cas.list(place))).toEqual([...before, made])

      expect(await applications.cas.delete(app_id, place)).toEqual({ id: made.id })
      await expect(applications.cas.get(app_id, place)).rejects.toThrow(NotFoundError)

      await applications.cas.create(app_id, place)
      await applications.delete(app_id, place)
      expect(await everyItem(applications.cas.list(place))).toEqual(before)
    },
  ),
]
