/** An account of a shared emulator cannot make the emulator connect to the machine that it runs on. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { adminToken, callsOf } from './calls.ts'

let asked = 0
const service = createServer((_, response) => {
  asked += 1
  response.end('secret of the machine')
})
let emulator: Emulator
beforeAll(async () => {
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done))
  emulator = await createEmulator({ adminToken })
})
afterAll(async () => {
  await emulator.close()
  service.close()
})

async function synced(terms: object) {
  const { send } = callsOf(emulator)
  const name = `mcp ${Object.keys(terms).length}`
  const { body: account } = await send('POST', '/__access/accounts', adminToken, {
    name,
    ...terms,
  })
  const servers = `/client/v4/accounts/${account.id}/access/ai-controls/mcp/servers`
  const { port } = service.address() as AddressInfo
  const made = await send('POST', servers, account.api_token, {
    id: 'local',
    name: 'local',
    hostname: `http://127.0.0.1:${port}/mcp`,
    auth_type: 'unauthenticated',
  })
  expect(made.status).toBe(201)
  return send('POST', `${servers}/local/sync`, account.api_token, {})
}

test('by a sync of an MCP server', async () => {
  const own = await synced({})
  expect(own.body.result.error).toBe('The answer is no JSON-RPC response.')
  expect(asked).toBe(1)
  const leased = await synced({ ttl_seconds: 3600 })
  expect(leased.status).toBe(200)
  expect(leased.body.result.status).toBe('error')
  expect(leased.body.result.error).toContain('connects to no MCP server')
  expect(asked).toBe(1)
})
