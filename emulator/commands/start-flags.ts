/** The flags shared by `start` and `run`; each has an environment variable (emulator-start). */
import { type Command, Option } from 'commander'
import {
  type EmulatorOptions,
  readBehaviour,
  readOrigin,
  readProfile,
  readWorker,
} from '../instance/options.ts'
import { hasPassword } from '../state/places.ts'
import type { Log } from '../world/log.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { type AdminTokenFlags, adminTokenFor, say, withAdminToken } from './admin-token.ts'

export interface StartFlags extends AdminTokenFlags {
  readonly port: string
  readonly host: string
  readonly profile: string
  readonly set: readonly string[]
  readonly seed: string
  readonly watch?: boolean
  readonly replay?: string
  readonly at?: string
  readonly entropy?: string
  readonly freshKeys?: boolean
  readonly origin: readonly string[]
  readonly worker: readonly string[]
  readonly apiHost: readonly string[]
  readonly passthrough: readonly string[]
  readonly proxyClients: string
  readonly country: string
  readonly state?: string
  readonly shared?: boolean
  readonly publicSecrets?: boolean
}

/** A flag that can also be set by `ACCESS_EMULATOR_${variable}`. */
export function flag(flags: string, about: string, variable: string): Option {
  return new Option(flags, about).env(declared(`ACCESS_EMULATOR_${variable}`, flags))
}

/** The same for a flag that may be repeated; its variable holds the values separated by spaces. */
export function repeated(flags: string, about: string, variable: string): Option {
  return flag(flags, about, variable)
    .default([], 'none')
    .argParser((text: string, before: readonly string[]) => [...before, ...text.split(/\s+/)])
}

/** Adds every flag but `--port` and `--json`. */
export function withStartFlags(command: Command): Command {
  return withAdminToken(command)
    .addOption(flag('--host <address>', 'address to listen on', 'HOST').default('127.0.0.1'))
    .addOption(
      flag(
        '--profile <name>',
        'which behaviour to emulate: expected, observed or strict',
        'PROFILE',
      ).default('expected'),
    )
    .addOption(repeated('--set <behaviour=value>', 'change one behaviour; may be repeated', 'SET'))
    .addOption(
      flag('--seed <name|file>', 'example, ticket, empty, or a YAML or JSON file', 'SEED').default(
        'example',
      ),
    )
    .addOption(
      flag(
        '--watch',
        'apply the seed file again whenever it changes: accounts become what it says, people stay signed in; an invalid file changes nothing',
        'WATCH',
      ),
    )
    .addOption(
      flag('--replay <har>', 'answer from this recording where it has an answer', 'REPLAY'),
    )
    .addOption(
      flag(
        '--at <iso>',
        'freeze the clock at this time; with a trailing +, let it run from there',
        'AT',
      ),
    )
    .addOption(
      flag(
        '--entropy <text>',
        'text that ids, secrets and keys derive from; the same text gives the same ones',
        'ENTROPY',
      ),
    )
    .addOption(flag('--fresh-keys', 'generate new signing keys', 'FRESH_KEYS'))
    .addOption(
      repeated(
        '--origin <host=url>',
        'forward requests for HOST to this http, https or h2c URL (h2c: HTTP/2 without TLS, as for gRPC), or connections of `cloudflared access tcp` to this tcp, ssh, rdp or smb URL; may be repeated',
        'ORIGIN',
      ),
    )
    .addOption(
      repeated(
        '--worker <host=worker>',
        'treat HOST as a Worker, by the worker_id of destinations; WORKER:preview for a preview deployment; may be repeated',
        'WORKER',
      ),
    )
    .addOption(
      repeated(
        '--api-host <name>',
        'serve the API under this name too; may be repeated',
        'API_HOST',
      ),
    )
    .addOption(
      repeated(
        '--passthrough <name>',
        'let the HTTP proxy connect to this real host, or *.NAME; private addresses must be named as an address or network (10.1.2.3, 10.0.0.0/8); may be repeated',
        'PASSTHROUGH',
      ),
    )
    .addOption(
      flag(
        '--proxy-clients <who>',
        'who may use the HTTP proxy: loopback or any',
        'PROXY_CLIENTS',
      ).default('loopback'),
    )
    .addOption(
      flag('--country <code>', 'country of clients, two letters; XX is unknown', 'COUNTRY').default(
        'XX',
      ),
    )
    .addOption(
      flag(
        '--state <place>',
        'keep objects, behaviours, faults and modes in this folder, or in a database (postgres://…), but not the clock and the journal',
        'STATE',
      ),
    )
    .on('option:state', (place: string) => {
      if (hasPassword(place)) {
        say(
          'every user of this machine can see the password of --state in the process list. Use PGPASSWORD, ~/.pgpass or ACCESS_EMULATOR_STATE instead.',
        )
      }
    })
}

