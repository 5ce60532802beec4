/** The options of an emulator: the same in code, on the command line and in environment variables (emulator-start). */
import {
  type BehaviourName,
  behaviours,
  behaviourValue,
  isBehaviourName,
  type Overrides,
  type Profile,
  profiles,
} from '../../contracts/behaviours/table.ts'
import type { Explanation, JournalEntry } from '../../contracts/control/shapes.ts'
import type { WorkerHost } from '../access/workers.ts'
import type { Limits } from '../network/limits.ts'
import type { Origin } from '../network/origin/forwarded.ts'
import type { SeedChange } from '../seeds/seed-changes.ts'
import type { SeedOptions } from '../seeds/seed-options.ts'
import type { Log } from '../world/log.ts'
import { OptionProblem } from '../world/option-problem.ts'

/** Options of `createEmulator`. All are optional: `{}` starts an emulator without accounts on a free port. */
export interface EmulatorOptions extends SeedOptions {
  /**
   * Which behaviour to emulate: `expected` (what the support ticket asks for), `observed` (what real Cloudflare does) or
   * `strict` (emulator-profiles). Default: `expected`.
   */
  readonly profile?: Profile
  /** Overrides of single behaviours of the profile, such as `{ 'login.show_pin': false }`; `access-emulator behaviours` lists them. */
  readonly behaviours?: Overrides
  /**
   * Host names to origins: `http://127.0.0.1:3000`, `https://…`, or `h2c://…` for HTTP/2 without TLS; `tcp://…`,
   * `ssh://…`, `rdp://…` and `smb://…` for what `cloudflared access tcp` reaches. For all other hosts, the built-in origin
   * answers.
   */
  readonly origins?: Readonly<Record<string, string>>
  /**
   * Which hosts are Workers: `{ 'app.example.com': 'WORKER' }`, or `'WORKER:preview'` for a preview deployment. Needed for
   * applications whose destinations name a Worker (its `worker_id`) instead of a host.
   */
  readonly workers?: Readonly<Record<string, string>>
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string
  /** The port to listen on. Default: 0, any free one. */
  readonly port?: number
  /** The clients' country, for country rules: two letters (ISO 3166). Default: `XX`, unknown. */
  readonly country?: string
  /** Host names of the API besides `api.cloudflare.com`, `localhost` and IP addresses. */
  readonly apiHosts?: readonly string[]
  /** The token that the control API requires beyond loopback, as a bearer token or, in a browser, as the password. */
  readonly adminToken?: string
  /**
   * Takes an account on the emulator that runs at this URL instead of starting one; `true`: at `ACCESS_EMULATOR_URL`. With
   * `adminToken` (or `ACCESS_EMULATOR_ADMIN_TOKEN`), and of the other options only `seed`, `profile` and `log`.
   */
  readonly server?: string | true
  /** The folder whose `access-emulator/ca` holds the local CA. Default: `XDG_STATE_HOME`. */
  readonly stateHome?: string
  /**
   * Real hosts that the HTTP proxy may connect to; `*.NAME` means all subdomains. Private and link-local addresses must be
   * listed as an address or network (`10.0.0.0/8`). Default: none.
   */
  readonly passthrough?: readonly string[]
  /** Who may use the HTTP proxy: `loopback` (this machine only) or `any`. Default: `loopback`. */
  readonly proxyClients?: 'loopback' | 'any'
  /** Limits per client: how many connections, and how slow they may be. */
  readonly limits?: Partial<Limits>
  readonly log?: Log
  /**
   * Watches the file that `seed` names. When it says something else, its accounts become what the new seed describes, people
   * stay signed in, and this is called with what changed; an invalid file changes nothing, and this is called with the error.
   */
  readonly onSeedChange?: (change: SeedChange) => void
  /** Called with each journal entry as it is made. `explain` returns its explanation while the journal still has it. */
  readonly onEntry?: (entry: JournalEntry, explain: () => Explanation) => void
}

