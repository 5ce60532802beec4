/** A reader's terminals: one shell for the page, and others for programs that go on running. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { heard } from '../support/command.ts'

export interface Ran {
  readonly code: number
  /** By its stdout and stderr. */
  readonly printed: string
}

export interface Terminals {
  /** Runs lines in the shell of the page. With `-e` it stops at the first that fails, and is closed then. */
  run(script: string, mode: '-e' | '+e'): Promise<Ran>
  /** Runs lines in a shell of their own, and goes on as soon as they have printed a line to stdout. */
  open(script: string): Promise<Opened>
  close(): Promise<void>
}

export interface Opened {
  /** Resolves with its stdout, as soon as that fits or the program has ended. */
  printedUntil(fits: (printed: string) => boolean): Promise<string>
}

interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** For the scripts, and what they print. */
  readonly scratch: string
}

export function openTerminals({ cwd, env, scratch }: Place): Terminals {
  const children: ChildProcess[] = []
  let count = 0

  function bash(args: readonly string[]) {
    const child = spawn('bash', ['--noprofile', '--norc', ...args], {
      cwd,
      env,
      // A process group of its own: ending that ends whatever was started in it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const closed = new Promise<number>((resolve) =>
      child.once('close', (code) => resolve(code ?? 1)),
    )
    children.push(child)
    return { child, closed }
  }

  async function written(script: string): Promise<string> {
    const path = join(scratch, `${++count}.sh`)
    await writeFile(path, script)
    return path
  }

  const { child: shell, closed: shellClosed } = bash([])
  const codes = createInterface({ input: shell.stdout })[Symbol.asyncIterator]()

  return {
    async run(script, mode) {
      const path = await written(script)
      shell.stdin.write(`set ${mode}; . ${path} </dev/null >${path}.out 2>&1; echo "$?"\n`)
      const { value, done } = await codes.next()
      const code = done === true ? await shellClosed : Number(value)
      return { code, printed: await readFile(`${path}.out`, 'utf8') }
    },
    async open(script) {
      const { child, closed } = bash(['-e', await written(script)])
      const { stdout, stderr } = heard(child)
      const until = (isEnough: () => boolean) =>
        new Promise<void>((resolve) => {
          const look = () => {
            if (isEnough()) resolve()
          }
          for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
          closed.then(() => resolve())
          look()
        })
      await until(() => stdout().includes('\n'))
      if (child.exitCode !== null) throw new Error(`It ended at once:\n${stdout()}${stderr()}`)
      return {
        printedUntil: async (fits) => {
          await until(() => fits(stdout()))
          return stdout()
        },
      }
    },
    async close() {
      await Promise.all(children.map(ended))
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  process.kill(-child.pid, 'SIGTERM')
  await closed
}
