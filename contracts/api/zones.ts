/** Zones of an account. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { hex32, pageQuery, timestamp } from '../declaration/primitives.ts'

const zoneStatus = once(() => z.enum(['initializing', 'pending', 'active', 'moved']))

export const zone = once(() =>
  z.object({
    id: hex32(),
    name: z.string(),
    status: zoneStatus(),
    type: z.enum(['full', 'partial', 'secondary', 'internal']),
    paused: z.boolean(),
    account: z.looseObject({ id: hex32(), name: z.string() }),
    owner: z.looseObject({}),
    plan: z.looseObject({}),
    meta: z.looseObject({}),
    permissions: z.array(z.string()).optional(),
    development_mode: z.number(),
    name_servers: z.array(z.string()),
    original_name_servers: z.array(z.string()).nullable(),
    original_registrar: z.string().nullable(),
    original_dnshost: z.string().nullable(),
    vanity_name_servers: z.array(z.string()).optional(),
    cname_suffix: z.string().optional(),
    verification_key: z.string().optional(),
    tenant: z.looseObject({}).optional(),
    tenant_unit: z.looseObject({}).optional(),
    activated_on: timestamp().nullable(),
    created_on: timestamp(),
    modified_on: timestamp(),
  }),
)
export type Zone = z.output<ReturnType<typeof zone>>

/** The same in every zone here: its records are stored, but no name server serves them. */
export const zoneDefaults = {
  status: 'active',
  type: 'full',
  paused: false,
  owner: {},
  plan: {},
  meta: {},
  development_mode: 0,
  name_servers: [],
  original_name_servers: null,
  original_registrar: null,
  original_dnshost: null,
} as const

const common = {
  scope: 'root',
  status: 200,
  evidence: 'documented',
  source: ['api-accounts-and-zones'],
} as const

export const zones = {
  list: endpoint({
    ...common,
    id: 'zones.list',
    summary: 'List zones',
    method: 'GET',
    path: '/zones',
    query: once(() =>
      z.object({
        ...pageQuery,
        name: z.string().optional(),
        status: zoneStatus().optional(),
        'account.id': z.string().optional(),
        'account.name': z.string().optional(),
        order: z.enum(['name', 'status', 'account.id', 'account.name', 'plan.id']).optional(),
        direction: z.enum(['asc', 'desc']).optional(),
        match: z.enum(['any', 'all']).optional(),
      }),
    ),
    result: once(() => z.array(zone())),
    paging: { per_page: 20, max: 50 },
  }),
  get: endpoint({
    ...common,
    id: 'zones.get',
    summary: 'Get a zone',
    method: 'GET',
    path: '/zones/{zone_id}',
    result: zone,
    errors: ['unauthorized_resource'],
  }),
} as const
