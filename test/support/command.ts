/** The shipped command `access-emulator` in a child process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { accessEmulator } from './built.ts'

export interface Ready {
  readonly event: string
  readonly url: string
  readonly control: string
  readonly account_id: string | null
  readonly api_token: string | null
  readonly profile: string
  readonly seed: string
}

export interface Running {
  readonly ready: Ready
  readonly child: ChildProcess
  /** All of stdout and stderr so far. */
  stdout(): string
  stderr(): string
  /** Stops it and resolves to its exit code (null if killed by the signal). */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Starting {
  readonly env?: Readonly<Record<string, string>>
  /** The program and the arguments before the command's own. Default: this Node. */
  readonly through?: readonly string[]
}

/** Without any variable of the caller's that would be a flag. */
function environment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ACCESS_EMULATOR_'))
  return { ...Object.fromEntries(kept), ...added }
}

function launched(args: readonly string[], { env, through = [process.execPath] }: Starting) {
  const [program = process.execPath, ...before] = through
  const child = spawn(program, [...before, accessEmulator, ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, ...heard(child) }
}

/** All that a child has written so far. */
export function heard({
  stdout,
  stderr,
}: {
  readonly stdout: Readable
  readonly stderr: Readable
}) {
  const collected = (stream: Readable) => {
    let all = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      all += text
    })
    return () => all
  }
  return { stdout: collected(stdout), stderr: collected(stderr) }
}

/** Runs `start --port 0 --json` with more arguments. Rejects with its stderr if it exits instead. */
export async function startCommand(
  args: readonly string[],
  starting: Starting = {},
): Promise<Running> {
  const { child, ended, stdout, stderr } = launched(
    ['start', '--port', '0', '--json', ...args],
    starting,
  )
  const line = await Promise.race([
    new Promise<string>((resolve) => {
      if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve)
    }),
    ended,
  ])
  if (typeof line !== 'string') throw new Error(`It ended with ${line}:\n${stderr()}`)
  return {
    ready: JSON.parse(line) as Ready,
    child,
    stdout,
    stderr,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs it to its end. A command that starts to serve is stopped, so that the test can fail. */
export async function runCommand(args: readonly string[], starting: Starting = {}): Promise<Ended> {
  const { child, ended, stdout, stderr } = launched(args, starting)
  child.stdout?.once('data', (text: string) => {
    if (text.includes('http://')) child.kill('SIGKILL')
  })
  const code = await ended
  return { code, stdout: stdout(), stderr: stderr() }
}
