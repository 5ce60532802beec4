/** The flags of an emulator's start, shared by `start` and `run`; each has an environment variable (emulator-start). */
import { type Command, Option } from 'commander'
import type { Log } from '../log.ts'
import {
  type EmulatorOptions,
  OptionProblem,
  readBehaviour,
  readOrigin,
  readProfile,
  readWorker,
} from '../options.ts'
import { type AdminTokenFlags, adminTokenFor, withAdminToken } from './admin-token.ts'

export interface StartFlags extends AdminTokenFlags {
  readonly port: string
  readonly host: string
  readonly profile: string
  readonly set: readonly string[]
  readonly seed: string
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
}

/** A flag and its variable. */
export function flag(flags: string, about: string, variable: string): Option {
  return new Option(flags, about).env(declared(`ACCESS_EMULATOR_${variable}`, flags))
}

/** The same for a flag that may be repeated; its variable holds the values with spaces between. */
export function repeated(flags: string, about: string, variable: string): Option {
  return flag(flags, about, variable)
    .default([], 'none')
    .argParser((text: string, before: readonly string[]) => [...before, ...text.split(/\s+/)])
}

/** Adds them all but `--port` and `--json`. */
export function withStartFlags(command: Command): Command {
  return withAdminToken(command)
    .addOption(flag('--host <address>', 'address to listen on', 'HOST').default('127.0.0.1'))
    .addOption(
      flag('--profile <name>', 'which world: expected, observed or strict', 'PROFILE').default(
        'expected',
      ),
    )
    .addOption(repeated('--set <behaviour=value>', 'change one behaviour; may be repeated', 'SET'))
    .addOption(
      flag('--seed <name|file>', 'example, ticket, empty, or a YAML or JSON file', 'SEED').default(
        'example',
      ),
    )
    .addOption(flag('--replay <har>', 'answer what this recording answers, as it did', 'REPLAY'))
    .addOption(flag('--at <iso>', 'freeze the clock there; with a trailing + let it run', 'AT'))
    .addOption(flag('--entropy <text>', 'what ids, secrets and keys derive from', 'ENTROPY'))
    .addOption(flag('--fresh-keys', 'generate signing keys at start', 'FRESH_KEYS'))
    .addOption(
      repeated(
        '--origin <host=url>',
        'where requests to a host go: an http, https or h2c URL (h2c: HTTP/2 without TLS, as for gRPC); may be repeated',
        'ORIGIN',
      ),
    )
    .addOption(
      repeated(
        '--worker <host=worker>',
        'which Worker a host is, by the worker_id of destinations; WORKER:preview for a preview deployment; may be repeated',
        'WORKER',
      ),
    )
    .addOption(
      repeated('--api-host <name>', 'another name of the API; may be repeated', 'API_HOST'),
    )
    .addOption(
      repeated(
        '--passthrough <name>',
        'let the HTTP proxy out to this host, or *.NAME; to private addresses only where one names them (10.1.2.3, 10.0.0.0/8); may be repeated',
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
      flag('--country <code>', 'where clients are, two letters; XX is unknown', 'COUNTRY').default(
        'XX',
      ),
    )
    .addOption(
      flag(
        '--state <dir>',
        'keep objects, behaviours, faults and modes in a folder; not the clock and the journal',
        'STATE',
      ),
    )
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
    freshKeys: flags.freshKeys === true,
    log,
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
  throw new OptionProblem(`"${text}" is no port. Give --port a number from 0 to 65535.`)
}

function readCountry(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9]$/.test(text)) return text.toUpperCase()
  throw new OptionProblem(`"${text}" is no country. Give --country two letters, such as DE.`)
}

function readProxyClients(text: string): 'loopback' | 'any' {
  if (text === 'loopback' || text === 'any') return text
  throw new OptionProblem(`--proxy-clients takes loopback or any, not "${text}".`)
}

/** No right to it, not of this machine, no such name, nobody to ask for the name. */
const unusableAddress: readonly string[] = ['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']

/** What keeps an emulator from starting, in words for whoever chose the flags. */
export function explained(flags: Pick<StartFlags, 'host' | 'port'>) {
  return async (error: unknown): Promise<never> => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const where = `${flags.host}:${flags.port}`
    if (code === 'EADDRINUSE') {
      const { holderOf } = await import('./port-holder.ts')
      const holder = await holderOf(flags.host, Number(flags.port))
      const by = holder === undefined ? '' : ` by ${holder}`
      throw new OptionProblem(
        `${where} is in use${by}. Stop what listens there, or give --port another number (0 for any).`,
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
