/** Client information from a front end on this machine, for rules on addresses, countries and certificates. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import type { SeedInput } from '../../contracts/control/seed.ts'
import { createJournals } from '../../emulator/account/journal.ts'
import { readEdgeRequest } from '../../emulator/edge/request.ts'
import { createEmulator } from '../../emulator/index.ts'

const bypassFor = (rule: Record<string, Record<string, unknown>>): SeedInput => ({
  accounts: [
    {
      name: 'front',
      zones: [{ name: 'front.test' }],
      organization: { name: 'front', auth_domain: 'front.cloudflareaccess.com' },
      applications: [
        {
          type: 'self_hosted',
          domain: 'app.front.test',
          policies: [{ name: 'those', decision: 'bypass', include: [rule] }],
        },
      ],
    },
  ],
})

test.each([
  ['country', { geo: { country_code: 'DE' } }, { 'access-emulator-country': 'DE' }],
  ['address', { ip: { ip: '203.0.113.0/24' } }, { 'access-emulator-client-ip': '203.0.113.9' }],
])('a rule on the %s follows the front, and no origin sees what it said', async (_, rule, said) => {
  const emulator = await createEmulator({ seed: bypassFor(rule) })
  const url = emulator.urlFor('app.front.test')
  expect((await emulator.fetch(url)).status).toBe(403)
  const answer = await emulator.fetch(url, { headers: said })
  expect(answer.status).toBe(200)
  const { headers } = (await answer.json()) as { headers: Record<string, string> }
  expect(Object.keys(headers).filter((name) => name.startsWith('access-emulator-'))).toEqual([])
  await emulator.close()
})

test('without a front end, clients are where the emulator’s options say', async () => {
  const seed = bypassFor({ geo: { country_code: 'FR' } })
  const emulator = await createEmulator({ seed, country: 'FR' })
  const answer = await emulator.fetch(emulator.urlFor('app.front.test'))
  expect(answer.status).toBe(200)
  const { headers } = (await answer.json()) as { headers: Record<string, string> }
  expect(headers['cf-ipcountry']).toBe('FR')
  await emulator.close()
})

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
