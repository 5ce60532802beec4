/** Routes each request, by its host, to the surface that answers it: the API, the control API, a team domain or the edge. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { journaledFault } from '../../contracts/control/faults.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { transferHosts } from '../../contracts/edge/cloudflared.ts'
import type { Accounts } from '../account/accounts.ts'
import type { Journal } from '../account/journal.ts'
import { type Describes, settleDescription } from '../http/client-address.ts'
import type { AnswerMark, Reply } from '../http/reply.ts'
import type { RequestLine } from '../http/routes.ts'
import type { SharedOrder } from '../state/log.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'
import { hostKind, hostOf, isLocalName, readAuthority, type ServedNames } from './hosts.ts'
import type { Limits } from './limits.ts'
import { keepOnLocalhost, restoreRealNames } from './localhost.ts'
import { newestFirst } from './newest-first.ts'
import { createDial, type Dial, forwardUpstream, unreachable } from './proxy/passthrough.ts'
import { elsewhere, misdirected, noUpgrade } from './refusals.ts'
import { type EdgeHostKind, routeTable, type Surfaces } from './routes.ts'
import { createEmulatorServer, type EmulatorServer, type TargetAtHost } from './server.ts'

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
  /** Where replicas share the state. */
  readonly shared?: SharedOrder | undefined
}

export type Router = Pick<EmulatorServer, 'listen' | 'address' | 'drain' | 'close'>

export function createRouter<E extends RequestLine>(
  surfaces: Surfaces<E>,
  options: RouterOptions,
): Router {
  const { world, accounts, names, log, stateHome, limits, describes, before, shared } = options
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

  const newest = newestFirst(shared)
  const table = routeTable(
    surfaces,
    {
      elsewhere: (request, response) => server.answer(request, response, elsewhere(served())),
      misdirected: (request, response, host) =>
        server.answer(request, response, misdirected(host, served())),
    },
    newest,
  )
  /** Hosts behind the edge: the edge reads the request, whose path is normalised, before its route is found. */
  const throughEdge = newest(
    (
      request: IncomingMessage,
      response: ServerResponse,
      kind: EdgeHostKind,
      { host, tls }: TargetAtHost,
    ) => {
      const edgeRequest = surfaces.edge.read(kind, request, response, host, tls)
      if (edgeRequest === undefined) return
      table[kind].find(edgeRequest)?.handler(request, response, edgeRequest)
    },
  )

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
          if (kind === 'edge' || kind === 'team') throughEdge(request, response, kind, entry)
          else table[kind].find(addressOf(request))?.handler(request, response, entry.host)
        } else {
          const { host, port } = entry
          forwardUpstream(request, response, dial()(host, port), (error) =>
            server.answer(request, response, unreachable(host, error)),
          )
        }
      },
      async upgrade(request, socket, head, entry) {
        before?.()
        if (describes !== undefined) settleDescription(request, () => describes(request))
        if (entry.kind === 'passthrough' || hostKind(entry.host, names) !== 'edge') {
          server.refuse(socket, noUpgrade, request)
        } else {
          // The answer is not rewritten: browsers do not follow redirects of upgrades.
          if (entry.local !== undefined) restoreRealNames(request, entry.local, isServed)
          if (shared !== undefined) await shared.current()
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

function addressOf({ method = 'GET', url = '/' }: IncomingMessage): RequestLine {
  return { method, path: url.split('?', 1)[0] ?? url }
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
