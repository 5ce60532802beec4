/** The page as a reader follows it; and each of its origins with tokens that it must take, and must not. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEmulator } from '../../emulator/index.ts'
import { command, folder } from '../commands/run/run-program.ts'
import { bad, good, person, personsToken, seed } from './origin-tokens.ts'
import { readPage } from './page.ts'
import { testPage } from './run-page.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const name = 'guides/origin.md'

testPage(name, { tools: ['express', 'jose'] })

/** The page's files, and what a handler of Next.js is called by. */
async function project(): Promise<string> {
  const place = await folder()
  for (const { values, text } of readPage(name).blocks) {
    const path = join(place, values.get('file') ?? 'none')
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  await writeFile(join(place, 'next.js'), next)
  await symlink(join(root, 'node_modules'), join(place, 'node_modules'))
  return place
}

const next = `
import { serve } from '@hono/node-server'
import { GET } from './app/route.js'
import { proxy } from './proxy.js'

const fetch = async (request) => (await proxy(request)) ?? GET(request)
serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log('http://127.0.0.1:' + port))
`

interface Language {
  readonly language: string
  readonly command: readonly [string, ...string[]]
  /** Why it cannot run here. @param place the page's files */
  lacks(place: string): string | undefined
}

const fails = (program: string, args: readonly string[]) => spawnSync(program, args).status !== 0

/** The system's own, which is what a system package installs for; else whichever has the library. */
const python =
  ['/usr/bin/python3', 'python3'].find(
    (each) => !fails(each, ['-c', 'import jwt, cryptography']),
  ) ?? 'python3'

/** From the module cache alone: the tests do not go out. */
const offline = { GOPROXY: 'off', GOFLAGS: '-mod=mod', GONOSUMDB: '*', GONOSUMCHECK: '1' }

const languages: readonly Language[] = [
  { language: 'Express', command: [process.execPath, 'express.js'], lacks: () => undefined },
  { language: 'Hono', command: [process.execPath, 'hono.js'], lacks: () => undefined },
  { language: 'Next.js', command: [process.execPath, 'next.js'], lacks: () => undefined },
  {
    language: 'Python',
    command: [python, 'app.py'],
    lacks: () =>
      fails(python, ['-c', 'import jwt, cryptography']) ? 'no Python with PyJWT' : undefined,
  },
  {
    language: 'Go',
    command: ['./origin'],
    lacks(place) {
      const options = { cwd: place, env: { ...process.env, ...offline }, encoding: 'utf8' } as const
      const { status, error, stderr } = spawnSync('go', ['build', '-o', 'origin', '.'], options)
      return status === 0 ? undefined : (error?.message ?? stderr.trim())
    },
  },
]

/** The origin, in a process that reaches the emulator under the real names. */
async function started({ command: [program, ...args] }: Language, place: string) {
  // Two teams may draw the same one of the published keys; under this entropy they do not.
  const stateHome = await folder()
  const emulator = await createEmulator({ entropy: 'two teams', seed, stateHome })
  onTestFinished(() => emulator.close())
  const { stdout } = await command(['env', '--json', '--url', emulator.url], {
    env: { XDG_STATE_HOME: stateHome },
  })
  const child = spawn(program, args, {
    cwd: place,
    env: { PATH: process.env.PATH, HOME: stateHome, ...JSON.parse(stdout), PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value: url } = await lines.next()
  const ask = async (token?: string) => {
    const headers = token === undefined ? {} : { 'Cf-Access-Jwt-Assertion': token }
    const answer = await fetch(String(url), { headers })
    return { status: answer.status, body: await answer.json() }
  }
  return { emulator, ask }
}

const refused = { status: 403, body: { error: 'Access is the only way in.' } }

describe('the origin of the page', () => {
  test.each(languages)('in $language', { timeout: 120_000 }, async (one) => {
    const place = await project()
    const lacking = one.lacks(place)
    if (lacking !== undefined) {
      console.warn(`The origin in ${one.language} is not run here: ${lacking}`)
      return
    }
    const { emulator, ask } = await started(one, place)
    expect(await ask(), 'no token').toEqual(refused)
    for (const { title, token, who } of good) {
      const answer = await ask(await token(emulator))
      expect(answer, title).toEqual({ status: 200, body: { who: who(emulator) } })
    }
    for (const { title, token } of bad) {
      expect(await ask(await token(emulator)), title).toEqual(refused)
    }
    // The keys that it knows are of the time before.
    await emulator.fetch(
      `https://api.cloudflare.com/client/v4/accounts/${emulator.account.id}/access/keys/rotate`,
      { method: 'POST', headers: { authorization: `Bearer ${emulator.account.api_token}` } },
    )
    const token = await personsToken(emulator)
    await vi.waitFor(
      async () =>
        expect(await ask(token), 'a new key').toEqual({ status: 200, body: { who: person } }),
      { timeout: 10_000, interval: 100 },
    )
  })
})
