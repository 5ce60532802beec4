/** The address of a client that disconnected before its request was read. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import { createAccounts } from '../../emulator/account/accounts.ts'
import { createReader } from '../../emulator/edge/read-request.ts'
import { createWorld } from '../../emulator/world/world.ts'

test('a client that disconnected before its request is read counts as neither front end nor local', async () => {
  const server = createServer()
  const [client, connection] = duplexPair()
  server.emit('connection', connection)
  client.write(
    'GET / HTTP/1.1\r\nHost: app.front.test\r\naccess-emulator-client-ip: 203.0.113.9\r\n\r\n',
  )
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  expect(request.socket.remoteAddress).toBeUndefined()
  const reader = createReader({
    world: createWorld(),
    accounts: createAccounts(),
    nextRay: () => '0000000000000000-EMU',
    origins: new Map(),
    country: 'XX',
  })
  const read = reader.request('edge', request, response, 'app.front.test', undefined)
  expect(read?.ip).toBe('0.0.0.0')
  client.destroy()
})
