/** The command's code cache: made after an answer, used by the next start, and never where someone else could have written it. */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openCodeCache } from '../../../emulator/commands/boot/code-cache.ts'
import { dist } from '../../support/built.ts'
import { runCommand, startCommand } from '../../support/command.ts'

const bundle = dist('command/access-emulator.cjs')
const isRoot = process.getuid?.() === 0

function cacheHome(): { home: string; folder: string } {
  const home = mkdtempSync(join(tmpdir(), 'code-cache-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  return { home, folder: join(home, 'access-emulator') }
}

/** The file in which a start of this build looks for its first script, and what it would run: another of the same length. */
let name = ''
let planted = Buffer.alloc(0)

beforeAll(() => {
  const home = mkdtempSync(join(tmpdir(), 'code-cache-'))
  openCodeCache(readFileSync(bundle), { XDG_CACHE_HOME: home })?.write(Buffer.from('anything'))
  name = readdirSync(join(home, 'access-emulator'))[0] ?? ''
  rmSync(home, { recursive: true })
  const head = '(function (exports, require, module, __filename, __dirname) {'
  const tail = '\n})'
  const act = "console.log('from the cache'); process.exit()"
  const length = head.length + statSync(bundle).size + tail.length
  const source = head + act.padEnd(length - head.length - tail.length) + tail
  planted = withHash(new Script(source, { filename: bundle }).createCachedData())
})

const withHash = (data: Buffer) => Buffer.concat([createHash('sha256').update(data).digest(), data])

/** Starts it, asks it once, and waits until it has written the cache. */
async function answeredOnce(home: string): Promise<void> {
  const running = await startCommand([], { env: { XDG_CACHE_HOME: home } })
  await fetch(`${running.ready.url}/__access/health`)
  const folder = join(home, 'access-emulator')
  const isWritten = () =>
    existsSync(folder) && readdirSync(folder).some((each) => each.endsWith('.code'))
  try {
    await vi.waitFor(() => expect(isWritten()).toBe(true), { timeout: 10_000 })
  } finally {
    await running.stop()
  }
}

/** Plants a cache that is whole and private; the test then spoils it. */
function plant(): { home: string; folder: string; file: string } {
  const { home, folder } = cacheHome()
  mkdirSync(folder, { mode: 0o700 })
  const file = join(folder, name)
  writeFileSync(file, planted, { mode: 0o600 })
  return { home, folder, file }
}

async function whatRuns(
  home: string,
  starting: { env?: Record<string, string>; through?: string[] } = {},
): Promise<string> {
  const env = { ...starting.env, XDG_CACHE_HOME: home }
  const { code, stdout } = await runCommand(['--version'], { ...starting, env })
  expect(code).toBe(0)
  return stdout.trim()
}

const { version } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string }

test('a start and an answer leave a private cache, which the next start runs', async () => {
  const { home, folder } = cacheHome()
  await answeredOnce(home)
  const chunks = readdirSync(dirname(bundle)).filter((each) => each.startsWith('start-'))
  expect(readdirSync(folder)).toHaveLength(chunks.length + 1)
  expect(readdirSync(folder)).toContain(name)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  expect(await whatRuns(home)).toBe(version)
  const other = plant()
  expect(await whatRuns(other.home)).toBe('from the cache')
})

describe('what another user could have written is not run', () => {
  test.each([
    ['a folder open to the group', ({ folder }) => chmodSync(folder, 0o770)],
    ['a file that others may write', ({ file }) => chmodSync(file, 0o622)],
    [
      'a folder behind a link',
      ({ folder }) => {
        renameSync(folder, `${folder}-real`)
        symlinkSync(`${folder}-real`, folder)
      },
    ],
    [
      'a file behind a link',
      ({ file }) => {
        renameSync(file, `${file}.real`)
        symlinkSync(`${file}.real`, file)
      },
    ],
    [
      'a folder in its place',
      ({ file }) => {
        rmSync(file)
        mkdirSync(file)
      },
    ],
  ] satisfies [string, (planted: ReturnType<typeof plant>) => void][])('%s', async (_, spoil) => {
    const here = plant()
    spoil(here)
    expect(await whatRuns(here.home)).toBe(version)
  })

  test.runIf(isRoot).each([
    ['a folder', ({ folder }) => chownSync(folder, 12_345, 12_345)],
    ['a file', ({ file }) => chownSync(file, 12_345, 12_345)],
  ] satisfies [string, (planted: ReturnType<typeof plant>) => void][])(
    '%s of another user',
    async (_, spoil) => {
      const here = plant()
      spoil(here)
      expect(await whatRuns(here.home)).toBe(version)
    },
  )
})

describe('a cache that does not fit is not run', () => {
  test('one byte changed, or the end missing', async () => {
    const { home, file } = plant()
    const changed = Buffer.from(planted)
    changed.writeUInt8(changed.readUInt8(100) ^ 1, 100)
    writeFileSync(file, changed)
    expect(await whatRuns(home)).toBe(version)
    for (const length of [0, 20, planted.length - 1]) {
      writeFileSync(file, planted.subarray(0, length))
      expect(await whatRuns(home)).toBe(version)
    }
  })

  test('V8 with other flags, which is another version of it', async () => {
    const through = [process.execPath, '--no-lazy']
    expect(await whatRuns(plant().home, { through })).toBe(version)
  })

  test('one that V8 itself rejects', async () => {
    const { home, file } = plant()
    writeFileSync(file, withHash(Buffer.alloc(1000, 'x')), { mode: 0o600 })
    expect(await whatRuns(home)).toBe(version)
  })

  test("Node's own variables switch it off", async () => {
    const env = { NODE_DISABLE_COMPILE_CACHE: '1' }
    expect(await whatRuns(plant().home, { env })).toBe(version)
  })
})

test.each(['/dev/null/none', 'not/absolute', '/proc/none'])(
  'a start needs no cache: XDG_CACHE_HOME=%s',
  async (home) => {
    const running = await startCommand([], { env: { XDG_CACHE_HOME: home, HOME: '/dev/null' } })
    const { status } = await fetch(`${running.ready.url}/__access/health`)
    expect(status).toBe(200)
    expect(await running.stop()).toBe(0)
    expect(running.stderr()).toBe('')
  },
)

describe('writing', () => {
  const open = (source: string, home: string) =>
    openCodeCache(Buffer.from(source), { XDG_CACHE_HOME: home })

  test('is for one source: another reads nothing, and the oldest of more than 32 goes', () => {
    const { home, folder } = cacheHome()
    for (let at = 0; at < 34; at++) {
      const cache = open(`source ${at}`, home)
      expect(cache?.read()).toBeUndefined()
      cache?.write(Buffer.from(`code ${at}`))
      expect(cache?.read()?.toString()).toBe(`code ${at}`)
      for (const each of readdirSync(folder)) {
        const path = join(folder, each)
        utimesSync(path, 0, statSync(path).mtimeMs / 1000 - 10)
      }
    }
    const left = [0, 1, 2, 33].map((at) => open(`source ${at}`, home)?.read()?.toString())
    expect(left).toEqual([undefined, undefined, 'code 2', 'code 33'])
  })

  test('leaves a folder alone that is a link, or open to others', () => {
    const { home, folder } = cacheHome()
    mkdirSync(folder, { mode: 0o755 })
    open('source', home)?.write(Buffer.from('code'))
    expect(readdirSync(folder)).toEqual([])
    renameSync(folder, `${folder}-real`)
    chmodSync(`${folder}-real`, 0o700)
    symlinkSync(`${folder}-real`, folder)
    open('source', home)?.write(Buffer.from('code'))
    expect(readdirSync(folder)).toEqual([])
  })

  test.runIf(isRoot)('leaves alone the home of another user', () => {
    const { home } = cacheHome()
    chownSync(home, 12_345, 12_345)
    open('source', home)?.write(Buffer.from('code'))
    expect(readdirSync(home)).toEqual([])
  })
})
