/** The address of a client that disconnected before its request was read. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import { createJournals } from '../../emulator/account/journal.ts'
import { readEdgeRequest } from '../../emulator/edge/request.ts'

test('a client that disconnected before its request is read counts as neither front end nor local', async () => {
  const server = createServer()
  const [client, connection] = duplexPair()
  server.emit('connection', connection)
  client.write(
    'GET / HTTP/1.1\r\nHost: app.front.test\r\naccess-emulator-client-ip: 203.0.113.9\r\n\r\n',
  )
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  expect(request.socket.remoteAddress).toBeUndefined()
  const journal = createJournals().ofNone
  const visit = readEdgeRequest(
    request,
    {
      host: 'app.front.test',
      account: undefined,
      journal,
      hasOrigin: false,
      country: 'XX',
      tls: undefined,
    },
    { ray: '0000000000000000-EMU', nowMs: 0 },
  )
  expect(visit?.ip).toBe('0.0.0.0')
  client.destroy()
})
