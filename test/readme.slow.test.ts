/**
 * The README, followed as a guide is; and the pages that it leads to for reference: their commands exist, and their code runs
 * against the built package.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { modes } from '../contracts/modes/catalogue.ts'
import { createEmulator } from '../emulator/index.ts'
import { testPage } from './guides/run-page.ts'
import { dist } from './support/built.ts'
import { runCommand, startCommand } from './support/command.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (page: string) => readFile(join(root, page), 'utf8')
const readme = await read('README.md')
const reference = ['emulator', 'real-names', 'in-tests', 'client', 'control-api']
const pages = [readme, ...(await Promise.all(reference.map((name) => read(`docs/${name}.md`))))]
const run = promisify(execFile)

function blocks(language: string): string[] {
  return pages
    .flatMap((page) => [...page.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)])
    .flatMap(([, name, body = '']) => (name === language ? [body] : []))
}

testPage('../README.md')

/** The smallest possible recording. */
const recorded = {
  log: {
    version: '1.2',
    creator: { name: 'readme', version: '1' },
    entries: [
      {
        startedDateTime: '2026-01-01T00:00:00Z',
        time: 1,
        request: {
          method: 'GET',
          url: 'https://app.example.com/',
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: [],
          queryString: [],
          headersSize: -1,
          bodySize: 0,
        },
        response: {
          status: 204,
          statusText: 'No Content',
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: [],
          content: { size: 0, mimeType: '' },
          redirectURL: '',
          headersSize: -1,
          bodySize: 0,
        },
        cache: {},
        timings: { send: 0, wait: 1, receive: 0 },
      },
    ],
  },
}

/** Lines of the shell blocks that call a command of the package, without their comments. */
function commands(name: string): string[] {
  return blocks('sh')
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => {
      const [, called] = new RegExp(`^(?:npx )?${name} ([^#]*)`).exec(line) ?? []
      return called === undefined ? [] : [called.trim()]
    })
}

test('the first screen has the two commands, and package.json their scripts', async () => {
  const [quickStart = ''] = blocks('sh')
  expect(quickStart.split('\n').map((line) => line.split('#')[0]?.trim())).toEqual([
    'npm ci && npm start',
    'npm ci && npm test',
    '',
  ])
  expect(readme.slice(0, readme.indexOf(quickStart)).split('\n').length).toBeLessThan(12)
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  expect(scripts).toMatchObject({ start: expect.any(String), test: expect.any(String) })
})

test('is read in two minutes, and leads to the rest', async () => {
  expect(readme.split('\n').length).toBeLessThan(150)
  expect(readme).toContain(`[${Object.keys(modes).length} failure modes]`)
  const index = await read('docs/README.md')
  const written = (await readdir(join(root, 'docs'))).filter((name) => /\.(md|json)$/.test(name))
  const missing = written.filter((name) => name !== 'README.md' && !index.includes(`](${name})`))
  expect(missing, 'no link in docs/README.md').toEqual([])
})

describe('access-emulator', () => {
  const starts = commands('access-emulator').filter((line) => line.startsWith('start'))

  test.each(starts)('%s', async (line) => {
    const folder = await mkdtemp(join(tmpdir(), 'readme-'))
    const recording = join(folder, 'recording.har')
    await writeFile(recording, JSON.stringify(recorded))
    const running = await startCommand(
      line.replace('recording.har', recording).split(/\s+/).slice(1),
    )
    expect(running.ready.event).toBe('ready')
    expect(await running.stop()).toBe(0)
    await rm(folder, { recursive: true })
  })

  test('modes are listed, shown, set and ended as written', async () => {
    const lines = commands('access-emulator').filter((line) => line.startsWith('modes'))
    expect(lines.length).toBeGreaterThan(3)
    const emulator = await createEmulator({ seed: 'example' })
    for (const line of lines) {
      const steers = /--(set|end)/.test(line) ? ['--url', emulator.url] : []
      const answer = await run(process.execPath, [
        dist('access-emulator.js'),
        ...line.split(/\s+/),
        ...steers,
      ])
      expect(answer.stdout, line).not.toBe('')
    }
    await emulator.close()
  })

  test('every behaviour that is named can be set', async () => {
    for (const [, setting = ''] of pages.join('\n').matchAll(/--set ([\w.]+=\w+)/g)) {
      const running = await startCommand(['--set', setting])
      expect(await running.stop(), setting).toBe(0)
    }
    const ended = await runCommand(['start', '--port', '0', '--set', 'no.such=thing'])
    expect(ended.code).toBe(2)
  })
})

describe('code', () => {
  const code = blocks('ts')

  /** Runs a block as a module of a project that has the package installed. */
  async function runs(block: string, before = ''): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'readme-'))
    const file = join(folder, 'block.mjs')
    const { code: script } = await transform(before + block, { loader: 'ts', format: 'esm' })
    const entries = { '': 'index.js', '/client': 'client.js' }
    const linked = script.replaceAll(
      /(['"])cloudflare-access-emulator(\/client)?\1/g,
      (_, _quote, entry: '/client' | undefined) =>
        JSON.stringify(pathToFileURL(dist(entries[entry ?? ''])).href),
    )
    await writeFile(file, linked)
    try {
      const { stdout } = await run(process.execPath, [file], { cwd: root })
      return stdout
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('an emulator in a test', async () => {
    const block = code.find((each) => each.includes('createEmulator')) ?? ''
    expect(await runs(block)).toBe('200\n')
  })

  test('the client, with the emulator as its target', async () => {
    const emulator = await createEmulator({ seed: 'example' })
    const [pair] = emulator.account.service_tokens
    const given = `const client_id = '${pair?.client_id}', client_secret = '${pair?.client_secret}'\n`
    const block = (code.find((each) => each.includes('createAccessClient')) ?? '')
      .replace('http://127.0.0.1:7788', emulator.url)
      .replaceAll('app.example.com', 'machines.example.com')
    const shown = await runs(`${block}\nconsole.log(result.kind, answer.status)`, given)
    expect(shown).toBe('token 200\n')
    await emulator.close()
  })
})
