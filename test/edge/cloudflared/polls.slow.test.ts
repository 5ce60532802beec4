/** How polls end with the emulator. */
import { once } from 'node:events'
import http from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { transferHosts } from '../../../contracts/edge/cloudflared.ts'
import { folder } from '../../commands/run/run-program.ts'
import { startCommand } from '../../support/command.ts'
import { openWire } from '../../support/wire.ts'
import { secureSession } from './program.ts'

const [service] = transferHosts
/** A key without an owner. */
const someKey = `${'A'.repeat(42)}A=`

test('SIGTERM ends the emulator with 0 at once while polls are held', async () => {
  const running = await startCommand(['--seed', 'example'], {
    env: { XDG_STATE_HOME: await folder() },
  })
  onTestFinished(() => {
    running.child.kill('SIGKILL')
  })
  const { hostname, port } = new URL(running.ready.url)
  const path = `/transfer/${someKey}`
  const held = http.get({ hostname, port, path, agent: false, headers: { host: service } })
  const answers: unknown[] = []
  held.on('error', () => {}).on('response', (answer) => answers.push(answer))
  const session = await secureSession(Number(port))
  const stream = session.request({ ':path': path }).on('error', () => {})
  stream.on('response', (answer) => answers.push(answer))
  await once(session.request({ ':path': '/' }).resume(), 'end')
  const wire = openWire(running.ready.url)
  await wire.send({ host: 'localhost', path: '/__access/health' })
  wire.close()

  // Well before the 50 seconds for which a poll is held.
  expect(await running.stop('SIGTERM')).toBe(0)
  expect(answers).toEqual([])
})
