/** MCP servers: the client chooses the id, no answer shows the credentials, and a sync asks for tools and prompts. */
import { mcpServers as contract } from '../../contracts/api/mcp-servers.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { knownOf } from '../http/check.ts'
import type { McpServerRow } from '../state/rows.ts'
import { type HandlersOf, nowOf } from './context.ts'
import { crud } from './crud.ts'
import { contains } from './filters.ts'
import { type Synced, syncMcpServer } from './mcp/sync.ts'
import { keptOf } from './parts.ts'
import { plainView } from './plain-rows.ts'

export const mcpServerView = plainView(contract)

/** Whether a search finds it: by id, name or host name (api-mcp). */
export function isFoundBy(
  { id, name, hostname }: Pick<McpServerRow, 'id' | 'name' | 'hostname'>,
  search: string | undefined,
): boolean {
  return [id, name, hostname].some((text) => contains(text, search))
}

const five = crud(contract, {
  shows: (row, { search }) => isFoundBy(row, search),
  create({ body, extra }, context) {
    if (context.account.state.tables.mcp_servers.get(body.id) !== undefined) {
      return fail('invalid_request', `MCP server ${body.id} already exists`)
    }
    const at = nowOf(context)
    return {
      row: {
        ...knownOf(body, contract.body()),
        auth_credentials: body.auth_credentials ?? null,
        client_secret: body.client_secret ?? null,
        status: 'waiting',
        tools: [],
        prompts: [],
        created_at: at,
        modified_at: at,
        extra,
      },
    }
  },
  /** `modified_at` stays (api-mcp-modified-at). */
  replace(row, { body, extra, reset }) {
    const kept = keptOf(row, { extra, reset }, { auth_credentials: null, client_secret: null })
    const { id, hostname, auth_type } = row
    return {
      row: {
        ...kept,
        ...knownOf(body, contract.operations.replace.body()),
        ...{ id, hostname, auth_type },
        name: body.name ?? row.name,
        auth_credentials: body.auth_credentials ?? kept.auth_credentials,
        client_secret: body.client_secret ?? kept.client_secret,
      },
    }
  },
})

const notForLeased: Synced = {
  problem: {
    cause:
      'The emulator connects to no MCP server for an account that has an admin token of its own.',
    is_upstream: false,
    retryable: false,
  },
}

/** The row after a sync: what the server offers is kept where it could not be asked. */
function afterSync(
  { error: _, error_details: __, ...row }: McpServerRow,
  synced: Synced,
  last_synced: string,
): McpServerRow {
  if ('problem' in synced) {
    const { problem } = synced
    return { ...row, status: 'error', error: problem.cause, error_details: problem, last_synced }
  }
  return { ...row, ...synced, status: 'ready', last_synced, last_successful_sync: last_synced }
}

export const mcpServers: HandlersOf<typeof contract> = {
  ...five,
  async sync({ params: { mcp_server_id: id } }, context) {
    const { mcp_servers } = context.account.state.tables
    const before = mcp_servers.get(id)
    if (before === undefined) return fail('not_found')
    // A stranger's account: loopback is this machine, and not theirs.
    const { lease } = context.account
    const synced = lease === undefined ? await syncMcpServer(before.hostname, before) : notForLeased
    return () => {
      const row = mcp_servers.get(id)
      if (row === undefined) return fail('not_found')
      const put = afterSync(row, synced, nowOf(context))
      const { status, error, error_details } = put
      const details = error_details === undefined ? {} : { error_details }
      return {
        result: { status, ...(error === undefined ? {} : { error }), ...details },
        changes: [{ table: 'mcp_servers', put }],
      }
    }
  },
}
