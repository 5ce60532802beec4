/** Cases of users: a sign-in creates one, with readable sessions that end with the user. */
import type { Application } from '../../../contracts/api/applications.ts'
import { api } from '../../../contracts/api/operations.ts'
import { refuses, succeeds } from '../api-answer.ts'
import { allowPeople, arrange, peopleDomain } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { casesOf } from '../define.ts'
import { fits, holds, present, same } from '../difference.ts'
import { ask } from '../edge-answer.ts'
import { nobodysId } from '../guard.ts'

const { users } = api
const needs = ['write', 'hosts', 'person'] as const

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
  const token = await present(target.signIn, 'signIn')(email, application.id)
  const { result } = await succeeds(target, users.list, { query: { email } })
  const user_id = present(result[0], 'the user').id
  target.cleanup(() => target.api.users.delete({ user_id }))
  return { application, url, token, email, user_id }
}

/** A user whom the API created. */
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
  ...casesOf(users.list, {
    'has who signed in': {
      title: 'a person who signs in is a user with a seat, found by part of name or address',
      needs,
      source: ['api-users', 'api-seats'],
      async run(target) {
        const { email, user_id } = await signedIn(target)
        const { result: known } = await succeeds(target, users.get, { params: { user_id } })
        holds(known, { email, access_seat: true, gateway_seat: false }, 'user')
        fits(known.last_successful_login, /^\d{4}-\d\d-\d\dT/, 'last_successful_login')
        const part = email.split('@')[0]?.toUpperCase()
        for (const query of [{ email: part }, { search: part }]) {
          const { result } = await succeeds(target, users.list, { query })
          same(
            result.map(({ id }) => id),
            [user_id],
            JSON.stringify(query),
          )
        }
        const { result: none } = await succeeds(target, users.list, { query: { name: part } })
        same(none, [], 'by a name that is the address')
      },
    },
  }),
  ...casesOf(users.create, {
    'has no seat': {
      title: 'a user whom the API creates has no seat and never logged in',
      needs: ['write'],
      source: ['api-users', 'api-seats'],
      async run(target) {
        const result = await created(target)
        const params = { user_id: result.id }
        const nothing = { last_successful_login: undefined, active_device_count: 0 }
        holds(result, { access_seat: false, gateway_seat: false, ...nothing }, 'answer')
        same(await sessionsOf(target, result.id), [], 'sessions')
        await refuses(target, users.lastSeenIdentity, 'not_found', { params })
      },
    },
    twice: {
      title: 'a second user with an address is a conflict',
      needs: ['write'],
      evidence: 'assumed',
      source: ['api-user-exists'],
      async run(target) {
        const { email } = await created(target)
        const body = { email }
        await refuses(target, users.create, 'conflict', { body })
      },
    },
  }),
  ...casesOf(users.replace, {
    'another address': {
      title: 'an update changes the name only: with another address it is refused',
      needs: ['write'],
      evidence: 'assumed',
      source: ['api-user-exists'],
      async run(target) {
        const { id: user_id, email } = await created(target)
        const params = { user_id }
        const body = { email: `other-${email}`, name: 'Other' }
        await refuses(target, users.replace, 'invalid_request', { params, body })
      },
    },
  }),
  ...casesOf(users.activeSessions, {
    'has the application': {
      title: 'a login is an active session of the user, with its application, until it is revoked',
      needs,
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
    },
  }),
  ...casesOf(users.activeSession, {
    'is who they were': {
      title: 'an active session says who its user was when it began',
      needs,
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
    },
  }),
  ...casesOf(users.lastSeenIdentity, {
    'is that of the session': {
      title: 'the last seen identity is that of the latest session',
      needs,
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
    },
  }),
  ...casesOf(users.failedLogins, {
    'none yet': {
      title: 'a user who was always admitted has no failed logins, and an unknown one is refused',
      needs: ['write'],
      async run(target) {
        const params = { user_id: (await created(target)).id }
        const { result } = await succeeds(target, users.failedLogins, { params })
        same(result, [], 'failed logins')
        const unknown = { user_id: nobodysId }
        await refuses(target, users.failedLogins, 'not_found', { params: unknown })
      },
    },
  }),
  ...casesOf(users.deleteMfaAuthenticator, {
    'of an unknown user': {
      title: 'a second factor of a user who does not exist is not found',
      needs: ['write'],
      async run(target) {
        const params = { user_id: nobodysId, authenticator_id: 'one' }
        await refuses(target, users.deleteMfaAuthenticator, 'not_found', { params })
      },
    },
  }),
  ...casesOf(api.seats.edit, {
    'removes the seat': {
      title: 'a user whose seat is removed stays a user, and can go on',
      needs,
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
    },
    'an unknown seat': {
      title: 'a seat that nobody has is not found',
      needs: ['write', 'own_account'],
      evidence: 'assumed',
      source: ['api-seats-taken-by-login'],
      async run(target) {
        const body = [{ seat_uid: nobodysId, access_seat: false, gateway_seat: false }]
        await refuses(target, api.seats.edit, 'not_found', { body })
      },
    },
  }),
  ...casesOf(users.delete, {
    'ends their tokens': {
      title: 'the tokens of a deleted user no longer open anything, and they can sign in again',
      needs,
      source: ['api-users'],
      async run(target) {
        const { application, url, token, email, user_id } = await signedIn(target)
        same((await ask(target, url, { token })).status, 200, 'status before')
        await succeeds(target, users.delete, { params: { user_id } })
        await target.settle()
        same((await ask(target, url, { token })).status, 302, 'status after')
        const anew = await present(target.signIn, 'signIn')(email, application.id)
        same((await ask(target, url, { token: anew })).status, 200, 'status of a new login')
        same((await ask(target, url, { token })).status, 302, 'status of the old token')
        const { result } = await succeeds(target, users.list, { query: { email } })
        const again = present(result[0], 'the user').id
        target.cleanup(() => target.api.users.delete({ user_id: again }))
        same(again === user_id, false, 'whether it is the same user')
      },
    },
  }),
]
