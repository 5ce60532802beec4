/** What a row of each table must be for the emulator to run on it: its contract, and what only the state has. */
import { z } from 'zod'
import { application } from '../../contracts/api/applications.ts'
import { dnsRecord } from '../../contracts/api/dns-records.ts'
import { group } from '../../contracts/api/groups.ts'
import { identityProvider } from '../../contracts/api/identity-providers.ts'
import { keyConfigurationBody } from '../../contracts/api/keys.ts'
import { isAuthDomain, organization } from '../../contracts/api/organization.ts'
import { policy } from '../../contracts/api/policies.ts'
import { serviceToken } from '../../contracts/api/service-tokens.ts'
import { tag } from '../../contracts/api/tags.ts'
import { workerRoute } from '../../contracts/api/worker-routes.ts'
import { personInput } from '../../contracts/control/shapes.ts'
import { once } from '../../contracts/endpoint.ts'
import { clientId, clientSecret, hex32, timestamp, uuid } from '../../contracts/primitives.ts'
import { rule } from '../../contracts/rules.ts'
import type { TableName } from '../state/rows.ts'

/** Tokens are issued at a later second than this, so it must leave room for their end. */
const second = once(() => z.number().int().min(0).max(253_402_300_799))
const count = once(() =>
  z
    .number()
    .int()
    .min(0)
    .max(2 ** 32),
)
const text = once(() => z.string().min(1))
const rules = once(() => z.array(rule()))
const ruleLists = once(() => ({ include: rules(), exclude: rules(), require: rules() }))
const anything = once(() => z.record(z.string(), z.unknown()))

/** Fields of the entity that the row does not have are given as undefined: `extra` may not bring them either. */
function rowOf<Shape extends z.ZodRawShape, Own extends z.ZodRawShape>(
  entity: z.ZodObject<Shape>,
  own: Own,
) {
  const known = Object.keys(entity.shape)
  const extra = anything().superRefine((fields, context) => {
    for (const name of Object.keys(fields)) {
      if (!known.includes(name)) continue
      context.addIssue({ code: 'custom', path: [name], message: 'is a field of the row itself' })
    }
  })
  const shape: z.ZodRawShape = { ...entity.shape, ...own, extra }
  return z.strictObject(shape)
}

const absent = once(() => z.undefined().optional())

export const rowShapes = once(
  (): Readonly<Record<TableName, z.ZodType>> => ({
    applications: rowOf(application(), {
      policies: absent(),
      links: z.array(z.strictObject({ id: uuid(), precedence: count() })),
      revoked_at: second().optional(),
      saas_secret: z.string().optional(),
    }),
    policies: rowOf(policy(), {
      ...ruleLists(),
      precedence: absent(),
      app_count: absent(),
      application_id: uuid().optional(),
    }),
    groups: rowOf(group(), ruleLists()),
    identity_providers: rowOf(identityProvider(), { secrets: anything() }),
    service_tokens: rowOf(serviceToken(), {
      client_secret: clientSecret(),
      client_secret_version: z
        .number()
        .int()
        .min(1)
        .max(2 ** 32),
      previous_client_secret: z
        .strictObject({ value: clientSecret(), expires_at: z.iso.datetime({ offset: true }) })
        .optional(),
      expires_at: timestamp().nullable(),
      enabled: z.boolean(),
    }),
    organization: rowOf(organization(), {
      auth_domain: z
        .string()
        .refine(isAuthDomain, 'must be a team domain: <team>.cloudflareaccess.com'),
    }),
    tags: rowOf(tag(), { name: text(), app_count: absent() }),
    dns_records: rowOf(dnsRecord(), { zone_id: hex32(), proxiable: absent(), meta: absent() }),
    worker_routes: rowOf(workerRoute(), { zone_id: hex32() }),
    worker_hosts: z.strictObject({ id: text(), worker: text(), preview: z.boolean() }),
    former_hosts: z.strictObject({ id: text() }),
    keyring: z.strictObject({
      id: z.literal('keyring'),
      generation: count(),
      rotated_at: z.number().int().min(0).max(253_402_300_799_000),
      interval_days: keyConfigurationBody().shape.key_rotation_interval_days,
    }),
    users: z.strictObject({
      ...personInput().shape,
      id: uuid(),
      created_at: timestamp(),
      revoked_at: second().optional(),
    }),
    sessions: z.strictObject({
      id: text(),
      user_id: uuid(),
      identity: z.strictObject({
        ...personInput().omit({ identity_provider_id: true }).shape,
        id: uuid().optional(),
        idp: z.strictObject({ id: z.string(), type: z.string() }).optional(),
      }),
      exp: second(),
    }),
    deleted_service_tokens: z.strictObject({ id: clientId(), token_id: uuid(), name: z.string() }),
    counters: z.strictObject({ id: text(), count: count() }),
  }),
)
