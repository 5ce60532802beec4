/** Users: the people who have signed in, and those whom the API created beforehand (api-users). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { count, epochSecond, timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'
import { mtlsOfIdentity } from '../edge/claims.ts'
import { personInput } from '../edge/person.ts'

const path = '/access/users'
const item = `${path}/{user_id}` as const

export const user = once(() =>
  z.object({
    id: uuid(),
    uid: uuid(),
    email: z.string(),
    name: z.string().optional(),
    /** Whether they have signed in since their seat was last removed (api-seats). */
    access_seat: z.boolean(),
    gateway_seat: z.boolean(),
    seat_uid: z.string(),
    active_device_count: count(),
    last_successful_login: timestamp().optional(),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
)

const email = once(() => z.string().regex(/^[^\s@]+@[^\s@]+$/, 'must be an email address'))

export const userBody = once(() => z.looseObject({ email: email(), name: z.string().optional() }))
/** The address is that of the user, as a confirmation (api-users). */
const userUpdate = once(() => z.looseObject({ email: email(), name: z.string() }))

/** A user's session: that of the team domain, or of one application (api-user-sessions). */
const activeSession = once(() =>
  z.object({
    name: z.string(),
    /** Seconds since the epoch. */
    expiration: epochSecond(),
    metadata: z.object({
      /** The application by its AUD tag; none of a global session. */
      apps: z.record(
        z.string(),
        z.object({ hostname: z.string(), name: z.string(), type: z.string(), uid: uuid() }),
      ),
      expires: epochSecond(),
      iat: epochSecond(),
      nonce: z.string(),
      ttl: count(),
    }),
  }),
)
export type ActiveSession = z.output<ReturnType<typeof activeSession>>

const sessionIdentity = once(() =>
  z.object({
    account_id: z.string(),
    auth_status: z.string(),
    common_name: z.string(),
    devicePosture: z.object({}),
    device_id: z.string(),
    device_sessions: z.object({}),
    email: z.string(),
    geo: z.object({ country: z.string() }).optional(),
    iat: z.number(),
    idp: z.object({ id: z.string(), type: z.string() }).optional(),
    ip: z.string().optional(),
    is_gateway: z.boolean(),
    is_warp: z.boolean(),
    mtls_auth: mtlsOfIdentity().optional(),
    service_token_id: z.string(),
    service_token_status: z.boolean(),
    user_uuid: uuid(),
    version: z.number(),
  }),
)
export type SessionIdentity = z.output<ReturnType<typeof sessionIdentity>>

const failedLogin = once(() =>
  z.object({
    metadata: z.object({
      app_name: z.string(),
      aud: z.string(),
      datetime: timestamp(),
      ray_id: z.string(),
      user_email: z.string(),
      user_uuid: uuid(),
    }),
  }),
)
export type FailedLogin = z.output<ReturnType<typeof failedLogin>>

const reading = {
  method: 'GET',
  status: 200,
  errors: ['not_found'],
  evidence: 'documented',
} as const

export const users = resource(
  {
    name: 'users',
    one: 'a user',
    many: 'users',
    path,
    param: 'user_id',
    scope: 'account',
    table: 'users',
    paging: { per_page: 1000, max: 1000 },
    entity: user,
    body: userBody,
    derived: ['uid'],
    defaults: { access_seat: false, gateway_seat: false, active_device_count: 0 },
    /** Fields that rows of older releases lack are optional; so is what only an identity provider says. */
    kept: () => ({
      ...personInput().omit({ email: true }).shape,
      access_seat: z.boolean().optional(),
      gateway_seat: z.boolean().optional(),
      seat_uid: z.string().optional(),
      active_device_count: count().optional(),
      last_successful_login: timestamp().optional(),
      updated_at: timestamp().optional(),
      /** Tokens issued in this second or earlier are refused (logout, `revoke_user`). */
      revoked_at: epochSecond().optional(),
      extra: z.record(z.string(), z.unknown()).optional(),
    }),
    labels: ['email', 'name'],
    searches: { name: 'name', email: 'email' },
    /** In name or address (api-users). */
    filters: () => ({ search: z.string().optional() }),
    unique: { by: ['email'], failure: 'conflict' },
    deleted: once(() => z.object({})),
    deleteStatus: 202,
    unknown: 'not_found',
    evidence: 'documented',
    source: ['api-official-document', 'api-users', 'api-user-exists'],
    recognisedBy: [
      ['access_seat', 'email', 'seat_uid'],
      ['access_seat', 'email', 'uid'],
    ],
    example: { email: 'ada@example.com', name: 'Ada Example' },
    lifeCycle: {
      body: ({ name, host }) => ({ email: `person@${host()}`, name: name('user') }),
      change: ({ name }) => ({ name: name('renamed') }),
      invalid: {
        'no email': { name: 'x' },
        'an email that is none': { name: 'x', email: 'nobody' },
      },
    },
  },
  (five) => ({
    replace: { ...five.replace, body: userUpdate },
    activeSessions: endpoint({
      ...reading,
      id: 'users.activeSessions',
      summary: 'List the active sessions of a user',
      path: `${item}/active_sessions`,
      result: once(() => z.array(activeSession())),
      source: ['api-official-document', 'api-user-sessions'],
    }),
    activeSession: endpoint({
      ...reading,
      id: 'users.activeSession',
      summary: 'Get an active session of a user',
      path: `${item}/active_sessions/{nonce}`,
      result: once(() => sessionIdentity().extend({ isActive: z.boolean() })),
      source: ['api-official-document', 'api-user-sessions'],
    }),
    failedLogins: endpoint({
      ...reading,
      id: 'users.failedLogins',
      summary: 'List the failed logins of a user',
      path: `${item}/failed_logins`,
      result: once(() => z.array(failedLogin())),
      source: ['api-official-document', 'api-user-failed-logins'],
    }),
    lastSeenIdentity: endpoint({
      ...reading,
      id: 'users.lastSeenIdentity',
      summary: 'Get the last seen identity of a user',
      path: `${item}/last_seen_identity`,
      result: sessionIdentity,
      source: ['api-official-document', 'api-user-sessions'],
    }),
    deleteMfaAuthenticator: endpoint({
      ...reading,
      id: 'users.deleteMfaAuthenticator',
      summary: 'Delete an MFA authenticator of a user',
      method: 'DELETE',
      path: `${item}/mfa_authenticators/{authenticator_id}`,
      result: once(() => z.object({})),
      source: ['api-official-document', 'api-user-mfa'],
    }),
  }),
)
