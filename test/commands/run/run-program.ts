/** The shipped `access-emulator run` around a program: the program's output and exit. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { accessEmulator } from '../../support/built.ts'
import { heard } from '../../support/command.ts'

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  /** Added to the environment of this process; undefined takes away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly input?: string
  /** What stands before Node: a program that runs it. */
  readonly before?: readonly string[]
}

/** The caller's variables that the command reads, or that would configure a tool in place of the test. */
const ours =
  /^(ACCESS_EMULATOR_|GITHUB_STEP_SUMMARY$|CLOUDFLARE_|CF_|NODE_OPTIONS$|NODE_TLS_REJECT_UNAUTHORIZED$|(https?|all|no)_proxy$)/i

/** Runs the command to its end, with a state folder of this test's own. */
export async function command(
  args: readonly string[],
  { env, cwd, input = '', before = [] }: Surroundings = {},
): Promise<Ran> {
  const started = start(args, {
    ...(cwd === undefined ? {} : { cwd }),
    before,
    env: { XDG_STATE_HOME: await folder(), ...env },
  })
  started.child.stdin?.end(input)
  return await started.ended
}

/** The same, while it still runs. */
export function start(
  args: readonly string[],
  { env, cwd, before = [] }: Surroundings,
): { readonly child: ChildProcess; readonly ended: Promise<Ran> } {
  const inherited = Object.entries(process.env).filter(([name]) => !ours.test(name))
  const [program = process.execPath, ...rest] = [
    ...before,
    process.execPath,
    accessEmulator,
    ...args,
  ]
  const child = spawn(program, rest, {
    env: { ...Object.fromEntries(inherited), ...env },
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const { stdout, stderr } = heard(child)
  child.stdin.on('error', () => {})
  const ended = new Promise<Ran>((resolve) =>
    child.once('close', (code, signal) =>
      resolve({ code, signal, stdout: stdout(), stderr: stderr() }),
    ),
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return { child, ended }
}

/** `run FLAGS -- PROGRAM`. */
export function through(
  flags: readonly string[],
  program: readonly string[],
  surroundings: Surroundings = {},
): Promise<Ran> {
  return command(['run', ...flags, '--', ...program], surroundings)
}

/** A folder that is gone after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'run-'))
  // Again if it is not empty: programs that were just killed may still be ending.
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 5 }))
  return path
}

/** Whether all of these can be run; says which cannot. */
export function has(...tools: readonly string[]): boolean {
  const missing = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  if (missing.length > 0) console.info(`Not run: there is no ${missing.join(', ')} here.`)
  return missing.length === 0
}
