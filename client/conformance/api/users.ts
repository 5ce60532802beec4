/** Cases of users: a sign-in creates one, with readable sessions that end with the user. */
import type { Application } from '../../../contracts/api/applications.ts'
import { api } from '../../../contracts/api/operations.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { allowPeople, arrange, peopleDomain, signIn } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { signingIn, writing } from '../define.ts'
import { fits, holds, present, same } from '../difference.ts'
import { ask } from '../edge-answer.ts'
import { nobodysId } from '../guard.ts'

const { users } = api

interface SignedInUser {
  readonly application: Application
  readonly url: string
  readonly token: string
  readonly email: string
  readonly user_id: string
}

/** A previously unknown user, signed in at an application. */
async function signedIn(target: CaseTarget): Promise<SignedInUser> {
  const policies = [allowPeople(peopleDomain)]
  const { application, url } = await arrange(target, 'P', { policies })
  const email = `${target.name('user')}@${peopleDomain}`
  const token = await signIn(target, application, email)
  const { result } = await succeeds(target, users.list, { query: { email } })
  const user_id = present(result[0], 'the user').id
  target.cleanup(() => target.api.users.delete({ user_id }))
  return { application, url, token, email, user_id }
}

/** A user created by the API. */
async function created(target: CaseTarget) {
  const body = { email: `${target.name('user')}@${peopleDomain}`, name: target.name('user') }
  const { result } = await succeeds(target, users.create, { body })
  target.cleanup(() => target.api.users.delete({ user_id: result.id }))
  return result
}

async function sessionsOf(target: CaseTarget, user_id: string) {
  return (await succeeds(target, users.activeSessions, { params: { user_id } })).result
}

