/** What the commands log: sentences at a terminal, JSON lines for programs. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSentenceLog } from '../../../emulator/commands/sentence-log.ts'
import { accessEmulator } from '../../support/built.ts'

describe('The log in sentences', () => {
  const heard: string[] = []
  const log = createSentenceLog((text) => heard.push(text))

  test('has the message, what it is of, and no secret', () => {
    log.warn({ host: 'app.example.com', client_secret: 'hidden', err: undefined }, 'no answer')
    expect(heard.splice(0)).toEqual(['access-emulator: no answer (host: app.example.com)\n'])
    log.info({}, 'ready')
    expect(heard.splice(0)).toEqual(['access-emulator: ready\n'])
  })

  test('says where a failure of the emulator’s own happened', () => {
    log.error({ err: new Error('broken') }, 'a handler failed')
    const [first, place] = heard.splice(0)
    expect(first).toBe('access-emulator: a handler failed\n')
    expect(place).toMatch(/^ {2}Error: broken\n {4,}at /)
  })
})

/** `start` with what it logs on a terminal: all that the terminal showed once `wanted` was there. */
async function atTerminal(flags: readonly string[], wanted: RegExp): Promise<string> {
  const state = await mkdtemp(join(tmpdir(), 'sentences-'))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  const line = [process.execPath, accessEmulator, 'start', '--port', '0', ...flags].join(' ')
  // Its terminal is that of stderr too.
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, XDG_STATE_HOME: state },
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let shown = ''
  let isAsked = false
  for await (const piece of child.stdout) {
    shown += String(piece)
    const port = /127\.0\.0\.1:(\d+)/.exec(shown)?.[1]
    if (port !== undefined && !isAsked) {
      isAsked = true
      ask(Number(port))
    }
    if (wanted.test(shown)) break
  }
  child.kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return shown
}

/** What the emulator logs once: an answer that only profile `expected` gives. */
function ask(port: number): void {
  const socket = createConnection(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.end(
    'POST /cdn-cgi/access/service/auth HTTP/1.1\r\nHost: machines.example.com\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  )
  socket.resume()
}

const hasScript = spawnSync('script', ['--version']).status === 0
if (!hasScript) console.info('Not run: the log at a terminal. There is no script(1) here.')

describe.skipIf(!hasScript)('start at a terminal', () => {
  test('logs sentences', async () => {
    const shown = await atTerminal([], /this answer exists only/)
    expect(shown).toMatch(/^access-emulator: this answer exists only in profile "expected"/m)
    expect(shown).not.toContain('"level"')
  })

  test('logs lines of JSON with --json', async () => {
    const shown = await atTerminal(['--json'], /this answer exists only/)
    expect(shown).toMatch(/^\{"level":40,.*exists only in profile/m)
  })
})