/** Returns the variable's name; unsets it if it is empty, or a switch that says no, since compose files pass both on. */
function declared(variable: string, flags: string): string {
  const value = process.env[variable]
  const isSwitch = !flags.includes('<')
  if (value === '' || (isSwitch && /^(0|false|no|off)$/i.test(value ?? ''))) {
    delete process.env[variable]
  }
  return variable
}

export function optionsOf(flags: StartFlags, log: Log): EmulatorOptions {
  const adminToken = adminTokenFor(flags)
  return {
    profile: readProfile(flags.profile),
    behaviours: Object.assign({}, ...flags.set.map(readBehaviour)),
    seed: flags.seed,
    origins: Object.assign({}, ...flags.origin.map(readOrigin)),
    workers: Object.assign({}, ...flags.worker.map(readWorker)),
    apiHosts: flags.apiHost,
    passthrough: flags.passthrough,
    proxyClients: readProxyClients(flags.proxyClients),
    country: readCountry(flags.country),
    host: flags.host,
    port: readPort(flags.port),
    log,
    ...(flags.freshKeys === true ? { freshKeys: true } : {}),
    ...(flags.shared === true ? { shared: true } : {}),
    ...(flags.publicSecrets === true ? { publicSecrets: true } : {}),
    ...(flags.replay === undefined ? {} : { replay: flags.replay }),
    ...(flags.at === undefined ? {} : { at: flags.at }),
    ...(flags.entropy === undefined ? {} : { entropy: flags.entropy }),
    ...(flags.state === undefined ? {} : { state: flags.state }),
    ...(adminToken === undefined ? {} : { adminToken }),
  }
}

export function readPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new OptionProblem(`"${text}" is not a port. Give --port a number from 0 to 65535.`)
}

function readCountry(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9]$/.test(text)) return text.toUpperCase()
  throw new OptionProblem(
    `"${text}" is not a country code. Give --country two letters, such as DE.`,
  )
}

function readProxyClients(text: string): 'loopback' | 'any' {
  if (text === 'loopback' || text === 'any') return text
  throw new OptionProblem(`--proxy-clients takes loopback or any, not "${text}".`)
}

/** Not permitted, not an address of this machine, no such name, no DNS server reached. */
const unusableAddress: readonly string[] = ['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']

/** Turns an error at start into an OptionProblem that says which flag to change; rethrows any other error. */
export function explained(flags: Pick<StartFlags, 'host' | 'port'>) {
  return async (error: unknown): Promise<never> => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const where = `${flags.host}:${flags.port}`
    if (code === 'EADDRINUSE') {
      const { holderOf } = await import('./port-holder.ts')
      const holder = await holderOf(flags.host, Number(flags.port))
      const by = holder === undefined ? '' : ` by ${holder}`
      throw new OptionProblem(
        `${where} is in use${by}. Stop what listens there, or choose another --port (0 for any).`,
      )
    }
    if (typeof code === 'string' && unusableAddress.includes(code)) {
      throw new OptionProblem(
        `Cannot listen on ${where} (${code}). Choose another --host or --port.`,
      )
    }
    if (error instanceof RangeError) throw new OptionProblem(error.message)
    throw error
  }
}
