/** Application names and targets in response headers: any script works, and none can inject a header. */
import { expect, test } from 'vitest'
import { openWire } from '../support/wire.ts'
import { app, edgeFixture, people, policy } from './applications.ts'

const machines = [{ any_valid_service_token: {} }]

test('an application on a path beyond ASCII blocks and signs in as any other', async () => {
  const edge = await edgeFixture({
    applications: [
      app('machines.example.com/ж', [policy('non_identity', machines)]),
      app('people.example.com/ж', [people]),
    ],
  })
  const blocked = await edge.send('machines.example.com', { path: '/%D0%B6' })
  const domain = String(blocked.headers['cf-access-domain'])
  expect([blocked.status, Buffer.from(domain, 'latin1').toString()]).toEqual([
    403,
    'machines.example.com/ж',
  ])
  const { headers } = await edge.send('people.example.com', { path: '/%D0%B6' })
  const { host, pathname, search } = new URL(headers.location ?? '')
  const page = await edge.send(host, { path: pathname + search })
  expect([page.status, page.text.includes('Send me a code')]).toEqual([200, true])
})

test.each([
  ['a request', []],
  [
    'an upgrade',
    [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ],
  ],
] as const)('a line break in an address adds no header to the answer of %s', async (_, more) => {
  const elsewhere = [{ ip: { ip: '203.0.113.1/32' } }]
  const edge = await edgeFixture({
    applications: [
      app('leads.example.com', [policy('allow', elsewhere)], {
        custom_non_identity_deny_url: 'https://away.example/\r\nx-injected: 1',
      }),
    ],
  })
  const wire = openWire(edge.emulator.url)
  const answer = await wire
    .send({ path: '/', host: 'leads.example.com', headers: more })
    .catch(() => undefined)
  expect(answer?.head ?? '').not.toMatch(/^x-injected/im)
  wire.close()
})
