/**
 * What a user is signed in to, who they were then, and which logins were refused (api-user-sessions). No operation ends one
 * session alone (api-user-session-end).
 */
import {
  type ActiveSession,
  users as contract,
  type FailedLogin,
  type SessionIdentity,
} from '../../contracts/api/users.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { certificateFields } from '../access/login.ts'
import type { Account } from '../account/account.ts'
import type { RememberedEntry } from '../account/journal.ts'
import { isActive } from '../account/users.ts'
import type { SessionRow, UserRow } from '../state/rows.ts'
import { timestampAt } from '../state/timestamps.ts'
import type { HandlersOf } from './context.ts'
import { onRow } from './crud.ts'

function appsOf(account: Account, { application_id = '', hostname = '' }: SessionRow) {
  const application = account.state.tables.applications.get(application_id)
  if (application === undefined) return {}
  const { aud, id: uid, name = '', type } = application
  return { [aud]: { hostname, name, type, uid } }
}

function sessionView(account: Account, session: SessionRow): ActiveSession {
  const { id: nonce, exp, iat = 0 } = session
  const apps = appsOf(account, session)
  return {
    name: nonce,
    expiration: exp,
    metadata: { apps, expires: exp, iat, nonce, ttl: exp - iat },
  }
}

function identityView(account: Account, session: SessionRow): SessionIdentity {
  const { identity, ip, iat = 0, user_id, country = identity.country } = session
  const { email, idp, mtls_auth } = identity
  return {
    account_id: account.id,
    auth_status: 'NONE',
    common_name: '',
    devicePosture: {},
    device_id: '',
    device_sessions: {},
    email,
    ...(country === undefined ? {} : { geo: { country } }),
    iat,
    ...(idp === undefined ? {} : { idp }),
    ...(ip === undefined ? {} : { ip }),
    is_gateway: false,
    is_warp: false,
    service_token_id: '',
    service_token_status: false,
    user_uuid: user_id,
    version: 2,
    ...(mtls_auth === undefined ? {} : certificateFields(mtls_auth)),
  }
}

/** Logins that the policies or a One-time PIN refused, as far back as the journal goes (api-user-failed-logins). */
function failedLogin({ id, email }: UserRow, entry: RememberedEntry): FailedLogin | undefined {
  const { answered, evaluation } = entry
  if (evaluation?.verdict.kind !== 'deny') return undefined
  const { application, subject } = evaluation
  if (subject.identity?.email !== email) return undefined
  return {
    metadata: {
      app_name: application.name ?? '',
      aud: application.aud,
      datetime: timestampAt(answered.nowMs),
      ray_id: answered.ray.slice(0, 16),
      user_email: email,
      user_uuid: id,
    },
  }
}

type SessionHandlers = Omit<
  HandlersOf<typeof contract>,
  'list' | 'get' | 'create' | 'replace' | 'delete'
>

export const userSessions: SessionHandlers = {
  activeSessions: onRow(contract, (user, _call, { account, nowMs }) => {
    const active = account.state.tables.sessions
      .by('user', user.id)
      .filter((session) => isActive(account, session, nowMs))
    return { result: active.map((session) => sessionView(account, session)) }
  }),
  activeSession: onRow(contract, (user, { params }, { account, nowMs }) => {
    const session = account.state.tables.sessions.get(params.nonce)
    const isTheirs = session?.user_id === user.id
    if (!isTheirs || !isActive(account, session, nowMs)) return fail('not_found')
    return { result: { ...identityView(account, session), isActive: true } }
  }),
  failedLogins: onRow(contract, async (user, _call, { account }) => {
    const entries = (await account.journal.gathered()).toReversed()
    return { result: entries.flatMap((entry) => failedLogin(user, entry) ?? []) }
  }),
  lastSeenIdentity: onRow(contract, (user, _call, { account }) => {
    const session = account.state.tables.sessions.by('user', user.id).at(-1)
    return session === undefined ? fail('not_found') : { result: identityView(account, session) }
  }),
  /** Access asks for no second factor here: nobody has an authenticator, and afterwards nobody has one (api-user-mfa). */
  deleteMfaAuthenticator: onRow(contract, () => ({ result: {} })),
}
