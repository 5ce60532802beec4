/** The lines that `access-emulator start` prints work when pasted into a shell with curl. */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { accessEmulator } from '../support/built.ts'

function isThere(program: string): boolean {
  const there = spawnSync(program, ['--version']).status === 0
  if (!there) console.log(`${program} is not on this machine: the printed lines are not run.`)
  return there
}
const hasShell = [isThere('curl'), isThere('bash')].every(Boolean)

/** What `start` prints before it waits, and the process. */
async function start(...flags: readonly string[]) {
  // The caller's variables would change what is started.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('ACCESS_')),
  )
  const child = spawn(process.execPath, [accessEmulator, 'start', '--port', '0', ...flags], { env })
  const [first] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  return {
    greeting: String(first),
    async stop() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Each printed command under the words that go before it: `With the JWT, 200`. */
function printedLines(greeting: string): { readonly about: string; readonly line: string }[] {
  return [...greeting.matchAll(/^(\S.*):\n {2}(\S.*(?:curl|TOKEN=).*|curl .*|TOKEN=.*)$/gm)].map(
    ([, about = '', line = '']) => ({ about, line }),
  )
}

/** Runs the lines in order in one shell, as a user would, and returns what each printed. */
async function typed(lines: readonly string[]): Promise<string[]> {
  const script = lines.map((line) => `${line}\nprintf '\\0'`).join('\n')
  const { stdout } = await promisify(execFile)('bash', ['-c', script])
  return stdout.split('\0').slice(0, -1)
}

interface World {
  readonly profile: string
  /** What the lines print: the list of applications is looked at apart. */
  readonly prints: readonly string[]
}

const worlds: readonly World[] = [
  { profile: 'expected', prints: ['', '200\n', '403\n'] },
  { profile: 'observed', prints: ['200\n', '403\n'] },
  { profile: 'strict', prints: ['200\n', '403\n'] },
]

describe.runIf(hasShell)('a person who copies the printed lines', () => {
  test.each(worlds)('gets in with the token and not without it: $profile', async (world) => {
    const { greeting, stop } = await start('--profile', world.profile)
    try {
      const lines = printedLines(greeting)
      expect(lines.map(({ line }) => line).filter((line) => !line.includes('curl'))).toEqual([])
      expect(lines).toHaveLength(greeting.split('curl ').length - 1)
      const [list = '', ...others] = await typed(lines.map(({ line }) => line))
      const { result } = z
        .object({ result: z.array(z.looseObject({ domain: z.string() })) })
        .parse(JSON.parse(list))
      expect(result.map(({ domain }) => domain)).toContain('machines.example.com')
      expect(others).toEqual(world.prints)
      // Each line does what its text promises.
      for (const [index, { about }] of lines.slice(1).entries()) {
        const promised = /\b[2-5]\d\d\b/.exec(about)?.[0]
        if (promised !== undefined) expect(others[index]?.trim()).toBe(promised)
      }
    } finally {
      await stop()
    }
  })

  test('creates an account if the seed has none', async () => {
    const { greeting, stop } = await start('--seed', 'empty')
    try {
      const [made = ''] = await typed(printedLines(greeting).map(({ line }) => line))
      expect(JSON.parse(made)).toMatchObject({ name: 'mine', zones: [{}] })
    } finally {
      await stop()
    }
  })
})

test('another server in place of the emulator is reported at the start', async () => {
  const origin = 'app.example.com=http://127.0.0.1:3000'
  const { greeting, stop } = await start('--origin', origin)
  await stop()
  expect(greeting).toContain('\n  origin   app.example.com -> http://127.0.0.1:3000\n')
  expect(greeting).not.toContain('  replay ')
})
