/** `access-emulator run -- CMD`: an emulator for as long as one program runs, which reaches it under the real names. */
import { Command } from 'commander'
import { createEmulator } from '../index.ts'
import { explained, flag, optionsOf, type StartFlags, withStartFlags } from './start-flags.ts'

interface Flags extends StartFlags {
  readonly keepEnv?: boolean
}

/** `preload`: the script that makes Node follow the proxy. */
export function runCommand(preload: string): Command {
  const command = new Command('run')
    .description('start an emulator, run a command that reaches it under the real names, stop')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--port <n>', 'port to listen on, 0 for any', '0')
  return withStartFlags(command)
    .addOption(flag('--keep-env', 'leave Cloudflare variables that are set', 'KEEP_ENV'))
    .action((words: readonly string[], flags: Flags) => run(words, flags, preload))
}

async function run(
  [program = '', ...args]: readonly string[],
  flags: Flags,
  preload: string,
): Promise<void> {
  const [{ localTrust }, { environmentFor, withheld }, { exitCodeOf, runChild }] =
    await Promise.all([
      import('./local-trust.ts'),
      import('./environment.ts'),
      import('./child.ts'),
    ])
  const { files } = await localTrust(process.env)
  const emulator = await createEmulator(optionsOf(flags)).catch(explained(flags))
  const change = environmentFor(process.env, {
    url: emulator.url,
    account: emulator.accounts()[0],
    files,
    preload,
    keepEnv: flags.keepEnv === true,
  })
  const names = withheld(process.env, change)
  if (names.length > 0) {
    say(`${names.join(', ')}: yours, not handed to the command (--keep-env hands them on).`)
  }
  const ended = await runChild(program, args, { ...process.env, ...change })
  await emulator.close()
  if (ended.kind === 'not_started') say(`cannot run ${program}: ${ended.reason}`)
  process.exit(exitCodeOf(ended))
}

function say(message: string): void {
  process.stderr.write(`access-emulator: ${message}\n`)
}
