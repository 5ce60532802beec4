/** The package as a stranger gets it: well-formed, typed, and working in an empty project with an empty HOME. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { has } from '../run/run-program.ts'
import { consumer, shared, type Unpacked } from './packed.ts'

let packed: Unpacked
beforeAll(async () => {
  packed = await shared(inject('packedAt'))
}, 300_000)

const consumers = 'test/release/consumers'
const slow = { timeout: 120_000 }

/** Runs a program in a project, as someone who has no settings. */
async function ran(project: { readonly path: string }, program: string, args: readonly string[]) {
  const { PATH } = process.env
  const env = {
    PATH,
    NO_COLOR: '1',
    HOME: project.path,
    XDG_STATE_HOME: join(project.path, 'state'),
  }
  const run = promisify(execFile)
  return run(program, [...args], { cwd: project.path, env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout, stderr }) => ({ code, stdout: `${stdout}${stderr}` }),
  )
}

async function project(name: string, tools: readonly string[] = []) {
  const made = await consumer(packed, name, tools)
  onTestFinished(() => made.remove())
  return made
}

const manifestOf = async () =>
  JSON.parse(await readFile(join(packed.folder, 'package.json'), 'utf8'))

describe('the package', () => {
  test('has nothing that publint minds', async () => {
    const { messages } = await publint({ pkgDir: packed.folder, strict: true, pack: false })
    const manifest = await manifestOf()
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([])
  })

  test('runs nothing when it is installed', async () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(await manifestOf())
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
  })

  test('has no tests, sources or foreign files', () => {
    const kinds = packed.files.map(({ path }) => path.replace(/\/.*/, ''))
    expect([...new Set(kinds)].sort()).toEqual([
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist',
      'docs',
      'package.json',
    ])
    expect(packed.files.filter(({ path }) => /node_modules|\/test\//.test(path))).toEqual([])
  })
})

describe('an empty project', () => {
  test.skipIf(!has('bash', 'curl'))(
    'runs a script by its own name, and the script enters',
    slow,
    async () => {
      const one = await project(`${consumers}/command`)
      const command = ['cloudflare-access-emulator', 'run', '--quiet', '--', 'bash', 'ask.sh']
      expect(await ran(one, 'npx', command)).toEqual({ code: 0, stdout: '200\n' })
    },
  )

  test('requires it from CommonJS', slow, async () => {
    const one = await project(`${consumers}/command`)
    expect(await ran(one, process.execPath, ['--no-warnings', 'required.cjs'])).toEqual({
      ...{ code: 0, stdout: '200\n' },
    })
  })

  test.each(['nodenext', 'bundler'])(
    'is checked with its types, libraries too, by %s',
    slow,
    async (resolution) => {
      const one = await project(`${consumers}/typescript`, ['typescript', 'vitest', '@types/node'])
      const tsc = join(one.path, 'node_modules', 'typescript', 'bin', 'tsc')
      expect(await ran(one, process.execPath, [tsc, '-p', `${resolution}.json`])).toEqual({
        ...{ code: 0, stdout: '' },
      })
    },
  )

  test('tests with the fixtures for Vitest', slow, async () => {
    const one = await project('docs/examples/vitest', ['vitest'])
    const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
    const { code, stdout } = await ran(one, process.execPath, [vitest, 'run'])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/Tests {2}4 passed/),
    })
  })
})
