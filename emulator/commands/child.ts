/** One program run in our stead: it has our terminal, gets our signals, and we outlive it. */
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
  // At a terminal it must stay in our group, or it could neither read from it nor open /dev/tty. Elsewhere a group of
  // its own lets a signal reach what it started, once.
  const atTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
  const ownGroup = !atTerminal && process.platform !== 'win32'
  return new Promise((resolve) => {
    let child: ChildProcess | undefined
    const pass = (signal: NodeJS.Signals) => {
      if (child?.pid === undefined || (atTerminal && fromTerminal.has(signal))) return
      try {
        process.kill(ownGroup ? -child.pid : child.pid, signal)
      } catch {
        // It has ended in the meantime.
      }
    }
    // Before it starts: the first that it does may be to have us told to stop.
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
  return code === 'ENOENT' ? 'there is no such command. Check its name and PATH.' : message
}

/** As a shell has it. */
export function exitCodeOf(ended: Ended): number {
  if (ended.kind === 'not_started') return ended.code === 'ENOENT' ? 127 : 126
  if (ended.kind === 'exited') return ended.code
  return 128 + constants.signals[ended.signal]
}
