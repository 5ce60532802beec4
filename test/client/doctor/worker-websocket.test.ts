/** A WebSocket upgrade that got an empty 403: a Worker destination, unless a GET with the same pair gets one too. */
import { expect, onTestFinished, test } from 'vitest'
import { diagnose } from '../../../client/doctor/diagnose.ts'
import { secret } from '../../../client/transport/secret.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { doctorFixture, good } from './situation.ts'

test.each([
  ['and GET reaches the Worker', [], 'worker-websocket-refused'],
  [
    'and GET as well, which the tunnel refuses',
    [{ at: 'origin', effect: { kind: 'status', status: 403 } }],
    'tunnel-validator-refuses',
  ],
] as const)('%s', async (_, faults, cause) => {
  const emulator = await createEmulator({ profile: 'observed', seed: 'example' })
  onTestFinished(() => emulator.close())
  const fixture = doctorFixture(emulator, 'observed')
  const { pair, url } = await good(fixture)
  await emulator.control.setFaults({ body: [...faults] })
  const { client_id, client_secret } = pair
  const observed = [
    '> GET / HTTP/1.1',
    `> Host: ${fixture.host}`,
    '> Connection: Upgrade',
    '> Upgrade: websocket',
    `> CF-Access-Client-Id: ${client_id}`,
    `> CF-Access-Client-Secret: ${client_secret}`,
    '> ',
    '< HTTP/1.1 403 Forbidden',
    '< server: cloudflare',
    '< content-length: 0',
    '< ',
    '* Connection #0 to host left intact',
  ].join('\n')
  const credentials = { client_id, client_secret: secret(client_secret) }
  const { causes } = await diagnose({ url, target: fixture.target, credentials, observed })
  expect(causes.map(({ id }) => id)).toEqual([cause])
})
