/** The command `access-emulator`: arguments in, exit code out. */
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import { OptionProblem } from './options.ts'
import { version } from './version.ts'

// The build puts it beside this command.
const preload = fileURLToPath(new URL('preload.cjs', import.meta.url))

/** Each command's code is loaded when it is asked for, or all of it for the help: start-up is a feature. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).startCommand(),
  run: async () => (await import('./commands/run.ts')).runCommand(preload),
  record: async () => (await import('./commands/record.ts')).recordCommand(preload),
  env: async () => (await import('./commands/env.ts')).envCommand(preload),
  ca: async () => (await import('./commands/ca.ts')).caCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  modes: async () => (await import('./commands/modes.ts')).modesCommand(),
  behaviours: async () => (await import('./commands/behaviours.ts')).behavioursCommand(),
}

/** Without a command, or with flags alone, `start` is meant. */
function asked(first = 'start'): readonly string[] {
  if (Object.hasOwn(commands, first)) return [first]
  // A word that is no command: all of them are there, so that the refusal guesses which one was meant.
  return /^(-h|--help|[^-].*)$/.test(first) ? Object.keys(commands) : ['start']
}

const program = new Command('access-emulator')
  .description(
    'A local emulator of Cloudflare Access: its API, the edge in front of applications, and the team domain.',
  )
  .version(version)
  .exitOverride()
  .configureHelp({ helpWidth: 100 })
  .addHelpText(
    'after',
    `
Examples:
  access-emulator                              start with the seed "example"
  access-emulator start --seed ticket --json   start with the support ticket's account
  access-emulator start --profile observed     what real Cloudflare does
  access-emulator run -- bash my-script.sh     a script that calls https://api.cloudflare.com, unchanged
  access-emulator record --out world.har -- terraform plan    what the real Cloudflare answers, to replay
  access-emulator modes token-expired --set    break one thing in a running emulator

Exit codes: 0 done, 1 refused, 2 wrong use (one line on stderr says what and why).`,
  )

const first = process.argv[2]
for (const name of asked(first)) {
  const command = await commands[name]?.()
  if (command === undefined) continue
  program.addCommand(command, { isDefault: name === 'start' && (first ?? '-').startsWith('-') })
}

/** A command that inherits nothing would print usage, and its errors, in its own way. */
for (const command of [program, ...program.commands]) {
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
