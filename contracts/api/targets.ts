/** Infrastructure targets: the servers that Access for Infrastructure lets people reach (api-targets). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { severalTexts, timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

const path = '/infrastructure/targets'

const hostname = once(() =>
  z
    .string()
    .max(255)
    .regex(
      /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i,
      'must be letters, digits, dashes and periods, and start and end with a letter or digit',
    ),
)

const address = <S extends z.ZodType<string>>(ip_addr: S) =>
  z.looseObject({ ip_addr, virtual_network_id: uuid().optional() }).optional()

const ip = once(() =>
  z
    .looseObject({ ipv4: address(z.ipv4()), ipv6: address(z.ipv6()) })
    // It says where to reach the target (api-target-refusals).
    .refine(({ ipv4, ipv6 }) => ipv4 !== undefined || ipv6 !== undefined, 'needs ipv4 or ipv6'),
)

export const target = once(() =>
  z.object({
    id: uuid(),
    hostname: hostname(),
    ip: ip(),
    created_at: timestamp(),
    modified_at: timestamp(),
  }),
)
export type InfrastructureTarget = z.output<ReturnType<typeof target>>

export const targetBody = once(() => z.looseObject({ hostname: hostname(), ip: ip() }))

const moment = once(() => z.iso.datetime({ offset: true }).optional())
const text = once(() => z.string().optional())

const filters = once(() => ({
  hostname: text(),
  hostname_contains: text(),
  virtual_network_id: uuid().optional(),
  ip_v4: text(),
  ip_v6: text(),
  ips: severalTexts(),
  /** `*` stands for any characters. */
  ip_like: text(),
  target_ids: severalTexts(),
  ipv4_start: z.ipv4().optional(),
  ipv4_end: z.ipv4().optional(),
  ipv6_start: z.ipv6().optional(),
  ipv6_end: z.ipv6().optional(),
  created_before: moment(),
  created_after: moment(),
  modified_before: moment(),
  modified_after: moment(),
  order: z.enum(['hostname', 'created_at']).optional(),
  direction: z.enum(['asc', 'desc']).optional(),
}))

/** Names what is missing of a range, which has two ends. */
function wholeRange(
  query: Readonly<Record<string, unknown>>,
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  for (const family of ['ipv4', 'ipv6']) {
    const [start, end] = [`${family}_start`, `${family}_end`]
    const missing = [start, end].filter((name) => query[name] === undefined)
    if (missing.length !== 1) continue
    context.addIssue({ code: 'custom', path: missing, message: `goes with ${start} and ${end}` })
  }
}

const removal = once(() => z.looseObject({ target_ids: z.array(uuid()).min(1) }))
const nothing = once(() => z.object({}))

const source = ['api-targets', 'api-target-refusals'] as const
const several = {
  status: 200,
  errors: ['invalid_request', 'not_found'],
  evidence: 'documented',
  source,
} as const

export const targets = resource(
  {
    name: 'targets',
    one: 'an infrastructure target',
    many: 'infrastructure targets',
    path,
    param: 'target_id',
    scope: 'account',
    table: 'targets',
    paging: { per_page: 1000, max: 1000, countsPages: false },
    filters,
    entity: target,
    body: targetBody,
    labels: ['hostname'],
    createStatus: 200,
    unknown: 'not_found',
    evidence: 'documented',
    source: ['api-targets', 'api-target-list', 'api-target-refusals'],
    recognisedBy: [['hostname', 'ip', 'modified_at']],
    example: { hostname: 'infra-access-target', ip: { ipv4: { ip_addr: '192.0.2.9' } } },
    lifeCycle: {
      body: ({ host }) => ({ hostname: host(), ip: { ipv4: { ip_addr: '192.0.2.9' } } }),
      change: () => ({ ip: { ipv6: { ip_addr: '2001:db8::9' } } }),
      hidden: ['ip'],
      invalid: {
        'no address': { hostname: 'x', ip: {} },
        'an address that is none': { hostname: 'x', ip: { ipv4: { ip_addr: '192.0.2.256' } } },
        'a host name with a space': { hostname: 'x y', ip: { ipv4: { ip_addr: '192.0.2.9' } } },
      },
    },
  },
  (five) => ({
    list: {
      ...five.list,
      query: once(() => five.list.query().superRefine(wholeRange)),
      errors: ['invalid_request'],
    } as const,
    createBatch: endpoint({
      ...several,
      id: 'targets.createBatch',
      summary: 'Create several infrastructure targets',
      method: 'PUT',
      path: `${path}/batch`,
      body: once(() => z.array(targetBody()).min(1)),
      result: once(() => z.array(target())),
      errors: ['invalid_request'],
    }),
    deleteBatch: endpoint({
      ...several,
      id: 'targets.deleteBatch',
      summary: 'Delete several infrastructure targets (deprecated)',
      method: 'DELETE',
      path: `${path}/batch`,
      body: removal,
      result: nothing,
    }),
    removeBatch: endpoint({
      ...several,
      id: 'targets.removeBatch',
      summary: 'Delete several infrastructure targets',
      method: 'POST',
      path: `${path}/batch_delete`,
      body: removal,
      result: nothing,
    }),
  }),
)