/** @throws OptionProblem */
export function readProfile(text: string): Profile {
  const known = profiles.find((profile) => profile === text)
  if (known !== undefined) return known
  throw new OptionProblem(`There is no profile "${text}". Profiles: ${profiles.join(', ')}.`)
}

/** `NAME=VALUE`, the argument of `--set`. @throws OptionProblem */
export function readBehaviour(text: string): Overrides {
  const at = text.indexOf('=')
  const name = at < 0 ? text : text.slice(0, at)
  if (!isBehaviourName(name)) {
    throw new OptionProblem(
      `There is no behaviour "${name}"${near(name)}. \`access-emulator behaviours\` lists them.`,
    )
  }
  const value = behaviourValue(name, at < 0 ? undefined : text.slice(at + 1))
  if (value === undefined) {
    const values = behaviours[name].values.join(', ')
    throw new OptionProblem(
      `Behaviour "${name}" takes one of: ${values}. Write --set ${name}=VALUE.`,
    )
  }
  return { [name]: value }
}

function near(name: string): string {
  const known = (Object.keys(behaviours) as BehaviourName[]).find((each) =>
    each.endsWith(name.split('.').at(-1) ?? name),
  )
  return known === undefined ? '' : `; did you mean "${known}"?`
}

/** Schemes of an origin that takes bytes, with their ports: those of services behind a tunnel. */
const tcpPorts = { tcp: '', ssh: '22', rdp: '3389', smb: '445' } as const
/** Schemes of an origin's URL; `h2c` is HTTP/2 without TLS, with prior knowledge. */
const originSchemes = ['http', 'https', 'h2c', 'tcp', 'ssh', 'rdp', 'smb'] as const

/** @throws OptionProblem */
export function originAt(url: string): Origin {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const scheme = originSchemes.find((each) => parsed?.protocol === `${each}:`)
  if (parsed === undefined || scheme === undefined || parsed.hostname === '') {
    const schemes = originSchemes.map((each) => `${each}://`).join(', ')
    throw new OptionProblem(
      `"${url}" is not the URL of an origin. Begin it with one of ${schemes}.`,
    )
  }
  if (scheme === 'http' || scheme === 'https') return { kind: 'url', url: parsed }
  if (scheme !== 'h2c') return tcpOrigin(parsed, tcpPorts[scheme])
  return { kind: 'h2c', url: new URL(url.replace(/^h2c/i, 'http')) }
}

function tcpOrigin(url: URL, port: string): Origin {
  if (url.port === '') url.port = port
  if (url.port !== '') return { kind: 'tcp', url }
  throw new OptionProblem(`"${url.href}" names no port. Write it like tcp://127.0.0.1:5432.`)
}

/** `HOST=URL`, the argument of `--origin`. @throws OptionProblem */
export function readOrigin(text: string): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  const url = text.slice(at + 1)
  if (at < 1) {
    throw new OptionProblem(
      `"${text}" is not an origin. Write HOST=URL, such as app.example.com=http://127.0.0.1:3000.`,
    )
  }
  originAt(url)
  return { [text.slice(0, at).toLowerCase()]: url }
}

/** `HOST=WORKER` or `HOST=WORKER:preview`, the argument of `--worker`. @throws OptionProblem */
export function readWorker(text: string): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  const worker = text.slice(at + 1)
  workerIn(at < 1 ? '' : worker, text)
  return { [text.slice(0, at).toLowerCase()]: worker }
}

/** @throws OptionProblem */
export function workersFrom(
  given: EmulatorOptions['workers'] = {},
): ReadonlyMap<string, WorkerHost> {
  return new Map(
    Object.entries(given).map(([host, worker]) => [
      host.toLowerCase(),
      workerIn(worker, `${host}=${worker}`),
    ]),
  )
}

function workerIn(written: string, text: string): WorkerHost {
  const [, worker, preview] = /^([^\s:]+)(:preview)?$/.exec(written) ?? []
  if (worker !== undefined) return { worker, preview: preview !== undefined }
  throw new OptionProblem(
    `"${text}" names no Worker. Write HOST=WORKER, or HOST=WORKER:preview for a preview deployment.`,
  )
}
