/** Cases of writes that leave something behind, so that they need an account of their own: DoH settings and syncs. */
import { mcpIdFrom } from '../../../contracts/api/mcp-servers.ts'
import { api } from '../../../contracts/api/operations.ts'
import { succeeds } from '../api-answer.ts'
import type { Case } from '../case.ts'
import { owning } from '../define.ts'
import { holds, same } from '../difference.ts'
import { nobodysId } from '../guard.ts'

const { mcpServers, organizationDoh, serviceTokens } = api

export const ownWriteCases: readonly Case[] = [
  owning(organizationDoh.update, 'shows its token', {
    title: 'DoH settings with a service token show it, until they are read again',
    async run(target) {
      const name = target.name('doh')
      const { result: token } = await succeeds(target, serviceTokens.create, { body: { name } })
      const params = { service_token_id: token.id }
      target.cleanup(() => target.api.serviceTokens.delete(params))
      const body = { doh_jwt_duration: '800h', service_token_id: token.id }
      const { result } = await succeeds(target, organizationDoh.update, { body })
      same(result.doh_jwt_duration, '800h', 'doh_jwt_duration')
      same(result.client_id, token.client_id, 'client_id')
      const { result: shown } = await succeeds(target, organizationDoh.get)
      same(shown.doh_jwt_duration, '800h', 'doh_jwt_duration, read again')
    },
  }),
  owning(organizationDoh.update, 'of an unknown token', {
    title: 'DoH settings cannot name a service token that does not exist',
    evidence: 'assumed',
    refused: 'not_found',
    input: { body: { service_token_id: nobodysId } },
  }),
  owning(mcpServers.sync, 'tells of its outcome', {
    title: 'a sync succeeds as a call, and the server shows what came of it',
    async run(target) {
      const id = mcpIdFrom(target.name('server'))
      const body = {
        ...{ id, name: id, hostname: 'https://mcp.example.net/mcp' },
        auth_type: 'unauthenticated',
      } as const
      const { result: made } = await succeeds(target, mcpServers.create, { body })
      const params = { mcp_server_id: made.id }
      target.cleanup(() => target.api.mcpServers.delete(params))
      same(made.status, 'waiting', 'status before the first sync')
      const { result: outcome } = await succeeds(target, mcpServers.sync, { params })
      const { result } = await succeeds(target, mcpServers.get, { params })
      holds(result, outcome, 'the server after the sync')
    },
  }),
]
