/** MCP portals: answers show the servers in full. A server that is deleted leaves its portals. */
import { mcpPortals as contract } from '../../contracts/api/mcp-portals.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import { knownOf, withExtra } from '../http/check.ts'
import type { McpPortalRow } from '../state/rows.ts'
import { type ApiContext, type HandlersOf, nowOf } from './context.ts'
import { crud } from './crud.ts'
import { isFoundBy, mcpServerView } from './mcp-servers.ts'
import { keptOf } from './parts.ts'

function problemOf(
  servers: McpPortalRow['servers'],
  { account }: ApiContext,
): Failure<'invalid_request'> | undefined {
  const known = account.state.tables.mcp_servers
  const unknown = servers.find(({ server_id }) => known.get(server_id) === undefined)
  return unknown && fail('invalid_request', `there is no MCP server ${unknown.server_id}`)
}

const five = crud(contract, {
  derived: ({ servers }, { account }) => ({
    servers: servers.flatMap((offer) => {
      const server = account.state.tables.mcp_servers.get(offer.server_id)
      return server === undefined ? [] : [{ ...mcpServerView(server), ...offer }]
    }),
  }),
  shows: (row, { search }) => isFoundBy(row, search),
  create({ body, extra }, context) {
    const { servers = [] } = body
    const problem = problemOf(servers, context)
    if (problem !== undefined) return problem
    if (context.account.state.tables.mcp_portals.get(body.id) !== undefined) {
      return fail('invalid_request', `MCP portal ${body.id} already exists`)
    }
    const at = nowOf(context)
    const known = knownOf(body, contract.body())
    return { row: { ...known, servers, created_at: at, modified_at: at, extra } }
  },
  replace(row, { body, extra, reset }, context) {
    const kept = keptOf(row, { extra, reset }, { servers: [] })
    const { name = kept.name, hostname = kept.hostname, servers = kept.servers } = body
    const problem = problemOf(servers, context)
    if (problem !== undefined) return problem
    const known = knownOf(body, contract.operations.replace.body())
    const changed = { ...known, id: row.id, name, hostname, servers, modified_at: nowOf(context) }
    return { row: { ...kept, ...changed } }
  },
  removed({ extra, servers: _, ...known }) {
    return withExtra(known, extra)
  },
})

/** Cloudflare's own, which servers share where they are set to (api-mcp-redirect-uri). */
const sharedCallback =
  'https://oauth-callbacks.cloudflareaccess.com/cdn-cgi/access/outbound-oauth-callback'

export const mcpPortals: HandlersOf<typeof contract> = {
  ...five,
  effectiveRedirectUri({ params: { mcp_portal_id, mcp_server_id } }, { account }) {
    const { mcp_portals, mcp_servers } = account.state.tables
    const portal = mcp_portals.get(mcp_portal_id)
    const isOffered = portal?.servers.some(({ server_id }) => server_id === mcp_server_id)
    const server = isOffered ? mcp_servers.get(mcp_server_id) : undefined
    if (portal === undefined || server === undefined) return fail('not_found')
    return server.is_shared_oauth_callback_enabled
      ? { result: { redirect_uri: sharedCallback, source: 'shared_mcp22' } }
      : {
          result: {
            redirect_uri: `https://${portal.hostname}/servers-callback`,
            source: 'per_portal',
          },
        }
  },
}
