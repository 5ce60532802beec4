/** An independent witness: the OAuth client of the official MCP SDK, with an MCP server behind the application. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import type { EdgeFixture } from '../applications.ts'
import { ada } from '../login/person.ts'
import {
  asBearer,
  callback,
  consented,
  endpoint,
  mcp,
  oauthWorld,
  postForm,
} from './application.ts'
import { Memory, whoami } from './mcp-client.ts'

/** An MCP server with one tool, which returns the user that Access admitted. */
async function mcpServer(): Promise<string> {
  const server = createServer(async (request, response) => {
    const { email } = decodeJwt(String(request.headers['cf-access-jwt-assertion']))
    const service = new McpServer({ name: 'whoami', version: '1.0.0' })
    service.registerTool('whoami', { description: 'Returns the calling user' }, () => ({
      content: [{ type: 'text', text: String(email) }],
    }))
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
    response.on('close', () => void transport.close())
    await service.connect(transport as Parameters<McpServer['connect']>[0])
    await transport.handleRequest(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const transportFor = ({ emulator }: EdgeFixture, authProvider: OAuthClientProvider) =>
  new StreamableHTTPClientTransport(new URL(`https://${mcp}/mcp`), {
    authProvider,
    fetch: emulator.fetch,
  })

test('discovers, registers, logs in, calls a tool, refreshes and is revoked', async () => {
  const edge = await oauthWorld({ origins: { [mcp]: await mcpServer() } })
  const memory = new Memory()
  const first = transportFor(edge, memory)
  await expect(whoami(first)).rejects.toThrow('Unauthorized')
  const { sentTo } = memory
  if (sentTo === undefined) throw new Error('the SDK did not open the authorization endpoint')
  expect(sentTo.origin + sentTo.pathname).toBe(endpoint('authorization'))
  expect(sentTo.searchParams.get('resource')).toBe(`https://${mcp}/mcp`)

  const back = await consented(edge, sentTo.href)
  expect(back.origin + back.pathname).toBe(callback)
  expect(back.searchParams.get('state')).toBe('a state of the client')
  await first.finishAuth(back.searchParams.get('code') ?? '')
  expect(await whoami(transportFor(edge, memory))).toBe(ada)

  // The access token expires; the SDK refreshes by itself.
  const before = memory.held
  await edge.advance(901)
  expect((await asBearer(edge, before?.access_token ?? '')).status).toBe(401)
  expect(await whoami(transportFor(edge, memory))).toBe(ada)
  expect(memory.held?.refresh_token).not.toBe(before?.refresh_token)

  const { access_token = '', refresh_token = '' } = memory.held ?? {}
  const client_id = memory.information?.client_id ?? ''
  await postForm(edge, endpoint('revoke'), { token: refresh_token, client_id })
  expect((await asBearer(edge, access_token)).status).toBe(401)
  // With no valid token left, it starts a new login.
  memory.sentTo = undefined
  const { fetch: fetchFn } = edge.emulator
  expect(await auth(memory, { serverUrl: `https://${mcp}/mcp`, fetchFn })).toBe('REDIRECT')
  expect(memory.sentTo).toBeDefined()
})
