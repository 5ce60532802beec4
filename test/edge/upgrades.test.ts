/** Upgrades that must not reach an origin, and the connections that refused upgrades leave behind. */
import { once } from 'node:events'
import http from 'node:http'
import { expect, test, vi } from 'vitest'
import { listening } from '../network/origin/pipe.ts'
import { connect, exchange, received } from '../network/server.ts'
import { app, edgeFixture, everyone, hosts, policy } from './applications.ts'

const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
const ask = (host: string, path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${upgrade}\r\n`

test.each([
  ['behind Access', 'open.example.com'],
  ['without an application', 'bare.example.com'],
  ['of no account', 'elsewhere.test'],
])('an upgrade of a path of Access gets 400, and no origin is asked: host %s', async (_, host) => {
  const asked: (string | undefined)[] = []
  const server = http.createServer((request, response) => {
    asked.push(request.url)
    response.end()
  })
  server.on('upgrade', (request, socket) => {
    asked.push(request.url)
    socket.destroy()
  })
  const origin = await listening(server)
  const { emulator } = await edgeFixture({
    applications: [app('open.example.com', [policy('bypass', everyone)])],
    origins: { [host]: origin.url.href },
    behaviours: { 'edge.requires_dns_record': false },
  })
  for (const path of [
    '/cdn-cgi/access/',
    '/cdn-cgi/access/get-identity',
    '/cdn-cgi/access/anything?a=b',
    '/x/../cdn-cgi/access/certs',
    '/cdn-cgi%2Faccess/certs',
    '//cdn-cgi//access/certs',
    '/.well-known/cloudflare-access-protected-resource',
  ]) {
    const answer = await exchange(emulator.port, ask(host, path))
    expect([path, answer]).toEqual([path, expect.stringMatching(/^HTTP\/1.1 400 /)])
  }
  expect(asked).toEqual([])
})

test('a refused upgrade frees its connection, whatever its client does', async () => {
  const { emulator } = await edgeFixture({ limits: { connections: 3 } })
  const held = [1, 2, 3].map(() => connect(emulator.port))
  for (const socket of held) {
    socket.write(ask(hosts.M, '/ws'))
    await once(socket, 'data')
  }
  // None of them half-closes.
  await vi.waitFor(
    async () => {
      const probe = connect(emulator.port)
      probe.end('GET /__access/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      expect((await received(probe)).toString()).toContain('200 OK')
    },
    { timeout: 10_000, interval: 100 },
  )
})
