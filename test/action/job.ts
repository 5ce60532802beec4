/** Runs a job of a workflow as GitHub's runner does, step by step: inputs, environment files, outputs, masks, posts. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))
const action = join(root, 'action')
const texts = z.record(z.string(), z.coerce.string())

export const workflow = z.object({
  jobs: z.record(
    z.string(),
    z.object({
      steps: z.array(
        z.object({
          id: z.string().optional(),
          name: z.string().optional(),
          uses: z.string().optional(),
          with: texts.default({}),
          env: texts.default({}),
          run: z.string().optional(),
        }),
      ),
    }),
  ),
})
type Step = z.output<typeof workflow>['jobs'][string]['steps'][number]

export interface RanStep {
  readonly name: string
  readonly code: number
  /** What it printed, as the job's log shows it: with masked values as `***`. */
  readonly log: string
}

export interface RanJob {
  readonly steps: readonly RanStep[]
  /** The job's summary, Markdown. */
  readonly summary: string
}

type Environment = Record<string, string>

/** `NAME<<END`, lines, `END`: the form that may hold anything. */
function valuesIn(file: string): Environment {
  return Object.fromEntries(
    [...file.matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(([, name = '', , value = '']) => [
      name,
      value,
    ]),
  )
}

async function manifestOf(path: string) {
  const manifest = z.object({
    inputs: z.record(z.string(), z.object({ default: z.string() })),
    outputs: z.record(z.string(), z.unknown()),
    runs: z.object({ main: z.string(), post: z.string() }),
  })
  return manifest.parse(parse(await readFile(join(path, 'action.yml'), 'utf8')))
}

/** @param folder an empty one; the job's workspace and temporary folder are made in it */
export async function runJob(steps: readonly Step[], folder: string): Promise<RanJob> {
  const { inputs, outputs, runs } = await manifestOf(action)
  const [workspace, temp] = [join(folder, 'workspace'), join(folder, 'temp')]
  const modules = join(workspace, 'node_modules')
  await Promise.all([modules, temp].map((each) => mkdir(each, { recursive: true })))
  // As a project that depends on this package has it.
  await symlink(root, join(modules, 'cloudflare-access-emulator'))
  const files = Object.fromEntries(
    ['ENV', 'OUTPUT', 'STATE', 'STEP_SUMMARY'].map((name) => [
      `GITHUB_${name}`,
      join(temp, name.toLowerCase()),
    ]),
  )
  await Promise.all(Object.values(files).map((file) => writeFile(file, '')))
  const contents = async (name: string) => readFile(files[`GITHUB_${name}`] ?? '', 'utf8')

  const exported: Environment = {}
  const given = new Map<string, Environment>()
  const masks = new Set<string>()
  const expanded = (template: string) =>
    template.replaceAll(
      /\$\{\{ steps\.(\w+)\.outputs\.(\w+) \}\}/g,
      (_, id: string, output: string) => given.get(id)?.[output] ?? '',
    )
  const base: Environment = {
    ...{ PATH: process.env.PATH ?? '', HOME: folder, XDG_STATE_HOME: join(folder, 'state') },
    ...{ RUNNER_TEMP: temp, GITHUB_WORKSPACE: workspace, GITHUB_ACTIONS: 'true', CI: 'true' },
  }

  const ran = async (name: string, argv: readonly string[], more: Environment) => {
    const [program = '', ...args] = argv
    const child = spawn(program, args, {
      cwd: workspace,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...base, ...exported, ...files, ...more },
    })
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? 1))),
    ])
    for (const [, value = ''] of stdout.matchAll(/^::add-mask::(.*)$/gm)) masks.add(value)
    let log = (stdout + stderr).replaceAll(/^::add-mask::.*\n/gm, '')
    for (const value of masks) log = log.replaceAll(value, '***')
    Object.assign(exported, valuesIn(await contents('ENV')))
    return { name, code, log }
  }

  const done: RanStep[] = []
  let post: Environment | undefined
  for (const [place, step] of steps.entries()) {
    const name = step.name ?? step.uses ?? `step ${place + 1}`
    if (step.uses?.startsWith('actions/') || done.some(({ code }) => code !== 0)) continue
    if (step.run !== undefined) {
      const env = Object.fromEntries(
        Object.entries(step.env).map(([variable, value]) => [variable, expanded(value)]),
      )
      done.push(await ran(name, ['bash', '-e', '-c', expanded(step.run)], env))
      continue
    }
    const unknown = Object.keys(step.with).filter((each) => inputs[each] === undefined)
    if (unknown.length > 0) throw new Error(`the action has no input ${unknown.join(', ')}`)
    const values = Object.entries(inputs).map(([input, { default: otherwise }]) => [
      `INPUT_${input.toUpperCase()}`,
      expanded(step.with[input] ?? otherwise),
    ])
    done.push(
      await ran(name, [process.execPath, join(action, runs.main)], Object.fromEntries(values)),
    )
    const set = valuesIn(await contents('OUTPUT'))
    const undeclared = Object.keys(set).filter((each) => !(each in outputs))
    if (undeclared.length > 0) throw new Error(`undeclared outputs: ${undeclared.join(', ')}`)
    if (step.id !== undefined) given.set(step.id, set)
    post = Object.fromEntries(
      Object.entries(valuesIn(await contents('STATE'))).map(([key, value]) => [
        `STATE_${key}`,
        value,
      ]),
    )
  }
  if (post !== undefined) {
    done.push(await ran('post', [process.execPath, join(action, runs.post)], post))
  }
  return { steps: done, summary: await contents('STEP_SUMMARY') }
}
