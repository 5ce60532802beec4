/** Routes each request, by its host, to the surface that answers it: the API, the control API, a team domain or the edge. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { journaledFault } from '../../contracts/control/faults.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { transferHosts } from '../../contracts/edge/cloudflared.ts'
import type { Accounts } from '../account/accounts.ts'
import type { Journal } from '../account/journal.ts'
import type { TlsClientFacts } from '../crypto/mtls/client.ts'
import { type Describes, settleDescription } from '../http/client-address.ts'
import type { AnswerMark, Reply } from '../http/reply.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'
import {
  type HostKind,
  hostKind,
  hostOf,
  isLocalName,
  readAuthority,
  type ServedNames,
} from './hosts.ts'
import type { Limits } from './limits.ts'
import { keepOnLocalhost, restoreRealNames } from './localhost.ts'
import { createDial, type Dial, forwardUpstream, unreachable } from './proxy/passthrough.ts'
import { elsewhere, misdirected, noUpgrade } from './refusals.ts'
import { createEmulatorServer, type EmulatorServer } from './server.ts'

export interface Surfaces {
  readonly api: RequestListener
  readonly control: RequestListener
  readonly edge: EdgeRoutes
}

/** What the router needs from the edge; `host` is the requested host, and `tls` undefined on plain HTTP. */
export interface EdgeRoutes {
  application: HostHandler
  team: HostHandler
  /** The transfer service, where cloudflared fetches its tokens. */
  transfer(request: IncomingMessage, response: ServerResponse, host: string): void
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    host: string,
    tls?: TlsClientFacts,
  ): void
}

type HostHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  host: string,
  tls?: TlsClientFacts,
) => void

export interface RouterOptions {
  readonly world: World
  readonly accounts: Accounts
  readonly names: ServedNames
  readonly nextRay: () => string
  readonly log: Log
  /** The folder that holds the local CA. Default: `XDG_STATE_HOME`. */
  readonly stateHome?: string | undefined
  /** Real hosts that the proxy may connect to. */
  readonly passthrough?: readonly string[] | undefined
  /** Who may use the proxy. Default: clients on this machine. */
  readonly proxyClients?: 'loopback' | 'any' | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Called before a request is answered. */
  readonly before?: (() => void) | undefined
  /** Of a shared emulator: whose clients a request may describe. Otherwise, its address decides. */
  readonly describes?: ((request: IncomingMessage) => Describes) | undefined
  /** Connects to hosts of `passthrough`. */
  readonly dial?: Dial
}

export type Router = Pick<EmulatorServer, 'listen' | 'address' | 'drain' | 'close'>

export function createRouter(surfaces: Surfaces, options: RouterOptions): Router {
  const { world, accounts, names, log, stateHome, limits, describes, before } = options
  const dial = once(() => options.dial ?? createDial(options.passthrough))
  const isServed = (name: string) => !isLocalName(name) && hostKind(name, names) !== 'nowhere'
  const served = () => servedNames(accounts, names)
  const rules = {
    names,
    served,
    passthrough: options.passthrough ?? [],
    clients: options.proxyClients ?? 'loopback',
    unserved: (name: string) =>
      `The emulator does not serve "${name}", and connects to real hosts only if they are listed: --passthrough ${name}. It serves the names below.`,
  }

  const handlers: Readonly<Record<HostKind, HostHandler>> = {
    api(request, response) {
      const path = request.url ?? '/'
      if (isUnder('/client/v4', path)) surfaces.api(request, response)
      else if (isUnder('/__access', path)) surfaces.control(request, response)
      else server.answer(request, response, elsewhere(served()))
    },
    team: surfaces.edge.team,
    transfer: surfaces.edge.transfer,
    edge: surfaces.edge.application,
    nowhere: (request, response, host) =>
      server.answer(request, response, misdirected(host, served())),
  }

  const server = createEmulatorServer(
    {
      request(request, response, entry) {
        before?.()
        if (describes !== undefined) settleDescription(request, () => describes(request))
        if (entry.kind === 'served') {
          const kind = hostKind(entry.host, names)
          // The pages of the control API compare their Origin with Host, and both are local.
          if (entry.local !== undefined && kind !== 'api') {
            restoreRealNames(request, entry.local, isServed)
            keepOnLocalhost(response, entry.local, isServed)
          }
          handlers[kind](request, response, entry.host, entry.tls)
        } else {
          const { host, port } = entry
          forwardUpstream(request, response, dial()(host, port), (error) =>
            server.answer(request, response, unreachable(host, error)),
          )
        }
      },
      upgrade(request, socket, head, entry) {
        before?.()
        if (describes !== undefined) settleDescription(request, () => describes(request))
        if (entry.kind === 'passthrough' || hostKind(entry.host, names) !== 'edge') {
          server.refuse(socket, noUpgrade, request)
        } else {
          // The answer is not rewritten: browsers do not follow redirects of upgrades.
          if (entry.local !== undefined) restoreRealNames(request, entry.local, isServed)
          surfaces.edge.upgrade(request, socket, head, entry.host, entry.tls)
        }
      },
    },
    {
      ...{ world, rules, log, stateHome, limits, dial },
      clientAuthorities: (name) => authoritiesIn(accounts, name),
      mark: () => ({ ray: options.nextRay(), nowMs: world.now() }),
      answered: (reply, mark, request) =>
        noteRefusal(accounts.journals.ofNone, reply, mark, request),
    },
  )
  return server
}

/** The CAs for client certificates of a host, as PEM. */
function authoritiesIn(accounts: Accounts, host: string): readonly string[] {
  const uploaded = accounts.byHost(host)?.hosts.certificates(host) ?? []
  return uploaded.map(({ certificate }) => certificate)
}

function isUnder(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}?`)
}

/** Every name that is served, listed for a client that asked for another. */
function servedNames(accounts: Accounts, names: ServedNames): string[] {
  const all = accounts.all()
  const teams = all.flatMap((account) => account.team() ?? [])
  const zones = all.flatMap((account) => account.zones.map((zone) => `*.${zone.name}`))
  const workers = all.flatMap(({ hosts }) => hosts.workers())
  const own = ['api.cloudflare.com', ...names.apiHosts, ...transferHosts]
  return [...own, ...teams, ...zones, ...new Set(workers)]
}

/** The journal's entry for a request that no surface saw. `request` is missing where none could be read. */
function noteRefusal(
  journal: Journal,
  { status, because }: Reply,
  { ray = '', nowMs }: AnswerMark,
  request: IncomingMessage | undefined,
): void {
  journal.add({
    ...{ ray, nowMs, status, because },
    ...askedBy(request),
    operation: 'door',
    ...journaledFault(undefined),
  })
}

function askedBy(request: IncomingMessage | undefined) {
  const { method = '', url = '', headers } = request ?? {}
  if (method === 'CONNECT') return { method, host: readAuthority(url)?.name ?? '', path: '' }
  return { method, host: hostOf(headers?.host ?? ''), path: url }
}
