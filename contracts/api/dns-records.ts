/** DNS records of a zone, of the types that name a host or carry text. They are stored, but no resolver serves them. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { hex32, queryBoolean, timestamp } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

const path = '/dns_records'
const source = ['api-dns-records', 'api-dns-record-fields'] as const

/** The types built here. Any other official type returns `not_emulated`. */
export const dnsRecordTypes = ['A', 'AAAA', 'CNAME', 'TXT'] as const
export type DnsRecordType = (typeof dnsRecordTypes)[number]

const officialTypes = [
  ...dnsRecordTypes,
  ...['CAA', 'CERT', 'DNSKEY', 'DS', 'HTTPS', 'LOC', 'MX', 'NAPTR', 'NS', 'OPENPGPKEY', 'PTR'],
  ...['SMIMEA', 'SRV', 'SSHFP', 'SVCB', 'TLSA', 'URI'],
]

const recordType = once(() => z.enum(officialTypes))

/**
 * `name` is fully qualified, in lower case and Punycode. `comment` is null and `tags` empty if unset
 * (api-dns-record-fields); `ttl` is in seconds, 1 if Cloudflare chooses.
 */
export const dnsRecord = once(() =>
  z.object({
    id: hex32(),
    name: z.string(),
    type: z.enum(dnsRecordTypes),
    content: z.string(),
    proxiable: z.boolean(),
    proxied: z.boolean(),
    ttl: z.number().int(),
    settings: z.looseObject({}),
    meta: z.looseObject({}),
    comment: z.string().nullable(),
    tags: z.array(z.string()),
    created_on: timestamp(),
    modified_on: timestamp(),
    comment_modified_on: timestamp().optional(),
    tags_modified_on: timestamp().optional(),
  }),
)
export type DnsRecord = z.output<ReturnType<typeof dnsRecord>>

const settable = once(() => ({
  content: z.string().optional(),
  /** Its range is checked separately, with an error of its own. */
  ttl: z.number().optional(),
  proxied: z.boolean().optional(),
  settings: z.looseObject({}).optional(),
  comment: z.string().nullable().optional(),
  tags: z.array(z.string()).optional(),
  /** Accepted and dropped: the types that use them are not built. */
  priority: z.number().optional(),
  data: z.looseObject({}).optional(),
}))

/** `name` is `@`, relative to the zone, or fully qualified; `content` is validated by type. */
export const dnsRecordBody = once(() =>
  z.looseObject({ name: z.string(), type: recordType(), ...settable() }),
)
export type DnsRecordBody = z.output<ReturnType<typeof dnsRecordBody>>

/** PATCH changes the fields it names. */
export const dnsRecordEdit = once(() =>
  z.looseObject({ name: z.string().optional(), type: recordType().optional(), ...settable() }),
)

/** Without `ttl` a record gets the automatic one (api-dns-record-choices). */
export const dnsRecordDefaults = { ttl: 1, proxied: false } as const

/** What set-up scripts create for a Worker. */
export const dnsRecordExample = {
  type: 'AAAA',
  name: 'app.example.com',
  content: '100::',
  proxied: true,
  ttl: 1,
} as const

const comparisons = ['exact', 'contains', 'startswith', 'endswith'] as const
const presence = ['present', 'absent'] as const

/** `name.contains` and so on. */
function dotted<F extends string, O extends string>(field: F, operators: readonly O[]) {
  const pairs = operators.map((operator) => [`${field}.${operator}`, z.string().optional()])
  return Object.fromEntries(pairs) as Record<`${F}.${O}`, z.ZodOptional<z.ZodString>>
}

/**
 * All text filters ignore case; a bare `name` or `content` matches the whole value; `search` is not meant for
 * automation.
 */
const filters = once(() => ({
  type: recordType().optional(),
  proxied: queryBoolean().optional(),
  search: z.string().optional(),
  name: z.string().optional(),
  content: z.string().optional(),
  comment: z.string().optional(),
  ...dotted('name', comparisons),
  ...dotted('content', comparisons),
  ...dotted('comment', [...comparisons, ...presence]),
  ...dotted('tag', [...comparisons, ...presence]),
  match: z.enum(['any', 'all']).optional(),
  tag_match: z.enum(['any', 'all']).optional(),
  order: z.enum(['type', 'name', 'content', 'ttl', 'proxied']).optional(),
  direction: z.enum(['asc', 'desc']).optional(),
}))

export const dnsRecords = resource(
  {
    name: 'dnsRecords',
    one: 'a DNS record',
    many: 'DNS records',
    path,
    param: 'dns_record_id',
    scope: 'zone',
    keyForm: 'hex32',
    table: 'dns_records',
    paging: { per_page: 100, max: 5_000_000 },
    entity: dnsRecord,
    body: dnsRecordBody,
    derived: ['proxiable', 'meta'],
    createStatus: 200,
    deleted: once(() => z.object({ id: hex32() })),
    deleteStatus: 200,
    filters,
    invalid: 'dns_request_invalid',
    writeErrors: [
      'not_emulated',
      'dns_name_invalid',
      'record_not_proxiable',
      'a_content_invalid',
      'aaaa_content_invalid',
      'cname_content_invalid',
      'ttl_invalid',
      'cname_loop',
      'host_has_record',
      'host_has_cname',
      'dns_record_exists',
    ],
    unknown: 'unknown_dns_record',
    evidence: 'documented',
    source,
    recognisedBy: [['content', 'type', 'name']],
    example: dnsRecordExample,
    lifeCycle: {
      body: ({ host }) => ({ ...dnsRecordExample, name: host() }),
      change: () => ({ content: '100::1', comment: 'changed' }),
      invalid: { 'an unknown type': { type: 'RUNE', name: 'x', content: 'x' }, 'no body': {} },
    },
  },
  (five) => ({
    edit: endpoint({
      id: 'dnsRecords.edit',
      summary: 'Change a part of a DNS record',
      method: 'PATCH',
      scope: 'zone',
      path: `${path}/{dns_record_id}`,
      body: dnsRecordEdit,
      whole: dnsRecordBody,
      result: dnsRecord,
      status: 200,
      errors: five.replace.errors,
      invalid: 'dns_request_invalid',
      evidence: 'documented',
      source,
    }),
  }),
)
