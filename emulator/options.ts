/** What an emulator can be told, the same in code, on the command line and by environment variables (emulator-start). */
import {
  type BehaviourName,
  behaviours,
  behaviourValue,
  isBehaviourName,
  type Overrides,
  type Profile,
  profiles,
} from '../contracts/behaviours/table.ts'
import type { Explanation, JournalEntry } from '../contracts/control/shapes.ts'
import type { SeedInput } from '../contracts/seed.ts'
import type { WorkerHost } from './access/workers.ts'
import type { Log } from './log.ts'
import type { Origin } from './origin/forwarded.ts'
import type { Limits } from './server/limits.ts'

export interface EmulatorOptions {
  /** `expected` (the ticket's wish), `observed` or `strict` (emulator-profiles). Default `expected`. */
  readonly profile?: Profile
  /** Behaviours that differ from the profile. */
  readonly behaviours?: Overrides
  /** A named seed (`example`, `ticket`, `empty`) or the data itself. Default `empty` in code. */
  readonly seed?: string | SeedInput
  /** A HAR file: its answers lie over the emulator, as faults, from the start and after every reset. */
  readonly replay?: string
  /** ISO 8601: the clock stands still there; with a trailing `+` it runs from there. */
  readonly at?: string
  /** The text that ids, secrets, rays and keys derive from. */
  readonly entropy?: string
  /** Generate signing keys in place of the published ones. */
  readonly freshKeys?: boolean
  /**
   * Where the requests of a host go, as `http://127.0.0.1:3000`, or `h2c://…` for HTTP/2 without TLS. The built-in origin
   * answers for the others.
   */
  readonly origins?: Readonly<Record<string, string>>
  /**
   * Which host is which Worker, as `{ 'app.example.com': 'WORKER' }`, with `:preview` for a preview deployment: what
   * applications guard whose destinations name a Worker (its `worker_id`) and no host.
   */
  readonly workers?: Readonly<Record<string, string>>
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any free one. */
  readonly port?: number
  /** Where clients are, for rules on countries: two letters (ISO 3166). Default `XX`, unknown. */
  readonly country?: string
  /** Names of the API beside `api.cloudflare.com`, `localhost` and addresses. */
  readonly apiHosts?: readonly string[]
  /** What the control API wants from callers outside loopback: a bearer token, or the password of a browser. */
  readonly adminToken?: string
  /**
   * A folder for a durable log of changes: rows, and what the control API has set (behaviours, faults, modes). How often a
   * fault acted, the journal and the clock are not in it. Default: memory.
   */
  readonly state?: string
  /** In place of `XDG_STATE_HOME`: the folder in which `access-emulator/ca` holds the local CA. */
  readonly stateHome?: string
  /**
   * Names that the HTTP proxy lets out to the real hosts; `*.NAME` holds all below it. Private and link-local addresses are
   * reached only where one of these is that address, or its network (`10.0.0.0/8`). Default: none.
   */
  readonly passthrough?: readonly string[]
  /** Who may use the HTTP proxy. Default `loopback`: this machine only. */
  readonly proxyClients?: 'loopback' | 'any'
  /** What one client may cost: connections, and how slow it may be. */
  readonly limits?: Partial<Limits>
  readonly log?: Log
  /** Called with each entry of the journal as it is made, however soon the journal forgets it. */
  readonly onEntry?: (entry: JournalEntry, explain: () => Explanation) => void
}

/** A wrong option, in words for the person who gave it. */
export class OptionProblem extends Error {}

export function readProfile(text: string): Profile {
  const found = profiles.find((profile) => profile === text)
  if (found !== undefined) return found
  throw new OptionProblem(`There is no profile "${text}". Profiles: ${profiles.join(', ')}.`)
}

/** `NAME=VALUE`, as `--set` takes it. */
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

/** What an origin's URL may begin with; `h2c` is HTTP/2 without TLS, by prior knowledge. */
const originSchemes = ['http', 'https', 'h2c'] as const

/** @throws OptionProblem */
export function originAt(url: string): Origin {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const scheme = originSchemes.find((each) => parsed?.protocol === `${each}:`)
  if (parsed === undefined || scheme === undefined || parsed.hostname === '') {
    const schemes = originSchemes.map((each) => `${each}://`).join(', ')
    throw new OptionProblem(`"${url}" is no URL of an origin. It begins with one of ${schemes}.`)
  }
  if (scheme !== 'h2c') return { kind: 'url', url: parsed }
  return { kind: 'h2c', url: new URL(url.replace(/^h2c/i, 'http')) }
}

/** `HOST=URL`, as `--origin` takes it. */
export function readOrigin(text: string): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  const url = text.slice(at + 1)
  if (at < 1) {
    throw new OptionProblem(
      `"${text}" is no origin. Write HOST=URL, such as app.example.com=http://127.0.0.1:3000.`,
    )
  }
  originAt(url)
  return { [text.slice(0, at).toLowerCase()]: url }
}

/** `HOST=WORKER` or `HOST=WORKER:preview`, as `--worker` takes it. */
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
