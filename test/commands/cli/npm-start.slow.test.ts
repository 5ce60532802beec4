/** `npm start` ends together with npm and leaves no process behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { has } from '../run/run-program.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const open: ChildProcess[] = []
afterEach(() => {
  // The group: also what the npm of a failed test left behind.
  for (const { pid } of open.splice(0)) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // All of it has ended.
    }
  }
})

function connects(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.unref()
  })
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'ends by %s to npm',
  { timeout: 60_000 },
  async (signal) => {
    if (!has('npm')) return
    const npm = spawn('npm', ['start', '--silent', '--', '--port', '0', '--json'], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    open.push(npm)
    const [line] = await once(createInterface({ input: npm.stdout }), 'line')
    const { event, url } = JSON.parse(String(line))
    expect(event).toBe('ready')
    expect(await connects(url)).toBe(true)
    npm.kill(signal)
    // Closed once no process has its end of the pipe.
    await once(npm, 'close')
    expect(await connects(url)).toBe(false)
  },
)
