/** Service tokens: the pairs that machines authenticate with (api-service-tokens, edge-service-token-headers). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { clientId, clientSecret, duration, timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'
import { withServerFields } from '../declaration/seed-item.ts'

const path = '/access/service_tokens'

/** How long a pair is valid: a Go duration, or `forever` (api-service-tokens). */
export const serviceTokenDuration = once(() => z.union([z.literal('forever'), duration()]))

const version = once(() =>
  z
    .number()
    .int()
    .min(1)
    .max(2 ** 32),
)

const fields = once(() => ({
  id: uuid(),
  name: z.string(),
  client_id: clientId(),
  duration: serviceTokenDuration(),
  enabled: z.boolean().optional(),
  created_at: timestamp(),
  updated_at: timestamp(),
  /** Of a token that never expires, a date far away (api-service-token-forever). */
  expires_at: timestamp().optional(),
  last_seen_at: timestamp().optional(),
}))

/** A service token as returned by GET and list: without the secret. */
export const serviceToken = once(() => z.object(fields()))
export type ServiceToken = z.output<ReturnType<typeof serviceToken>>

/** What create and rotate return, the only responses that show a secret. */
export const serviceTokenWithSecret = once(() =>
  z.object({
    ...fields(),
    client_secret: clientSecret(),
    client_secret_version: z.number().int().min(1),
    previous_client_secret_expires_at: timestamp().optional(),
  }),
)
export type ServiceTokenWithSecret = z.output<ReturnType<typeof serviceTokenWithSecret>>

/** What PUT returns: with a secret only if it raised `client_secret_version` (api-service-token-rotation). */
export const serviceTokenMaybeSecret = once(() =>
  z.object({
    ...fields(),
    client_secret: clientSecret().optional(),
    client_secret_version: z.number().int().min(1).optional(),
    previous_client_secret_expires_at: timestamp().optional(),
  }),
)
export type ServiceTokenMaybeSecret = z.output<ReturnType<typeof serviceTokenMaybeSecret>>

const settable = once(() => ({
  duration: serviceTokenDuration().optional(),
  enabled: z.boolean().optional(),
  client_secret_version: z.number().int().min(1).optional(),
  previous_client_secret_expires_at: z.iso.datetime({ offset: true }).optional(),
}))

export const serviceTokenBody = once(() =>
  z.looseObject({ name: z.string().min(1), ...settable() }),
)
export type ServiceTokenBody = z.output<ReturnType<typeof serviceTokenBody>>

/** PUT takes any subset; a higher `client_secret_version` rotates (api-service-token-rotation). */
export const serviceTokenUpdate = once(() =>
  z.looseObject({ name: z.string().min(1).optional(), ...settable() }),
)
export type ServiceTokenUpdate = z.output<ReturnType<typeof serviceTokenUpdate>>

/** Without an expiry the old secret stops working at once. */
export const rotateBody = once(() =>
  z
    .looseObject({
      previous_client_secret_expires_at: z.iso.datetime({ offset: true }).optional(),
    })
    .optional(),
)

export const serviceTokenDefaults = {
  duration: '8760h',
  enabled: true,
  client_secret_version: 1,
} as const

export const serviceTokens = resource(
  {
    name: 'serviceTokens',
    one: 'a service token',
    many: 'service tokens',
    path,
    param: 'service_token_id',
    scope: 'account_or_zone',
    table: 'service_tokens',
    paging: { per_page: 1000, max: 1000 },
    entity: serviceToken,
    body: serviceTokenBody,
    kept: () => ({
      client_secret: clientSecret(),
      client_secret_version: version(),
      previous_client_secret: z
        .strictObject({ value: clientSecret(), expires_at: z.iso.datetime({ offset: true }) })
        .optional(),
      /** Null if it never expires. */
      expires_at: timestamp().nullable(),
      enabled: z.boolean(),
    }),
    seedItem: once(() =>
      withServerFields({ entity: serviceToken }, serviceTokenBody()).extend({
        client_secret: clientSecret().optional(),
      }),
    ),
    deleted: serviceToken,
    deleteStatus: 200,
    searches: { name: 'name', search: 'name' },
    deleteErrors: ['service_token_in_use'],
    unknown: 'not_found',
    evidence: 'documented',
    source: ['api-service-tokens'],
    recognisedBy: [['client_id', 'name']],
    example: { name: 'ci deploy', duration: '8760h' },
    lifeCycle: {
      body: ({ name }) => ({ name: name('token'), duration: '8760h' }),
      change: ({ name }) => ({ name: name('renamed'), duration: '17520h' }),
      invalid: {
        'no name': { duration: '24h' },
        'a bad duration': { name: 'x', duration: 'soon' },
      },
    },
  },
  (five) => ({
    create: { ...five.create, result: serviceTokenWithSecret },
    replace: {
      ...five.replace,
      body: serviceTokenUpdate,
      whole: serviceTokenBody,
      result: serviceTokenMaybeSecret,
    },
    rotate: endpoint({
      id: 'serviceTokens.rotate',
      summary: 'Rotate a service token',
      method: 'POST',
      path: `${path}/{service_token_id}/rotate`,
      body: rotateBody,
      result: serviceTokenWithSecret,
      status: 200,
      errors: ['invalid_request', 'not_found'],
      evidence: 'documented',
      source: ['api-service-token-rotation'],
    }),
    refresh: endpoint({
      id: 'serviceTokens.refresh',
      summary: 'Refresh a service token',
      method: 'POST',
      path: `${path}/{service_token_id}/refresh`,
      result: serviceToken,
      status: 200,
      errors: ['not_found'],
      evidence: 'documented',
      source: ['api-service-token-rotation'],
    }),
  }),
)
