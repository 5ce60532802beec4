/** The door: one port, and by its authority each request finds the surface that answers it. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { once } from '../../contracts/endpoint.ts'
import type { Accounts } from '../account/accounts.ts'
import type { Log } from '../log.ts'
import type { World } from '../world.ts'
import { type HostKind, hostKind, isLocalName, type ServedNames } from './hosts.ts'
import type { Limits } from './limits.ts'
import { keepOnLocalhost, restoreRealNames } from './localhost.ts'
import { noteRefusal } from './note-refusal.ts'
import { createDial, type Dial, forwardUpstream, unreachable } from './proxy/passthrough.ts'
import { elsewhere, misdirected, noUpgrade } from './refusals.ts'
import { servedNames } from './served-hosts.ts'
import { createEmulatorServer, type EmulatorServer } from './server.ts'

export interface Surfaces {
  readonly api: RequestListener
  readonly control: RequestListener
  readonly edge: EdgeRoutes
}

/** What the door needs of the edge; `host` is the name asked for. */
export interface EdgeRoutes {
  application(request: IncomingMessage, response: ServerResponse, host: string): void
  team(request: IncomingMessage, response: ServerResponse, host: string): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, host: string): void
}

export interface RouterOptions {
  readonly world: World
  readonly accounts: Accounts
  readonly names: ServedNames
  readonly ray: () => string
  readonly log: Log
  /** In place of `XDG_STATE_HOME`: where the local CA lives. */
  readonly stateHome?: string | undefined
  /** Names that the proxy lets out to the real hosts. */
  readonly passthrough?: readonly string[] | undefined
  /** Who may use the proxy. Default: clients of this machine. */
  readonly proxyClients?: 'loopback' | 'any' | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Connects to hosts of `passthrough`. */
  readonly dial?: Dial
}

export type Router = Pick<EmulatorServer, 'listen' | 'address' | 'close'>

export function createRouter(surfaces: Surfaces, options: RouterOptions): Router {
  const { world, accounts, names, log, stateHome, limits } = options
  const dial = once(() => options.dial ?? createDial(options.passthrough))
  const isServed = (name: string) => !isLocalName(name) && hostKind(name, names) !== 'nowhere'
  const served = () => servedNames(accounts, names)
  const rules = {
    names,
    served,
    passthrough: options.passthrough ?? [],
    clients: options.proxyClients ?? 'loopback',
    unserved: (name: string) =>
      `The emulator does not serve "${name}", and lets nothing leave this machine that was not named: --passthrough ${name}. It serves the names below.`,
  }

  const handlers: Readonly<
    Record<HostKind, (request: IncomingMessage, response: ServerResponse, host: string) => void>
  > = {
    api(request, response) {
      const path = request.url ?? '/'
      if (isUnder('/client/v4', path)) surfaces.api(request, response)
      else if (isUnder('/__access', path)) surfaces.control(request, response)
      else server.answer(request, response, elsewhere(served()))
    },
    team: surfaces.edge.team,
    edge: surfaces.edge.application,
    nowhere: (request, response, host) =>
      server.answer(request, response, misdirected(host, served())),
  }

  const server = createEmulatorServer(
    {
      request(request, response, entry) {
        if (entry.kind === 'served') {
          if (entry.local !== undefined) {
            restoreRealNames(request, entry.local, isServed)
            keepOnLocalhost(response, entry.local, isServed)
          }
          handlers[hostKind(entry.host, names)](request, response, entry.host)
        } else {
          const { host, port } = entry
          forwardUpstream(request, response, dial()(host, port), (error) =>
            server.answer(request, response, unreachable(host, error)),
          )
        }
      },
      upgrade(request, socket, head, entry) {
        if (entry.kind === 'passthrough' || hostKind(entry.host, names) !== 'edge') {
          server.refuse(socket, noUpgrade, request)
        } else {
          // Its answer is not rewritten: no browser follows a redirect of an upgrade.
          if (entry.local !== undefined) restoreRealNames(request, entry.local, isServed)
          surfaces.edge.upgrade(request, socket, head, entry.host)
        }
      },
    },
    {
      ...{ world, rules, log, stateHome, limits, dial },
      mark: () => ({ ray: options.ray(), nowMs: world.now() }),
      answered: (reply, mark, request) =>
        noteRefusal(accounts.journals.ofNone, reply, mark, request),
    },
  )
  return server
}

function isUnder(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}?`)
}
