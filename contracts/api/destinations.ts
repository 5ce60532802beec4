/** The destinations that an application protects. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'

export const destinationTypes = [
  'public',
  'private',
  'via_mcp_server_portal',
  'worker',
  'preview_worker',
  'all_workers',
  'all_preview_workers',
] as const

/** A destination; `uri` for public ones: host and path, with wildcards. */
export const destination = once(() =>
  z.looseObject({
    type: z.enum(destinationTypes).default('public'),
    uri: z.string().optional(),
    cidr: z.string().optional(),
    hostname: z.string().optional(),
    port_range: z.string().optional(),
    l4_protocol: z.enum(['tcp', 'udp']).optional(),
    vnet_id: z.string().optional(),
    mcp_server_id: z.string().optional(),
    worker_id: z.string().optional(),
    overrides: z.array(z.looseObject({})).optional(),
  }),
)
export type Destination = z.output<ReturnType<typeof destination>>
