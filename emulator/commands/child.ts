/** Runs one program in our place: it inherits our terminal, we forward signals to it, and we exit after it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'

export type Ended =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'not_started'; readonly code: string | undefined; readonly reason: string }

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH'] as const
/** A terminal sends these to every process in the foreground. */
const fromTerminal: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH'])

export function runChild(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  // At a terminal the child must stay in our process group, or it could neither read from it nor open /dev/tty.
  // Elsewhere a group of its own lets one signal reach everything that it started.
  const atTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
  const ownGroup = !atTerminal && process.platform !== 'win32'
  return new Promise((resolve) => {
    let child: ChildProcess | undefined
    const pass = (signal: NodeJS.Signals) => {
      if (child?.pid === undefined || (atTerminal && fromTerminal.has(signal))) return
      try {
        process.kill(ownGroup ? -child.pid : child.pid, signal)
      } catch {
        // The child has already exited.
      }
    }
    // Before the child starts: the first thing it does may be to signal us.
    for (const signal of passedOn) process.on(signal, pass)
    const end = (ended: Ended) => {
      for (const signal of passedOn) process.off(signal, pass)
      resolve(ended)
    }
    child = spawn(program, args, { env, stdio: 'inherit', detached: ownGroup })
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'not_started', code: error.code, reason: notStarted(error) }),
    )
    child.once('exit', (code, signal) =>
      end(signal === null ? { kind: 'exited', code: code ?? 1 } : { kind: 'killed', signal }),
    )
  })
}

function notStarted({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ENOENT' ? 'command not found. Check its name and PATH.' : message
}

/** The exit code that a shell would report. */
export function exitCodeOf(ended: Ended): number {
  if (ended.kind === 'not_started') return ended.code === 'ENOENT' ? 127 : 126
  if (ended.kind === 'exited') return ended.code
  return 128 + constants.signals[ended.signal]
}
