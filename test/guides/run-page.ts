/** Follows a page as its reader would: an empty folder, an empty HOME, the packed package, the page's own lines in order. */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { consumer, shared } from '../release/packed.ts'
import { matches, type Page, readPage, type Step, stepOf } from './page.ts'
import { freePorts, portVariable, withAddress, withPorts } from './ports.ts'
import { type Opened, openTerminals, type Terminals } from './terminals.ts'

export interface Reader {
  /** Packages that the page's reader has beside ours, from this repository's devDependencies. */
  readonly tools?: readonly string[]
  /** The folder that has these packages; those that it has not are this repository's. */
  readonly toolsFrom?: string
  /** Programs without which nothing of the page runs. */
  readonly needs?: readonly string[]
  /** What this machine needs, such as where its browser is. */
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds for the whole page. */
  readonly timeout?: number
  /** What else is tried with the page's files, after its last block. */
  readonly afterwards?: (project: Followed) => Promise<void>
}

export interface Followed {
  /** The reader's project, with the files of the page. */
  readonly folder: string
  /** Runs lines in the shell of the page. */
  readonly run: Terminals['run']
}

/** One test: the page's files are written, its commands run, and what they print is what the page shows. */
export function testPage(name: string, reader: Reader = {}): void {
  const page = readPage(name)
  const { needs = [], timeout = 120_000 } = reader
  beforeAll(() => shared(inject('madeAt')).then(() => {}), 600_000)
  test(`${page.path} does what it says`, { timeout }, async ({ skip }) => {
    const missing = lacking(['bash', 'curl', ...needs])
    if (missing.length > 0) console.warn(`${page.path} is not run: no ${missing.join(', ')} here`)
    skip(missing.length > 0)
    await runPage(page, reader)
  })
}

const lacking = (programs: readonly string[]) =>
  programs.filter((each) => spawnSync('sh', ['-c', `command -v ${each}`]).status !== 0)

/** @throws if a command fails, or prints what the page does not show */
export async function runPage(
  page: Page,
  { tools = [], toolsFrom, env = {}, afterwards }: Reader = {},
): Promise<void> {
  const steps = page.blocks.map((block) => stepOf(block, page.path))
  const project = await consumer(await shared(inject('madeAt')), undefined, tools, toolsFrom)
  const reader = await mkdtemp(join(tmpdir(), 'reader-'))
  const [home, scratch] = [join(reader, 'home'), join(reader, 'scratch')]
  await Promise.all([mkdir(home), mkdir(scratch)])
  const ports = await freePorts(page.blocks.map(({ text }) => text))
  const terminals = openTerminals({
    ...{ cwd: project.path, scratch },
    env: {
      ...{ PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', NO_COLOR: '1' },
      // npx would ask the registry for a newer npm.
      ...{ npm_config_update_notifier: 'false', ...portVariable(ports), ...env },
    },
  })
  onTestFinished(async () => {
    await terminals.close()
    await project.remove()
    await rm(reader, { recursive: true, force: true })
  })

  let last: string | Opened | undefined
  for (const step of steps) {
    const { block } = step
    const at = `${page.path}:${block.line}`
    if (step.kind === 'not-run') {
      console.info(`${at} is not run: ${step.reason}`)
      last = undefined
    } else if (step.kind === 'file') {
      const path = join(project.path, step.file)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, withPorts(block.text, ports))
    } else if (step.kind === 'output') {
      if (last === undefined) continue
      const shown = withPorts(block.text, ports)
      const fits = (printed: string) => matches(printed, shown)
      const printed = typeof last === 'string' ? last : await last.printedUntil(fits)
      if (!fits(printed)) expect(printed, `${at}: what was printed`).toBe(shown)
    } else {
      const missing = lacking(block.values.get('needs')?.split(',') ?? [])
      if (missing.length > 0) console.warn(`${at} is not run: no ${missing.join(', ')} here`)
      const script = withAddress(block.text, ports)
      last = missing.length > 0 ? undefined : await perform({ ...step, script, at }, terminals)
    }
  }
  await afterwards?.({ folder: project.path, run: terminals.run })
}

async function perform(
  { kind, block, script, at }: Step & { readonly script: string; readonly at: string },
  terminals: Terminals,
): Promise<string | Opened> {
  if (kind === 'terminal') return terminals.open(script)
  const expected = Number(block.values.get('exit') ?? 0)
  const { code, printed } = await terminals.run(script, expected === 0 ? '-e' : '+e')
  if (code !== expected) throw new Error(`${at} ended with ${code}:\n${printed}`)
  return printed
}