export const userCases: readonly Case[] = [
  signingIn(users.list, 'has who signed in', {
    title: 'a person who signs in is a user with a seat, found by part of name or address',
    source: ['api-users', 'api-seats'],
    async run(target) {
      const { email, user_id } = await signedIn(target)
      const { result: known } = await succeeds(target, users.get, { params: { user_id } })
      holds(known, { email, access_seat: true, gateway_seat: false }, 'user')
      fits(known.last_successful_login, /^\d{4}-\d\d-\d\dT/, 'last_successful_login')
      const part = email.split('@')[0]?.toUpperCase()
      for (const query of [{ email: part }, { search: part }]) {
        const { result } = await succeeds(target, users.list, { query })
        const ids = result.map(({ id }) => id)
        same(ids, [user_id], JSON.stringify(query))
      }
      const { result: none } = await succeeds(target, users.list, { query: { name: part } })
      same(none, [], 'by a name that is the address')
    },
  }),
  writing(users.create, 'has no seat', {
    title: 'a user whom the API creates has no seat and never logged in',
    source: ['api-users', 'api-seats'],
    async run(target) {
      const result = await created(target)
      const params = { user_id: result.id }
      const nothing = { last_successful_login: undefined, active_device_count: 0 }
      holds(result, { access_seat: false, gateway_seat: false, ...nothing }, 'answer')
      same(await sessionsOf(target, result.id), [], 'sessions')
      await refuses(target, users.lastSeenIdentity, 'not_found', { params })
    },
  }),
  writing(users.create, 'twice', {
    title: 'a second user with an address is a conflict',
    evidence: 'assumed',
    source: ['api-user-exists'],
    refused: 'conflict',
    input: async (target) => ({ body: { email: (await created(target)).email } }),
  }),
  writing(users.replace, 'another address', {
    title: 'an update changes the name only: with another address it is refused',
    evidence: 'assumed',
    source: ['api-user-exists'],
    refused: 'invalid_request',
    async input(target) {
      const { id: user_id, email } = await created(target)
      return { params: { user_id }, body: { email: `other-${email}`, name: 'Other' } }
    },
  }),
  signingIn(users.activeSessions, 'has the application', {
    title: 'a login is an active session of the user, with its application, until it is revoked',
    source: ['api-user-sessions'],
    evidence: 'assumed',
    async run(target) {
      const { application, email, user_id } = await signedIn(target)
      const [session, ...others] = await sessionsOf(target, user_id)
      same(others, [], 'other sessions')
      const { nonce, iat, expires, ttl, apps } = present(session, 'session').metadata
      same(ttl, 24 * 3600, 'ttl')
      same(expires - iat, ttl, 'its length')
      const { aud, domain: hostname, name, type, id: uid } = application
      same(apps, { [aud]: { hostname, name, type, uid } }, 'apps')

      await succeeds(target, api.organizations.revokeUser, { body: { email } })
      same(await sessionsOf(target, user_id), [], 'sessions after the revocation')
      await refuses(target, users.activeSession, 'not_found', { params: { user_id, nonce } })
      await succeeds(target, users.lastSeenIdentity, { params: { user_id } })
    },
  }),
  signingIn(users.activeSession, 'is who they were', {
    title: 'an active session says who its user was when it began',
    async run(target) {
      const { email, user_id } = await signedIn(target)
      const [session] = await sessionsOf(target, user_id)
      const { nonce, iat } = present(session, 'session').metadata
      const params = { user_id, nonce }
      const { result } = await succeeds(target, users.activeSession, { params })
      holds(result, { isActive: true, email, user_uuid: user_id, iat }, 'session')
      const none = { user_id, nonce: `${nonce}0` }
      await refuses(target, users.activeSession, 'not_found', { params: none })
    },
  }),
  signingIn(users.lastSeenIdentity, 'is that of the session', {
    title: 'the last seen identity is that of the latest session',
    source: ['api-user-sessions'],
    evidence: 'assumed',
    async run(target) {
      const { user_id } = await signedIn(target)
      const [session] = await sessionsOf(target, user_id)
      const { nonce } = present(session, 'session').metadata
      const params = { user_id, nonce }
      const { result: found } = await succeeds(target, users.activeSession, { params })
      const { isActive: _, ...identity } = found
      const { result } = await succeeds(target, users.lastSeenIdentity, { params })
      same(result, identity, 'identity')
    },
  }),
  writing(users.failedLogins, 'none yet', {
    title: 'a user who was always admitted has no failed logins, and an unknown one is refused',
    async run(target) {
      const params = { user_id: (await created(target)).id }
      const { result } = await succeeds(target, users.failedLogins, { params })
      same(result, [], 'failed logins')
      const unknown = { user_id: nobodysId }
      await refuses(target, users.failedLogins, 'not_found', { params: unknown })
    },
  }),
  writing(users.deleteMfaAuthenticator, 'of an unknown user', {
    title: 'a second factor of a user who does not exist is not found',
    refused: 'not_found',
    input: { params: { user_id: nobodysId, authenticator_id: 'one' } },
  }),
  signingIn(api.seats.edit, 'removes the seat', {
    title: 'a user whose seat is removed stays a user, and can go on',
    source: ['api-seats'],
    async run(target) {
      const { url, token, user_id } = await signedIn(target)
      const { result: user } = await succeeds(target, users.get, { params: { user_id } })
      const body = [{ seat_uid: user.seat_uid, access_seat: false, gateway_seat: false }]
      const { result } = await succeeds(target, api.seats.edit, { body })
      holds(present(result[0], 'seat'), present(body[0], 'what was sent'), 'seat')
      const { result: after } = await succeeds(target, users.get, { params: { user_id } })
      same(after.access_seat, false, 'access_seat')
      same((await ask(target, url, { token })).status, 200, 'status')
    },
  }),
  writing(api.seats.edit, 'an unknown seat', {
    title: 'a seat that nobody has is not found',
    needs: ['own_account'],
    evidence: 'assumed',
    source: ['api-seats-taken-by-login'],
    refused: 'not_found',
    input: { body: [{ seat_uid: nobodysId, access_seat: false, gateway_seat: false }] },
  }),
  signingIn(users.delete, 'ends their tokens', {
    title: 'the tokens of a deleted user no longer open anything, and they can sign in again',
    source: ['api-users'],
    async run(target) {
      const { application, url, token, email, user_id } = await signedIn(target)
      same((await ask(target, url, { token })).status, 200, 'status before')
      await succeeds(target, users.delete, { params: { user_id } })
      await target.settle()
      same((await ask(target, url, { token })).status, 302, 'status after')
      const anew = await signIn(target, application, email)
      same((await ask(target, url, { token: anew })).status, 200, 'status of a new login')
      same((await ask(target, url, { token })).status, 302, 'status of the old token')
      const { result } = await succeeds(target, users.list, { query: { email } })
      const again = present(result[0], 'the user').id
      target.cleanup(() => target.api.users.delete({ user_id: again }))
      same(again === user_id, false, 'whether it is the same user')
    },
  }),
]
