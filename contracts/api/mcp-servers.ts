/** MCP servers, as portals offer them (api-mcp). The emulator connects to those on loopback, to sync them. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { timestamp } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

/** Chosen by the client. */
export const mcpId = once(() =>
  z
    .string()
    .max(32)
    .regex(/^[a-z0-9_]+(?:-[a-z0-9_]+)*$/, 'must be words of a-z, 0-9 and _ joined by hyphens'),
)
export const mcpName = once(() => z.string().min(1).max(350))
export const mcpDescription = once(() => z.string().max(512).optional())

/** What is changed about the tools or prompts that a server offers. */
export const mcpChanges = once(() =>
  z
    .array(
      z.looseObject({
        name: z.string(),
        alias: z
          .string()
          .max(40)
          .regex(/^[a-zA-Z0-9]+([_-][a-zA-Z0-9]+)*$/)
          .optional(),
        description: z.string().optional(),
        enabled: z.boolean().optional(),
      }),
    )
    .optional(),
)

const settable = once(() => ({
  description: mcpDescription(),
  is_shared_oauth_callback_enabled: z.boolean().optional(),
  secure_web_gateway: z.boolean().optional(),
  updated_prompts: mcpChanges(),
  updated_tools: mcpChanges(),
}))

/** Of the last sync; `waiting` before the first (api-mcp-sync). */
const outcome = once(() => ({
  status: z.enum(['waiting', 'ready', 'stale', 'error']),
  error: z.string().optional(),
  error_details: z
    .object({
      cause: z.string(),
      is_upstream: z.boolean(),
      retryable: z.boolean(),
      status_code: z.number().optional(),
      mcp_code: z.number().optional(),
    })
    .optional(),
}))

export const mcpServer = once(() =>
  z.object({
    id: mcpId(),
    name: mcpName(),
    hostname: z.url(),
    auth_type: z.enum(['oauth', 'bearer', 'unauthenticated']),
    ...settable(),
    ...outcome(),
    last_synced: timestamp().optional(),
    last_successful_sync: timestamp().optional(),
    tools: z.array(z.looseObject({})),
    prompts: z.array(z.looseObject({})),
    created_at: timestamp(),
    modified_at: timestamp(),
  }),
)

const secrets = once(() => ({
  auth_credentials: z.string().optional(),
  client_secret: z.string().optional(),
}))

export const mcpServerBody = once(() =>
  z.looseObject({
    id: mcpId(),
    name: mcpName(),
    hostname: z.url(),
    auth_type: z.enum(['oauth', 'bearer', 'unauthenticated']),
    ...settable(),
    ...secrets(),
  }),
)

/** PUT takes any part of it (api-mcp-updates). What never changes may be sent again, and is ignored. */
export const mcpServerUpdate = once(() =>
  z.looseObject({
    id: z.string().optional(),
    name: mcpName().optional(),
    hostname: z.string().optional(),
    auth_type: z.string().optional(),
    ...settable(),
    ...secrets(),
  }),
)

export const mcpServers = resource(
  {
    name: 'mcpServers',
    one: 'an MCP server',
    many: 'MCP servers',
    path: '/access/ai-controls/mcp/servers',
    param: 'mcp_server_id',
    scope: 'account',
    keyForm: 'text',
    table: 'mcp_servers',
    paging: { per_page: 20, max: 100 },
    filters: () => ({ search: z.string().optional() }),
    entity: mcpServer,
    body: mcpServerBody,
    /** Null where there are none. */
    kept: () => ({
      auth_credentials: z.string().nullable(),
      client_secret: z.string().nullable(),
    }),
    deleted: mcpServer,
    deleteStatus: 200,
    unknown: 'not_found',
    evidence: 'documented',
    source: ['api-mcp'],
    recognisedBy: [['auth_type', 'hostname', 'tools']],
    example: {
      id: 'my-mcp-server',
      name: 'My MCP Server',
      hostname: 'https://mcp.example.net/mcp',
      auth_type: 'unauthenticated',
    },
    lifeCycle: {
      body: ({ name }) => ({
        id: mcpIdFrom(name('server')),
        name: name('server'),
        hostname: 'https://mcp.example.net/mcp',
        auth_type: 'bearer',
        auth_credentials: 'a credential that no answer shows',
      }),
      change: ({ name }) => ({ name: name('renamed'), description: 'Changed' }),
      hidden: ['auth_credentials'],
      invalid: {
        'no host name': { id: 'x', name: 'x', auth_type: 'oauth' },
        'an id in capitals': {
          id: 'X',
          name: 'x',
          hostname: 'https://mcp.example.net/mcp',
          auth_type: 'oauth',
        },
      },
    },
  },
  (five) => ({
    replace: { ...five.replace, body: mcpServerUpdate, whole: mcpServerBody },
    sync: endpoint({
      id: 'mcpServers.sync',
      summary: 'Sync the capabilities of an MCP server',
      method: 'POST',
      path: '/access/ai-controls/mcp/servers/{mcp_server_id}/sync',
      result: once(() => z.object(outcome())),
      status: 200,
      errors: ['not_found'],
      evidence: 'documented',
      source: ['api-mcp-sync', 'api-mcp-sync-reach'],
    }),
  }),
)

/** An id from a name that may hold anything: its last letters and digits. */
export function mcpIdFrom(name: string): string {
  return `mcp_${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`.slice(-32)
}
