/** Signing in without a browser or mailbox: sessions as a login would create them, and the One-time PINs it would mail. */
import type { AskedPin } from '../../contracts/control/shapes.ts'
import { cookieNames } from '../../contracts/edge/endpoints.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { pinLifetimeMs } from '../access/login.ts'
import type { Account } from '../account/account.ts'
import { bindingOf } from '../account/binding.ts'
import type { RequestFacts } from '../account/evaluate.ts'
import { quotaFailure } from '../account/quota.ts'
import { admit, enrol, identityOf } from '../account/sign-in.ts'
import { refusedBy } from '../account/stored.ts'
import { Outrun } from '../state/log.ts'
import type { ApplicationRow } from '../state/rows.ts'
import type { World } from '../world/world.ts'
import { type ControlHandler, onAccount } from './context.ts'

/** A request to the application's own URL, without credentials. */
export function plainAsking(application: ApplicationRow, country: string): RequestFacts {
  const [host = '', ...path] = (application.domain ?? '').split('/')
  return {
    host,
    path: `/${path.join('/')}`,
    method: 'GET',
    headers: () => [],
    ip: '127.0.0.1',
    country,
  }
}

/** By id, name, AUD tag or domain. */
function findApplication(account: Account, text: string): ApplicationRow | undefined {
  const { applications } = account.state.tables
  return (
    applications.get(text) ??
    applications.all().find(({ name, aud, domain }) => [name, aud, domain].includes(text))
  )
}

export const createSession: ControlHandler<'createSession'> = onAccount(
  async (account, { body }, context) => {
    const { application: wanted, ip = '127.0.0.1', certificate, ...person } = body
    const application = wanted === undefined ? undefined : findApplication(account, wanted)
    if (wanted !== undefined && application === undefined) {
      return fail('unknown', `There is no application "${wanted}".`)
    }
    const { user, changes } = enrol(account, person, context.nowMs)
    const user_uuid = user.id
    const excess = quotaFailure(account, changes)
    if (excess !== undefined) return excess
    if (application === undefined) {
      const refused = await refusedBy(account.commit(changes))
      return (
        refused ?? { result: { user_uuid, application_token: null, cookie: null, verdict: null } }
      )
    }
    const { country } = person
    const { evaluation, issued } = await admit(account, context.world, application, {
      asking: {
        ...plainAsking(application, country ?? 'XX'),
        ip,
        ...(certificate && { certificate }),
      },
      user,
      identity: identityOf(account, person),
      country,
    })
    // Others may have changed or deleted the user while the token was signed.
    const since = enrol(account, person, context.nowMs)
    if (since.user.id !== user_uuid) throw new Outrun()
    const kept = [...since.changes, ...(issued?.changes ?? [])]
    const refused = quotaFailure(account, kept) ?? (await refusedBy(account.commit(kept)))
    if (refused !== undefined) return refused
    if (issued === undefined) {
      const { verdict } = evaluation
      const reason = verdict.kind === 'deny' ? verdict.reason : verdict.kind
      return { result: { user_uuid, application_token: null, cookie: null, verdict: reason } }
    }
    const { token } = issued
    const cookie = cookieFor(context.world, application, token)
    return { result: { user_uuid, application_token: token, cookie, verdict: 'pass' } }
  },
)

/** The Cookie header that a browser would send, with the binding cookie if the application uses one. */
function cookieFor(world: World, application: ApplicationRow, token: string): string {
  const authorization = `${cookieNames.authorization}=${token}`
  if (application.enable_binding_cookie !== true) return authorization
  return `${authorization}; ${cookieNames.binding}=${bindingOf(world, token)}`
}

/** The One-time PINs that an account was asked for, oldest first. */
export function pinsOf(account: Account): AskedPin[] {
  return account.state.tables.logins.all().flatMap((login) => {
    const { email, pin, hostname, application_id, began_at, is_used } = login
    if (email === undefined) return []
    return {
      email,
      pin: pin ?? null,
      hostname,
      application: application_id,
      asked_at: new Date(began_at).toISOString(),
      expires_at: new Date(began_at + pinLifetimeMs).toISOString(),
      used: is_used,
    }
  })
}

export const listPins: ControlHandler<'listPins'> = onAccount((account, { query }) => {
  const result = pinsOf(account).filter(({ email }) => (query.email ?? email) === email)
  return { result: { result } }
})
