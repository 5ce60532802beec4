/** The command `access-emulator`: arguments in, exit code out. */
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import { behavioursCommand } from './commands/behaviours.ts'
import { caCommand } from './commands/ca.ts'
import { doctorCommand } from './commands/doctor.ts'
import { envCommand } from './commands/env.ts'
import { modesCommand } from './commands/modes.ts'
import { runCommand } from './commands/run.ts'
import { startCommand } from './commands/start.ts'
import { OptionProblem } from './options.ts'
import { version } from './version.ts'

// The build puts it beside this command.
const preload = fileURLToPath(new URL('preload.cjs', import.meta.url))

const program = new Command('access-emulator')
  .description(
    'A local emulator of Cloudflare Access: its API, the edge in front of applications, and the team domain.',
  )
  .version(version)
  .exitOverride()
  .configureHelp({ helpWidth: 100 })
  .addCommand(startCommand(), { isDefault: true })
  .addCommand(runCommand(preload))
  .addCommand(envCommand(preload))
  .addCommand(caCommand())
  .addCommand(doctorCommand())
  .addCommand(modesCommand())
  .addCommand(behavioursCommand())
  .addHelpText(
    'after',
    `
Examples:
  access-emulator                              start with the seed "example"
  access-emulator start --seed ticket --json   start with the support ticket's account
  access-emulator start --profile observed     what real Cloudflare does
  access-emulator run -- bash my-script.sh     a script that calls https://api.cloudflare.com, unchanged
  access-emulator modes token-expired --set    break one thing in a running emulator

Exit codes: 0 done, 1 refused, 2 wrong use (one line on stderr says what and why).`,
  )

/** A command that inherits nothing would print usage, and its errors, in its own way. */
for (const command of program.commands) {
  command
    .exitOverride()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

/** As our own errors read: the guess at what was meant on the same line. */
function oneLine(text: string): string {
  return `${text
    .trim()
    .replace(/^error:/, 'access-emulator:')
    .replaceAll(/\s+/g, ' ')}\n`
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof OptionProblem) {
    process.stderr.write(`access-emulator: ${error.message}\n`)
    return 2
  }
  throw error
}
