/** Cases of MCP portals and the servers that they offer. */
import { mcpIdFrom } from '../../../contracts/api/mcp-servers.ts'
import { api } from '../../../contracts/api/operations.ts'
import { succeeds } from '../api-answer.ts'
import { hostName } from '../arrange.ts'
import type { Case, CaseTarget } from '../case.ts'
import { writing } from '../define.ts'
import { holds, same } from '../difference.ts'

const { mcpPortals, mcpServers } = api
const assumed = { evidence: 'assumed', source: ['api-mcp-updates'] } as const

async function server(target: CaseTarget) {
  const body = {
    id: mcpIdFrom(target.name('server')),
    name: target.name('server'),
    hostname: 'https://mcp.example.net/mcp',
    auth_type: 'unauthenticated',
  } as const
  const { result } = await succeeds(target, mcpServers.create, { body })
  const params = { mcp_server_id: result.id }
  target.cleanup(() => target.api.mcpServers.delete(params))
  return { body, params, result }
}

function portalOf(target: CaseTarget, server_id: string) {
  return {
    id: mcpIdFrom(target.name('portal')),
    name: target.name('portal'),
    hostname: hostName(target),
    servers: [{ server_id, default_disabled: true }],
  }
}

export const mcpCases: readonly Case[] = [
  writing(mcpPortals.create, 'shows its servers', {
    title: 'a portal shows its servers in full, until they are deleted',
    ...assumed,
    async run(target) {
      const { params: ofServer, result: known } = await server(target)
      const body = portalOf(target, known.id)
      const { result } = await succeeds(target, mcpPortals.create, { body })
      const params = { mcp_portal_id: result.id }
      target.cleanup(() => target.api.mcpPortals.delete(params))
      const offer = { server_id: known.id, default_disabled: true }
      same(result.servers, [{ ...known, ...offer }], 'servers')
      await succeeds(target, mcpServers.delete, { params: ofServer })
      const { result: found } = await succeeds(target, mcpPortals.get, { params })
      same(found.servers, [], 'servers')
    },
  }),
  writing(mcpPortals.create, 'of an unknown server', {
    title: 'a portal cannot offer a server that does not exist',
    ...assumed,
    refused: 'invalid_request',
    input: (target) => ({ body: portalOf(target, 'nobody') }),
  }),
  writing(mcpServers.create, 'with an id that is taken', {
    title: 'an id is taken once',
    ...assumed,
    refused: 'invalid_request',
    input: async (target) => ({ body: (await server(target)).body }),
  }),
  writing(mcpServers.list, 'searches', {
    title: 'the list is searched by id',
    async run(target) {
      const { result } = await server(target)
      const query = { search: result.id }
      const { result: found } = await succeeds(target, mcpServers.list, { query })
      same(found, [result], 'what is found')
    },
  }),
  writing(mcpServers.replace, 'keeps the rest', {
    title: 'a PUT changes what it sends and keeps the rest',
    ...assumed,
    async run(target) {
      const { body, params } = await server(target)
      const changed = { description: 'Changed' }
      const { result } = await succeeds(target, mcpServers.replace, { params, body: changed })
      holds(result, { ...body, ...changed, status: 'waiting', tools: [] }, 'answer')
    },
  }),
]
