/** The package as a stranger gets it: well-formed, typed, and working in an empty project with an empty HOME. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { has } from '../commands/run/run-program.ts'
import { consumer, shared, type Unpacked } from './packed.ts'

let packed: Unpacked
beforeAll(async () => {
  packed = await shared(inject('madeAt'))
}, 300_000)

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Bytes, by what is in the package: a little more than today. To raise one is a decision. */
const atMost: Readonly<Record<string, number>> = {
  'dist/command': 2_600_000,
  'dist/types': 850_000,
  docs: 260_000,
  others: 420_000,
}

/** What attw says of every package that has ES modules alone, and why that is no fault of this one. */
const ignored: Readonly<Record<string, string>> = {
  'NoResolution node10': 'it ignores `exports`, which Node itself has followed since version 12',
  'CJSResolvesToESM node16-cjs': 'the oldest Node that is supported can require ES modules',
}

/** This one, and those that `npm run test:nodes` has installed. */
const installed = new URL('../../node_modules/.cache/nodes/', import.meta.url)
const nodes = [
  { line: 'of this run', node: process.execPath },
  ...['20', '22', '24'].map((line) => ({
    line,
    node: fileURLToPath(new URL(`${line}/node_modules/node/bin/node`, installed)),
  })),
]

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

  test('has types that are not wrong, as attw sees them', slow, async () => {
    const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
    const args = [attw, packed.tarball, '--profile', 'esm-only', '--format', 'json']
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })
    const problem = z.object({ kind: z.string(), resolutionKind: z.string().optional() })
    const { analysis, problems } = z
      .object({
        problems: z.record(z.string(), z.array(problem)),
        analysis: z.object({ entrypoints: z.record(z.string(), z.unknown()) }),
      })
      .parse(JSON.parse(stdout))
    const found = Object.values(problems)
      .flat()
      .map(({ kind, resolutionKind = '' }) => `${kind} ${resolutionKind}`)
    expect([...new Set(found)].filter((each) => !(each in ignored))).toEqual([])
    const { exports } = z
      .object({ exports: z.record(z.string(), z.unknown()) })
      .parse(await manifestOf())
    expect(Object.keys(analysis.entrypoints).sort()).toEqual(Object.keys(exports).sort())
  })

  test('runs nothing when it is installed', async () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(await manifestOf())
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
  })

  test('is built files and pages about their use', () => {
    const places = packed.files.map(({ path }) => /^(dist\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? path)
    expect([...new Set(places)].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist',
      'dist/command',
      'dist/types',
      'docs',
      'package.json',
    ])
    const [code, declaration, page] = [
      /^dist\/.*\.c?js$/,
      /^dist\/types\/.*\.d\.ts$/,
      /^docs\/[\w-]+\.md$/,
    ]
    const others = packed.files.filter(
      ({ path }) =>
        path.includes('/') && ![code, declaration, page].some((kind) => kind.test(path)),
    )
    expect(others.map(({ path }) => path)).toEqual([
      'dist/openapi.json.gz',
      'dist/third-party-licences.txt',
    ])
  })

  test('fills no more than it needs to', () => {
    const sizes: Record<string, number> = {}
    for (const { path, size } of packed.files) {
      const place = /^(dist\/(types|command)|docs)(?=\/)/.exec(path)?.[0] ?? 'others'
      sizes[place] = (sizes[place] ?? 0) + size
    }
    const above = Object.entries(sizes).filter(([place, size]) => size > (atMost[place] ?? 0))
    expect(above, JSON.stringify(sizes)).toEqual([])
  })

  test('says everything that its README and pages lead to, or leads to the repository', async () => {
    const inPackage = new Set(packed.files.map(({ path }) => path))
    const pages = [...inPackage].filter((path) => path.endsWith('.md'))
    const missing: string[] = []
    for (const page of pages) {
      const text = await readFile(join(packed.folder, page), 'utf8')
      for (const [, link = ''] of text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)) {
        const path = posix.join(posix.dirname(page), link)
        // npm's page of the package leads there by the repository that package.json names; elsewhere, the reader does.
        if (!inPackage.has(path) && !existsSync(join(root, path))) missing.push(`${page}: ${link}`)
      }
    }
    expect(missing).toEqual([])
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

  test.skipIf(!has('bash', 'curl'))('passes the acceptance script', slow, async () => {
    const one = await project(`${consumers}/command`)
    const script = join(root, 'test', 'release', 'acceptance.sh')
    const asked = `bash '${script}' "$ACCESS_EMULATOR_URL"`
    const command = ['cloudflare-access-emulator', 'run', '--quiet', '--', 'bash', '-c', asked]
    expect(await ran(one, 'npx', command)).toEqual({
      code: 0,
      stdout: expect.stringMatching(/\naccepted\n$/),
    })
  })

  test.each(nodes)('requires it from CommonJS, by Node $line', slow, async ({ line, node }) => {
    if (!existsSync(node)) return console.warn(`Node ${line} is not installed: npm run test:nodes`)
    const one = await project(`${consumers}/command`)
    expect(await ran(one, node, ['--no-warnings', 'required.cjs'])).toEqual({
      ...{ code: 0, stdout: '200\n' },
    })
  })

  // nodenext, the stricter one, also checks the declarations themselves; the other shows that every entry resolves.
  test.each(['nodenext', 'bundler'])(
    'is checked with its types by %s',
    slow,
    async (resolution) => {
      const libraries = ['typescript', 'vitest', '@playwright/test', '@types/node']
      const one = await project(`${consumers}/typescript`, libraries)
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
