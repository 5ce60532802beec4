/** The flags shared by `start` and `run`: each with its variable, and the option of `createEmulator` that it sets. */
import { type Command, Option } from 'commander'
import {
  type EmulatorOptions,
  readBehaviour,
  readOrigin,
  readProfile,
  readWorker,
} from '../instance/options.ts'
import { hasPassword } from '../state/places.ts'
import { codeOf } from '../world/error-code.ts'
import type { Log } from '../world/log.ts'
import { OptionProblem } from '../world/option-problem.ts'
import { type AdminTokenFlags, adminTokenFor, withAdminToken } from './admin-token.ts'
import { flag, repeated } from './flag.ts'
import { say } from './say.ts'

interface StartFlag {
  readonly flags: string
  readonly about: string
  readonly default?: string
  /** What its text sets. */
  readonly text?: (text: string) => EmulatorOptions
  /** What the texts of one set that may be repeated. */
  readonly texts?: (texts: readonly string[]) => EmulatorOptions
  /** What a switch sets. */
  readonly on?: EmulatorOptions
}

/** Those that commands read themselves. */
export interface StartFlags extends AdminTokenFlags {
  readonly port: string
  readonly host: string
  readonly watch?: boolean
  readonly replay?: string
  readonly origin: readonly string[]
  readonly worker: readonly string[]
  readonly shared?: boolean
}

const startFlags: readonly StartFlag[] = [
  {
    flags: '--host <address>',
    about: 'address to listen on',
    default: '127.0.0.1',
    text: (host) => ({ host }),
  },
  {
    flags: '--profile <name>',
    about: 'which behaviour to emulate: expected, observed or strict',
    default: 'expected',
    text: (name) => ({ profile: readProfile(name) }),
  },
  {
    flags: '--set <behaviour=value>',
    about: 'change one behaviour; may be repeated',
    texts: (all) => ({ behaviours: Object.assign({}, ...all.map(readBehaviour)) }),
  },
  {
    flags: '--seed <name|file>',
    about: 'example, ticket, empty, or a YAML or JSON file',
    default: 'example',
    text: (seed) => ({ seed }),
  },
  {
    flags: '--watch',
    about:
      'apply the seed file again whenever it changes: accounts become what it says, people stay signed in; an invalid file changes nothing',
  },
  {
    flags: '--replay <har>',
    about: 'answer from this recording where it has an answer',
    text: (replay) => ({ replay }),
  },
  {
    flags: '--at <iso>',
    about: 'freeze the clock at this time; with a trailing +, let it run from there',
    text: (at) => ({ at }),
  },
  {
    flags: '--entropy <text>',
    about: 'text that ids, secrets and keys derive from; the same text gives the same ones',
    text: (entropy) => ({ entropy }),
  },
  { flags: '--fresh-keys', about: 'generate new signing keys', on: { freshKeys: true } },
  {
    flags: '--origin <host=url>',
    about:
      'forward requests for HOST to this http, https or h2c URL (h2c: HTTP/2 without TLS, as for gRPC), or connections of `cloudflared access tcp` to this tcp, ssh, rdp or smb URL; may be repeated',
    texts: (all) => ({ origins: Object.assign({}, ...all.map(readOrigin)) }),
  },
  {
    flags: '--worker <host=worker>',
    about:
      'treat HOST as a Worker, by the worker_id of destinations; WORKER:preview for a preview deployment; may be repeated',
    texts: (all) => ({ workers: Object.assign({}, ...all.map(readWorker)) }),
  },
  {
    flags: '--api-host <name>',
    about: 'serve the API under this name too; may be repeated',
    texts: (apiHosts) => ({ apiHosts }),
  },
  {
    flags: '--passthrough <name>',
    about:
      'let the HTTP proxy connect to this real host, or *.NAME; private addresses must be named as an address or network (10.1.2.3, 10.0.0.0/8); may be repeated',
    texts: (passthrough) => ({ passthrough }),
  },
  {
    flags: '--proxy-clients <who>',
    about: 'who may use the HTTP proxy: loopback or any',
    default: 'loopback',
    text: (who) => ({ proxyClients: readProxyClients(who) }),
  },
  {
    flags: '--country <code>',
    about: 'country of clients, two letters; XX is unknown',
    default: 'XX',
    text: (code) => ({ country: readCountry(code) }),
  },
  {
    flags: '--state <place>',
    about:
      'keep objects, behaviours, faults and modes in this folder, or in a database (postgres://…), but not the clock and the journal',
    text: (state) => ({ state }),
  },
]

/** Of `start` alone. */
const sharedFlags: readonly StartFlag[] = [
  {
    flags: '--shared',
    about:
      'serve strangers side by side: the control API requires a token from everywhere, keys and secrets are this emulator’s own, accounts end',
    on: { shared: true },
  },
  {
    flags: '--public-secrets',
    about: 'with --shared: keep the published signing keys, and the secrets of a named seed',
    on: { publicSecrets: true },
  },
]

/** Adds every flag but `--port` and `--json`. */
export function withStartFlags(command: Command): Command {
  return withFlags(withAdminToken(command), startFlags).on('option:state', (place: string) => {
    if (hasPassword(place)) {
      say(
        'every user of this machine can see the password of --state in the process list. Use PGPASSWORD, ~/.pgpass or ACCESS_EMULATOR_STATE instead.',
      )
    }
  })
}

export function withSharedFlags(command: Command): Command {
  return withFlags(command, sharedFlags)
}

function withFlags(command: Command, all: readonly StartFlag[]): Command {
  for (const { flags, about, texts, default: byDefault } of all) {
    const option = texts === undefined ? flag(flags, about) : repeated(flags, about)
    command.addOption(byDefault === undefined ? option : option.default(byDefault))
  }
  return command
}

export function optionsOf(flags: StartFlags, log: Log): EmulatorOptions {
  const adminToken = adminTokenFor(flags)
  const given: Readonly<Record<string, unknown>> = { ...flags }
  const set = [...startFlags, ...sharedFlags].map((each) =>
    setBy(each, given[new Option(each.flags).attributeName()]),
  )
  return {
    ...Object.assign({}, ...set),
    port: readPort(flags.port),
    log,
    ...(adminToken === undefined ? {} : { adminToken }),
  }
}

function setBy({ text, texts, on }: StartFlag, value: unknown): EmulatorOptions {
  if (typeof value === 'string') return text?.(value) ?? {}
  if (Array.isArray(value)) return texts?.(value) ?? {}
  return value === true ? (on ?? {}) : {}
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
    const code = codeOf(error)
    const where = `${flags.host}:${flags.port}`
    if (code === 'EADDRINUSE') {
      const { holderOf } = await import('./port-holder.ts')
      const holder = await holderOf(flags.host, Number(flags.port))
      const by = holder === undefined ? '' : ` by ${holder}`
      throw new OptionProblem(
        `${where} is in use${by}. Stop what listens there, or choose another --port (0 for any).`,
      )
    }
    if (code !== undefined && unusableAddress.includes(code)) {
      throw new OptionProblem(
        `Cannot listen on ${where} (${code}). Choose another --host or --port.`,
      )
    }
    if (error instanceof RangeError) throw new OptionProblem(error.message)
    throw error
  }
}
