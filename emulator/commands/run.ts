/** `access-emulator run -- CMD`: starts an emulator for one command, which reaches it under the real names. */
import { Command } from 'commander'
import { createEmulator } from '../instance/create.ts'
import type { Emulator } from '../instance/emulator.ts'
import type { SeedChange } from '../seeds/seed-changes.ts'
import { seedChangeText } from '../seeds/seed-changes.ts'
import { sayMadeToken } from './admin-token.ts'
import { flag } from './flag.ts'
import { type MappedFlags, mappedVariables, withMappedFlags } from './mapped.ts'
import { say } from './say.ts'
import { createSentenceLog } from './sentence-log.ts'
import { explained, optionsOf, type StartFlags, withStartFlags } from './start-flags.ts'

interface RunFlags extends StartFlags, MappedFlags {
  readonly keepEnv?: boolean
  readonly summary?: string
  readonly quiet?: boolean
}

/** @param preload path of the script that makes Node use the proxy */
export function runCommand(preload: string): Command {
  const command = new Command('run')
    .description('start an emulator, run a command that reaches it under the real names, and stop')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--port <n>', 'port to listen on, 0 for any', '0')
  return withMappedFlags(withStartFlags(command))
    .addOption(flag('--keep-env', 'keep Cloudflare variables that you have set'))
    .addOption(flag('--summary <file>', 'at the end, write what was refused and why as JSON'))
    .addOption(flag('--quiet', 'print no summary of the requests at the end'))
    .action((words: readonly string[], flags: RunFlags) => run(words, flags, preload))
}

async function run(
  [program = '', ...args]: readonly string[],
  flags: RunFlags,
  preload: string,
): Promise<void> {
  const [{ localTrust }, { environmentFor, notice }, { exitCodeOf, runChild }, { createTally }] =
    await Promise.all([
      import('./local-trust.ts'),
      import('./environment.ts'),
      import('./child.ts'),
      import('./summary/tally.ts'),
    ])
  const { files } = await localTrust(process.env)
  const tally = createTally()
  const log = createSentenceLog((text) => process.stderr.write(text))
  const options = {
    ...optionsOf(flags, log),
    onEntry: tally.add,
    ...(flags.watch === true ? { onSeedChange: sayChange } : {}),
  }
  const emulator = await createEmulator(options).catch(explained(flags))
  sayMadeToken(flags, options.adminToken)
  const account = emulator.accounts()[0]
  const change = environmentFor(process.env, {
    url: emulator.url,
    account,
    files,
    preload,
    keepEnv: flags.keepEnv === true,
    mapped: await orClosed(emulator, () => mappedVariables(flags, account)),
  })
  const replacedVariables = notice(process.env, change)
  if (replacedVariables !== undefined) say(replacedVariables)
  const ended = await runChild(program, args, { ...process.env, ...change })
  const { profile, seed } = await emulator.control.health()
  const accounts = emulator.accounts()
  await emulator.close()
  const exitCode = exitCodeOf(ended)
  if (ended.kind === 'not_started') {
    say(`cannot run ${program}: ${ended.reason}`)
    process.exit(exitCode)
  }
  const [{ reportOf }, { writeSummary }] = await Promise.all([
    import('./summary/report.ts'),
    import('./summary/write-summary.ts'),
  ])
  const isWritten = await writeSummary({
    report: reportOf(tally.counted(), { accounts, environment: process.env }),
    ...{ command: program, exitCode, profile, seed, say },
    file: flags.summary,
    quiet: flags.quiet === true,
    jobSummary: process.env.GITHUB_STEP_SUMMARY,
  })
  process.exit(isWritten ? exitCode : exitCode || 1)
}

/** On an error, closes the emulator first: while it listens, the process would not exit. */
async function orClosed<T>(emulator: Emulator, make: () => T): Promise<T> {
  try {
    return make()
  } catch (error) {
    await emulator.close()
    throw error
  }
}

/** On stderr: stdout is the command's. */
function sayChange(change: SeedChange): void {
  say(seedChangeText(change))
}
