/** Initial data: what a seed file says, in the API's own bodies, with references by name (emulator-seeds). */
import { z } from 'zod'
import { applicationBody } from './api/applications.ts'
import { dnsRecordBody } from './api/dns-records.ts'
import { groupBody } from './api/groups.ts'
import { identityProviderBody } from './api/identity-providers.ts'
import { organizationBody } from './api/organization.ts'
import { decisions } from './api/policies.ts'
import { serviceTokenBody } from './api/service-tokens.ts'
import { tagBody } from './api/tags.ts'
import { workerRouteBody } from './api/worker-routes.ts'
import { once } from './endpoint.ts'
import { audTag, clientId, clientSecret, hex32, timestamp, uuid } from './primitives.ts'

/** What a server makes, and an import keeps. Whatever else an answer has may be explicit as well. */
const explicit = once(() => ({
  id: uuid().optional(),
  created_at: timestamp().optional(),
  updated_at: timestamp().optional(),
}))

/**
 * A rule as in the API, or one that names its object: `{service_token: {name}}`, `{group: {name}}`,
 * `{login_method: {name}}`. The API's schema judges it once the name is resolved.
 */
const seedRule = once(() => z.record(z.string(), z.looseObject({})))

const seedRuleLists = once(() => ({
  include: z.array(seedRule()),
  exclude: z.array(seedRule()).optional(),
  require: z.array(seedRule()).optional(),
}))

const seedPolicy = once(() =>
  z.looseObject({
    ...explicit(),
    name: z.string(),
    decision: z.enum(decisions),
    ...seedRuleLists(),
  }),
)

export type SeedPolicyInput = z.input<ReturnType<typeof seedPolicy>>

/** `{policy: NAME}` links a reusable policy of the same seed, `{id}` one whose id is explicit. */
const seedPolicyItem = once(() =>
  z.union([
    z.strictObject({ policy: z.string(), precedence: z.number().optional() }),
    z.strictObject({ id: uuid(), precedence: z.number().optional() }),
    seedPolicy(),
  ]),
)

const seedZone = once(() =>
  z.strictObject({
    id: hex32().optional(),
    name: z.string().min(1),
    dns_records: z.array(dnsRecordBody()).optional(),
    worker_routes: z.array(workerRouteBody()).optional(),
  }),
)

/** `worker` is the `worker_id` of destinations; `preview` says that the host is one of its preview deployments. */
const seedWorker = once(() =>
  z.strictObject({
    host: z.string().min(1),
    worker: z.string().min(1),
    preview: z.boolean().default(false),
  }),
)

const seedAccountData = once(() =>
  z.strictObject({
    id: hex32().optional(),
    name: z.string().min(1),
    api_token: z.string().min(8).optional(),
    api_key: z.string().optional(),
    email: z.string().optional(),
    zones: z.array(seedZone()).default([]),
    /** Which hosts are Workers, for applications whose destinations name a Worker and no host. */
    workers: z.array(seedWorker()).optional(),
    organization: organizationBody().optional(),
    identity_providers: z
      .array(identityProviderBody().extend({ id: uuid().optional(), version: hex32().optional() }))
      .default([]),
    tags: z.array(tagBody()).default([]),
    service_tokens: z
      .array(
        serviceTokenBody().extend({
          ...explicit(),
          expires_at: timestamp().optional(),
          last_seen_at: timestamp().optional(),
          client_id: clientId().optional(),
          client_secret: clientSecret().optional(),
        }),
      )
      .default([]),
    groups: z
      .array(z.looseObject({ ...explicit(), ...groupBody().shape, ...seedRuleLists() }))
      .default([]),
    policies: z.array(seedPolicy()).default([]),
    applications: z
      .array(
        applicationBody().extend({
          ...explicit(),
          aud: audTag().optional(),
          policies: z.array(seedPolicyItem()).default([]),
        }),
      )
      .default([]),
  }),
)

export const seed = once(() => z.strictObject({ accounts: z.array(seedAccountData()) }))
export type Seed = z.output<ReturnType<typeof seed>>
export type SeedInput = z.input<ReturnType<typeof seed>>
export type SeedAccountData = Seed['accounts'][number]
