/** Users beyond the basic five operations, through the official client. */
import { NotFoundError } from 'cloudflare'
import { expect } from 'vitest'
import { everyItem, type LifeCycle, present, type Witness } from '../official-client.ts'

const email = 'ada@example.com'
const domain = 'people.example.com'

function allowPeople(client: Witness['client'], account_id: string) {
  return client.zeroTrust.access.policies.create({
    account_id,
    name: 'People',
    decision: 'allow',
    include: [{ email_domain: { domain: 'example.com' } }],
  })
}

/** A user signed in at an application for example.com. */
async function signedIn({ emulator, client, account_id }: Witness) {
  const application = await client.zeroTrust.access.applications.create({
    account_id,
    type: 'self_hosted',
    name: 'People',
    domain,
    policies: [{ id: present((await allowPeople(client, account_id)).id), precedence: 1 }],
  })
  const { user_uuid } = await emulator.control.createSession({
    body: { email, name: 'Ada', application: present(application.id) },
  })
  return { aud: String(Reflect.get(application, 'aud')), user_id: user_uuid }
}

export const userLifeCycles: readonly LifeCycle[] = [
  {
    title: 'a policy test',
    async drive(witness) {
      const { client, account_id } = witness
      const { user_id } = await signedIn(witness)
      const { policyTests } = client.zeroTrust.access.applications
      const policies = [present((await allowPeople(client, account_id)).id)]
      const { id = '', status } = await policyTests.create({ account_id, policies })
      expect(status).toBe('success')
      const found = await policyTests.get(id, { account_id })
      expect(found).toMatchObject({ id, status: 'complete', total_users: 1, percent_approved: 100 })
      const users = await everyItem(policyTests.users.list(id, { account_id }))
      expect(users).toEqual([{ id: user_id, email, name: 'Ada', status: 'approved' }])
    },
  },
  {
    title: 'what is synced by SCIM, and who asks for approval',
    async drive({ client, account_id, send }) {
      const { identityProviders, access } = client.zeroTrust
      const [provider] = await everyItem(identityProviders.list({ account_id }))
      const idp_id = present(provider?.id)
      const { users, groups } = identityProviders.scim
      const two = { account_id, cf_resource_id: ['one', 'two'] }
      expect(await everyItem(users.list(idp_id, { account_id, email }))).toEqual([])
      expect(await everyItem(groups.list(idp_id, two))).toEqual([])
      const updates = access.logs.scim.updates.list({ account_id, idp_id: [idp_id, 'another'] })
      expect(await everyItem(updates)).toEqual([])
      const path = `/accounts/${account_id}/access/logs/jit_requests?status=PENDING`
      expect(await send('GET', path)).toMatchObject({ result: [] })
    },
  },
  {
    title: 'the sessions and logins of a user',
    async drive(witness) {
      const { client, account_id, send } = witness
      const { aud, user_id } = await signedIn(witness)
      const { users } = client.zeroTrust.access
      const [found] = await everyItem(users.list({ account_id, search: 'ADA' }))
      expect(found).toMatchObject({ id: user_id, uid: user_id, email, access_seat: true })

      const sessions = await everyItem(users.activeSessions.list(user_id, { account_id }))
      expect(sessions).toMatchObject([{ metadata: { apps: { [aud]: { hostname: domain } } } }])
      const nonce = present(sessions[0]?.metadata?.nonce)
      const session = await users.activeSessions.get(nonce, { account_id, user_id })
      expect(session).toMatchObject({ email, user_uuid: user_id, isActive: true })
      const identity = await users.lastSeenIdentity.get(user_id, { account_id })
      expect(session).toMatchObject(identity)

      const seat = { seat_uid: present(found?.seat_uid), access_seat: false, gateway_seat: false }
      const seats = await everyItem(client.zeroTrust.seats.edit({ account_id, body: [seat] }))
      expect(seats).toMatchObject([seat])

      expect(await everyItem(users.failedLogins.list(user_id, { account_id }))).toEqual([])
      const path = `/accounts/${account_id}/access/users/${user_id}/mfa_authenticators/one`
      expect(await send('DELETE', path)).toMatchObject({ result: {} })

      await client.zeroTrust.organizations.revokeUsers({ account_id, email })
      await expect(users.activeSessions.get(nonce, { account_id, user_id })).rejects.toThrow(
        NotFoundError,
      )
    },
  },
]
