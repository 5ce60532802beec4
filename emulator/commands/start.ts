/** `access-emulator start`: run until told to stop. */
import { Command, Option } from 'commander'
import { createEmulator, type Emulator } from '../index.ts'
import {
  type EmulatorOptions,
  OptionProblem,
  readBehaviour,
  readOrigin,
  readProfile,
} from '../options.ts'
import { greeting } from './greeting.ts'
import { createLog } from './log.ts'

interface StartFlags {
  readonly port: string
  readonly host: string
  readonly profile: string
  readonly set: readonly string[]
  readonly seed: string
  readonly at?: string
  readonly entropy?: string
  readonly freshKeys?: boolean
  readonly origin: readonly string[]
  readonly apiHost: readonly string[]
  readonly state?: string
  readonly adminToken?: string
  readonly json?: boolean
}

export function startCommand(): Command {
  const option = (flags: string, about: string, variable: string) =>
    new Option(flags, about).env(declared(`ACCESS_EMULATOR_${variable}`, flags))
  const many = (flags: string, about: string, variable: string) =>
    option(flags, about, variable)
      .default([], 'none')
      .argParser((text: string, before: readonly string[]) => [...before, ...text.split(/\s+/)])
  return new Command('start')
    .description('start the emulator (the default command)')
    .addOption(option('--port <n>', 'port to listen on, 0 for any', 'PORT').default('7788'))
    .addOption(option('--host <address>', 'address to listen on', 'HOST').default('127.0.0.1'))
    .addOption(
      option('--profile <name>', 'which world: expected, observed or strict', 'PROFILE').default(
        'expected',
      ),
    )
    .addOption(many('--set <behaviour=value>', 'change one behaviour; may be repeated', 'SET'))
    .addOption(
      option(
        '--seed <name|file>',
        'example, ticket, empty, or a YAML or JSON file',
        'SEED',
      ).default('example'),
    )
    .addOption(option('--at <iso>', 'freeze the clock there; with a trailing + let it run', 'AT'))
    .addOption(option('--entropy <text>', 'what ids, secrets and keys derive from', 'ENTROPY'))
    .addOption(option('--fresh-keys', 'generate signing keys at start', 'FRESH_KEYS'))
    .addOption(
      many('--origin <host=url>', 'where requests to a host go; may be repeated', 'ORIGIN'),
    )
    .addOption(many('--api-host <name>', 'another name of the API; may be repeated', 'API_HOST'))
    .addOption(option('--state <dir>', 'keep the state in a folder', 'STATE'))
    .addOption(
      option('--admin-token <token>', 'what the control API wants outside loopback', 'ADMIN_TOKEN'),
    )
    .addOption(option('--json', 'print one line of JSON once it can answer', 'JSON'))
    .action(start)
}

/** The name of a variable. One that is empty counts as absent, and so does a switch that says no: compose files hand both on. */
function declared(variable: string, flags: string): string {
  const value = process.env[variable]
  const isSwitch = !flags.includes('<')
  if (value === '' || (isSwitch && /^(0|false|no|off)$/i.test(value ?? ''))) {
    delete process.env[variable]
  }
  return variable
}

async function start(flags: StartFlags): Promise<void> {
  const starting = createEmulator(optionsOf(flags)).catch(explained(flags))
  // Before anything is said: who waits for the line may stop it at once.
  const stop = async () => {
    await (await starting).close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const emulator = await starting
  // A state folder keeps the seed that it was made from.
  const { profile, seed } = await emulator.control.health()
  if (flags.json) process.stdout.write(`${JSON.stringify(readiness(emulator, profile, seed))}\n`)
  else process.stdout.write(greeting(emulator, { profile, seed }))
}

function optionsOf(flags: StartFlags): EmulatorOptions {
  const port = Number(flags.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new OptionProblem(`"${flags.port}" is no port. Give --port a number from 0 to 65535.`)
  }
  return {
    profile: readProfile(flags.profile),
    behaviours: Object.assign({}, ...flags.set.map(readBehaviour)),
    seed: flags.seed,
    origins: Object.assign({}, ...flags.origin.map(readOrigin)),
    apiHosts: flags.apiHost,
    host: flags.host,
    port,
    freshKeys: flags.freshKeys === true,
    log: createLog(),
    ...(flags.at === undefined ? {} : { at: flags.at }),
    ...(flags.entropy === undefined ? {} : { entropy: flags.entropy }),
    ...(flags.state === undefined ? {} : { state: flags.state }),
    ...(flags.adminToken === undefined ? {} : { adminToken: flags.adminToken }),
  }
}

/** `{"event":"ready", …}`: what a script needs to go on. */
function readiness(emulator: Emulator, profile: string, seed: string) {
  const account = emulator.accounts()[0]
  return {
    event: 'ready',
    url: emulator.url,
    control: `${emulator.url}/__access`,
    account_id: account?.id ?? null,
    api_token: account?.api_token ?? null,
    profile,
    seed,
  }
}

function explained(flags: StartFlags) {
  return (error: unknown): never => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const where = `${flags.host}:${flags.port}`
    if (code === 'EADDRINUSE') {
      throw new OptionProblem(
        `${where} is in use. Stop what listens there, or give --port another number (0 for any).`,
      )
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new OptionProblem(
        `Cannot listen on ${where} (${code}). Choose another --host or --port.`,
      )
    }
    if (error instanceof RangeError) throw new OptionProblem(error.message)
    throw error
  }
}
