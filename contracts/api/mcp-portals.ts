/** MCP portals: one host that offers several MCP servers (api-mcp). The emulator keeps them, and serves none. */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { timestamp } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'
import { mcpChanges, mcpDescription, mcpId, mcpIdFrom, mcpName, mcpServer } from './mcp-servers.ts'

const offer = once(() => ({
  server_id: mcpId(),
  default_disabled: z.boolean().optional(),
  on_behalf: z.boolean().optional(),
  updated_prompts: mcpChanges(),
  updated_tools: mcpChanges(),
}))

/** How the portal offers a server, as it is sent. */
const offers = once(() => z.array(z.looseObject(offer())).max(40))

const hostname = once(() => z.string().regex(/^[a-z0-9.-]+$/i, 'must be a host name'))

const settable = once(() => ({
  description: mcpDescription(),
  allow_code_mode: z.boolean().optional(),
  secure_web_gateway: z.boolean().optional(),
}))

export const mcpPortal = once(() =>
  z.object({
    id: mcpId(),
    name: mcpName(),
    hostname: hostname(),
    ...settable(),
    /** Each in full, with how the portal offers it. */
    servers: z.array(mcpServer().extend(offer())),
    created_at: timestamp(),
    modified_at: timestamp(),
  }),
)

export const mcpPortalBody = once(() =>
  z.looseObject({
    id: mcpId(),
    name: mcpName(),
    hostname: hostname(),
    ...settable(),
    servers: offers().optional(),
  }),
)

/** PUT takes any part of it (api-mcp-updates). An id that is sent is ignored. */
export const mcpPortalUpdate = once(() =>
  z.looseObject({
    id: z.string().optional(),
    name: mcpName().optional(),
    hostname: hostname().optional(),
    ...settable(),
    servers: offers().optional(),
  }),
)

export const mcpPortals = resource(
  {
    name: 'mcpPortals',
    one: 'an MCP portal',
    many: 'MCP portals',
    path: '/access/ai-controls/mcp/portals',
    param: 'mcp_portal_id',
    scope: 'account',
    keyForm: 'text',
    table: 'mcp_portals',
    paging: { per_page: 20, max: 100 },
    filters: () => ({ search: z.string().optional() }),
    entity: mcpPortal,
    body: mcpPortalBody,
    kept: () => ({ servers: offers() }),
    after: ['mcpServers'],
    deleted: once(() => mcpPortal().omit({ servers: true })),
    deleteStatus: 200,
    unknown: 'not_found',
    evidence: 'documented',
    source: ['api-mcp'],
    recognisedBy: [['hostname', 'modified_at', 'servers']],
    example: { id: 'my-mcp-portal', name: 'My MCP Portal', hostname: 'mcp.example.com' },
    lifeCycle: {
      body: ({ name, host }) => ({
        id: mcpIdFrom(name('portal')),
        name: name('portal'),
        hostname: host(),
        servers: [],
      }),
      change: ({ name }) => ({ name: name('renamed'), description: 'Changed' }),
      invalid: {
        'no host name': { id: 'x', name: 'x' },
        'a server without an id': { id: 'x', name: 'x', hostname: 'x.example', servers: [{}] },
      },
    },
  },
  (five) => ({
    replace: { ...five.replace, body: mcpPortalUpdate, whole: mcpPortalBody },
    effectiveRedirectUri: endpoint({
      id: 'mcpPortals.effectiveRedirectUri',
      summary: 'Get the redirect URI that a portal sends to the provider of a server',
      method: 'GET',
      path: '/access/ai-controls/mcp/portals/{mcp_portal_id}/servers/{mcp_server_id}/effective-redirect-uri',
      result: once(() =>
        z.object({ redirect_uri: z.url(), source: z.enum(['per_portal', 'shared_mcp22']) }),
      ),
      status: 200,
      errors: ['not_found'],
      evidence: 'documented',
      source: ['api-mcp-redirect-uri'],
    }),
  }),
)
