/** The command `access-emulator`. */
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import { OptionProblem } from '../world/option-problem.ts'
import { version } from '../world/version.ts'

// The build puts the script beside the folder of this command.
const preload = fileURLToPath(new URL('../preload.cjs', import.meta.url))

/** A command's code is loaded only when it is used, to start fast; the help loads all of them. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).startCommand(),
  run: async () => (await import('./run.ts')).runCommand(preload),
  summary: async () => (await import('./summary.ts')).summaryCommand(),
  record: async () => (await import('./record.ts')).recordCommand(preload),
  env: async () => (await import('./env.ts')).envCommand(preload),
  ca: async () => (await import('./ca.ts')).caCommand(),
  phone: async () => (await import('./phone.ts')).phoneCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  modes: async () => (await import('./modes.ts')).modesCommand(),
  behaviours: async () => (await import('./behaviours.ts')).behavioursCommand(),
}

/** The commands to load. Without a command, or with flags only, that is `start`. */
function commandsFor(first = 'start'): readonly string[] {
  if (Object.hasOwn(commands, first)) return [first]
  // An unknown command: load all, so that the error can suggest the one that was meant.
  return /^(-h|--help|[^-].*)$/.test(first) ? Object.keys(commands) : ['start']
}

const program = new Command('access-emulator')
  .description(
    'A local emulator of Cloudflare Access: its API, the edge in front of applications, and the team domain.',
  )
  .version(version)
  .addHelpText(
    'after',
    `
Examples:
  access-emulator                              start with the seed "example"
  access-emulator start --seed ticket --json   start with the account of the support ticket
  access-emulator start --profile observed     behave as real Cloudflare does
  access-emulator run -- bash my-script.sh     run an unchanged script that calls https://api.cloudflare.com
  access-emulator record --out recording.har -- terraform plan    record what real Cloudflare answers
  access-emulator modes token-expired --set    break one thing in a running emulator

Exit codes: 0 done, 1 refused, 2 wrong usage (one line on stderr says what and why).`,
  )

/** Subcommands inherit none of these settings. */
function settled(command: Command): Command {
  return command
    .exitOverride()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
}

async function main(first: string | undefined): Promise<void> {
  settled(program)
  for (const name of commandsFor(first)) {
    const command = await commands[name]?.()
    if (command === undefined) continue
    const isDefault = name === 'start' && (first ?? '-').startsWith('-')
    program.addCommand(settled(command), { isDefault })
  }
  try {
    await program.parseAsync()
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

/** Commander's error in the form of our own: one line, with its suggestion. */
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

// Not awaited: what a code cache can hold, a CommonJS bundle, has no top-level await.
void main(process.argv[2])
