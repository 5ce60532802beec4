/** MCP servers that are synced, and the redirect URIs of portals. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import type { LifeCycle, Witness } from '../official-client.ts'

interface Asked {
  readonly method: string
  readonly authorization: string | undefined
  readonly session: string | undefined
}

async function bodyOf(request: IncomingMessage): Promise<{ id?: number; method: string }> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return JSON.parse(text)
}

/** An MCP server with two pages of tools; `tools/list` is a stream of events. */
async function withMcpServer<T>(use: (url: string, asked: readonly Asked[]) => Promise<T>) {
  const asked: Asked[] = []
  const results: Readonly<Record<string, object>> = {
    initialize: { protocolVersion: '2025-06-18', capabilities: { tools: {}, prompts: {} } },
    'prompts/list': { prompts: [{ name: 'greet' }] },
  }
  let pages = 0
  const server = createServer(async (request, response) => {
    const { id, method } = await bodyOf(request)
    const session = request.headers['mcp-session-id']
    asked.push({
      method,
      authorization: request.headers.authorization,
      session: session?.toString(),
    })
    if (id === undefined) {
      response.writeHead(202).end()
      return
    }
    if (method !== 'tools/list') {
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'a-session' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] }))
      return
    }
    pages += 1
    const result =
      pages === 1
        ? { tools: [{ name: 'add' }], nextCursor: 'more' }
        : { tools: [{ name: 'subtract', description: 'Subtracts' }] }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const message = JSON.stringify({ jsonrpc: '2.0', id, result })
    response.end(`event: message\ndata: ${message}\n\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    return await use(`http://127.0.0.1:${port}/mcp`, asked)
  } finally {
    server.close()
  }
}

function make({ client, account_id }: Witness, id: string, hostname: string, more: object = {}) {
  const { servers } = client.zeroTrust.access.aiControls.mcp
  const body = { account_id, id, name: id, hostname, auth_type: 'unauthenticated' as const }
  return servers.create({ ...body, ...more })
}

export const mcpLifeCycles: readonly LifeCycle[] = [
  {
    title: 'the sync of an MCP server on loopback',
    drive: (witness) =>
      withMcpServer(async (url, asked) => {
        const { client, account_id } = witness
        const { servers } = client.zeroTrust.access.aiControls.mcp
        const secret = { auth_type: 'bearer', auth_credentials: 'a-credential' }
        expect(await make(witness, 'local', url, secret)).toMatchObject({ status: 'waiting' })
        expect(await servers.sync('local', { account_id })).toEqual({ status: 'ready' })
        expect(asked.map(({ method }) => method)).toEqual([
          'initialize',
          'notifications/initialized',
          'tools/list',
          'tools/list',
          'prompts/list',
        ])
        expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(
          new Set(['Bearer a-credential']),
        )
        expect(asked.slice(1).every(({ session }) => session === 'a-session')).toBe(true)
        expect(await servers.read('local', { account_id })).toMatchObject({
          status: 'ready',
          tools: [{ name: 'add' }, { name: 'subtract', description: 'Subtracts' }],
          prompts: [{ name: 'greet' }],
          last_synced: expect.any(String),
          last_successful_sync: expect.any(String),
        })
      }),
  },

  {
    title: 'the sync of MCP servers that cannot be asked',
    async drive(witness) {
      const { client, account_id } = witness
      const { servers } = client.zeroTrust.access.aiControls.mcp
      const synced = async (id: string, hostname: string, more?: object) => {
        await make(witness, id, hostname, more)
        const answer = await servers.sync(id, { account_id })
        expect(await servers.read(id, { account_id })).toMatchObject({ ...answer, tools: [] })
        return answer
      }
      expect(await synced('far', 'https://mcp.example.net/mcp')).toMatchObject({
        status: 'error',
        error: expect.stringMatching(/loopback/),
        error_details: { is_upstream: false, retryable: false },
      })
      expect(await synced('name', 'https://localhost.example.net/mcp')).toMatchObject({
        error: expect.stringMatching(/loopback/),
      })
      const oauth = { auth_type: 'oauth' }
      expect(await synced('oauth', 'http://127.0.0.1:9/mcp', oauth)).toMatchObject({
        error: expect.stringMatching(/OAuth/),
      })
      expect(await synced('gone', 'http://127.0.0.1:9/mcp')).toMatchObject({
        status: 'error',
        error_details: { is_upstream: false, retryable: true },
      })
      // The emulator itself is no MCP server.
      const own = `http://127.0.0.1:${new URL(witness.emulator.url).port}/mcp`
      expect(await synced('refuses', own)).toMatchObject({
        status: 'error',
        error_details: { is_upstream: true },
      })
    },
  },

  {
    title: 'the redirect URIs of MCP portals',
    async drive(witness) {
      const { client, account_id, send } = witness
      const { portals } = client.zeroTrust.access.aiControls.mcp
      await make(witness, 'own', 'https://mcp.example.net/mcp')
      const shared = { is_shared_oauth_callback_enabled: true }
      await make(witness, 'shared', 'https://mcp.example.net/mcp', shared)
      await make(witness, 'apart', 'https://mcp.example.net/mcp')
      const hostname = witness.freshHost()
      const body = { servers: [{ server_id: 'own' }, { server_id: 'shared' }] }
      await portals.create({ account_id, id: 'portal', name: 'Portal', hostname, ...body })
      const of = (server: string) =>
        send(
          'GET',
          `/accounts/${account_id}/access/ai-controls/mcp/portals/portal/servers/${server}/effective-redirect-uri`,
        )
      expect(await of('own')).toEqual({
        result: { redirect_uri: `https://${hostname}/servers-callback`, source: 'per_portal' },
      })
      expect(await of('shared')).toEqual({
        result: {
          redirect_uri:
            'https://oauth-callbacks.cloudflareaccess.com/cdn-cgi/access/outbound-oauth-callback',
          source: 'shared_mcp22',
        },
      })
      expect(await of('apart')).toEqual({ result: null })
    },
  },
]
