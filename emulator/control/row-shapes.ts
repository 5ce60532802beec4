/** The schema of each table's rows in a snapshot: that of the resource, and the fields that only the state has. */
import { z } from 'zod'
import { apiToken } from '../../contracts/api/api-tokens.ts'
import { certificateSetting } from '../../contracts/api/certificate-settings.ts'
import { keyConfigurationBody } from '../../contracts/api/keys.ts'
import { stored } from '../../contracts/api/operations.ts'
import { policyTestUser } from '../../contracts/api/policy-tests.ts'
import { shortLivedCertificateCa } from '../../contracts/api/short-lived-certificate-cas.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { clientId, count, epochSecond, uuid } from '../../contracts/declaration/primitives.ts'
import { rowSchema } from '../../contracts/declaration/row.ts'
import { identityClaims, mtlsOfIdentity } from '../../contracts/edge/claims.ts'
import { oauthClientAuthentications } from '../../contracts/edge/oauth.ts'
import { personInput } from '../../contracts/edge/person.ts'
import type { ResourceRows, Rows } from '../state/rows.ts'

const text = once(() => z.string().min(1))

const epochMillisecond = once(() => z.number().int().min(0).max(253_402_300_799_000))
/** What a browser was asked to return to: no other host, and fit for a header. */
const returnPath = once(() => z.string().regex(/^\/(?!\/)\P{Cc}*$/u))
const mtlsAuth = once(() => mtlsOfIdentity().extend({ common_name: z.string() }).strict())

/** A person as they were when they signed in. */
const identity = once(() =>
  z.strictObject({
    ...personInput().omit({ identity_provider_id: true }).shape,
    id: uuid().optional(),
    idp: z.strictObject({ id: z.string(), type: z.string() }).optional(),
    mtls_auth: mtlsAuth().optional(),
  }),
)

/** What a browser brought to the login page. */
const loginOrigin = () => ({
  app_session: text().optional(),
  certificate: z.strictObject({ common_name: z.string() }).optional(),
  mtls_auth: mtlsAuth().optional(),
})

/** Tables that are not resources of the API. */
const ownShapes = once(
  (): Readonly<Record<Exclude<keyof Rows, keyof ResourceRows>, z.ZodType>> => ({
    worker_hosts: z.strictObject({ id: text(), worker: text(), preview: z.boolean() }),
    former_hosts: z.strictObject({ id: text() }),
    keyring: z.strictObject({
      id: z.literal('keyring'),
      generation: count(),
      rotated_at: epochMillisecond(),
      interval_days: keyConfigurationBody().shape.key_rotation_interval_days,
    }),
    sessions: z.strictObject({
      id: text(),
      user_id: uuid(),
      identity: identity(),
      exp: epochSecond(),
      iat: epochSecond().optional(),
      application_id: uuid().optional(),
      hostname: text().optional(),
      ip: text().optional(),
      country: text().optional(),
    }),
    policy_tests: z.strictObject({ id: text(), users: z.array(policyTestUser()) }),
    deleted_users: z.strictObject({ id: uuid(), revoked_at: epochSecond() }),
    deleted_service_tokens: z.strictObject({ id: clientId(), token_id: uuid(), name: z.string() }),
    counters: z.strictObject({ id: text(), count: count() }),
    oauth_clients: z.strictObject({
      id: uuid(),
      name: z.string().optional(),
      redirect_uris: z.array(text()).min(1),
      grant_types: z.array(text()),
      token_endpoint_auth_method: z.enum(oauthClientAuthentications),
      secret_digest: text().optional(),
      issued_at: epochSecond(),
    }),
    oauth_grants: z.strictObject({
      id: uuid(),
      client_id: text(),
      application_id: uuid(),
      user_id: uuid(),
      identity: identity(),
      redirect_uri: text(),
      resource: z.string(),
      scope: z.string().optional(),
      nonce: z.string().optional(),
      policy_id: text().optional(),
      country: text().optional(),
      code_digest: text(),
      code_challenge: text().optional(),
      is_exchanged: z.boolean(),
      issued_at: epochSecond(),
      exp: epochSecond(),
      rotation: count(),
      refresh_digest: text().optional(),
      previous_digest: text().optional(),
    }),
    oauth_tokens: z.strictObject({ id: text(), grant_id: uuid(), claims: identityClaims() }),
    short_lived_certificate_cas: z.strictObject({
      id: uuid(),
      ca_id: shortLivedCertificateCa().shape.id,
      secret: z.string().regex(/^[0-9a-f]{96}$/),
    }),
    api_tokens: apiToken().extend({ digest: z.string().regex(/^[0-9a-f]{64}$/) }),
    logins: z.strictObject({
      id: text(),
      browser: text(),
      application_id: uuid(),
      hostname: text(),
      path: returnPath(),
      identity_provider_id: uuid(),
      began_at: epochMillisecond(),
      email: z.string().optional(),
      pin: z
        .string()
        .regex(/^\d{6}$/)
        .optional(),
      tries: count().optional(),
      is_used: z.boolean(),
      ...loginOrigin(),
    }),
    login_origins: z.strictObject({ id: text(), ...loginOrigin() }),
    pending_logins: z.strictObject({
      id: text(),
      application_id: uuid(),
      hostname: text(),
      path: returnPath(),
      state: text(),
      token: text(),
      exp: epochSecond(),
      ends_at: epochMillisecond(),
      app_session: text().optional(),
    }),
    transfers: z.strictObject({
      id: text(),
      sealed: z.strictObject({ box: text(), service_public_key: text() }).optional(),
      ends_at: epochMillisecond().optional(),
    }),
    certificate_settings: certificateSetting().extend({ id: text() }),
  }),
)

export const rowShapes = once((): Readonly<Partial<Record<string, z.ZodType>>> => {
  const ofResources = stored.map((each) => [each.table, rowSchema(each)] as const)
  return { ...Object.fromEntries(ofResources), ...ownShapes() }
})
