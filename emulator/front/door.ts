/** The door: one port, and by its authority each request finds the surface that answers it. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { once } from '../../contracts/endpoint.ts'
import type { Accounts } from '../account/accounts.ts'
import { type Reply, write } from '../http/reply.ts'
import type { Log } from '../log.ts'
import type { World } from '../world.ts'
import { takeConnects } from './connect.ts'
import { createIntake } from './intake.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { isLocalName, type Names, type Place, placeOf, withoutLocalhost } from './names.ts'
import { createDial, type Dial, requestOut, unreachable } from './outside.ts'
import { proxyTarget } from './proxy-target.ts'
import {
  busy,
  elsewhere,
  misdirected,
  noExpectation,
  noUpgrade,
  refuseRaw,
  refuseTls,
  unreadable,
} from './refusals.ts'
import { servedNames } from './served.ts'
import { hideLocal, stayLocal } from './stay-local.ts'
import { readEntry, type Way } from './way.ts'

/** Node's own limit would answer 431 before the 400 of a cookie that grew too large. */
const maxHeaderSize = 128 * 1024

export interface Surfaces {
  readonly api: RequestListener
  readonly control: RequestListener
  readonly edge: EdgeDoor
}

/** What the door needs of the edge; `host` is the name asked for. */
export interface EdgeDoor {
  application(request: IncomingMessage, response: ServerResponse, host: string): void
  team(request: IncomingMessage, response: ServerResponse, host: string): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, host: string): void
}

export interface DoorOptions {
  readonly world: World
  readonly accounts: Accounts
  readonly names: Names
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

export interface Door {
  /** @throws Error where the port is taken or not allowed */
  listen(port: number, host: string): Promise<void>
  address(): AddressInfo
  /** Ends every connection. */
  close(): Promise<void>
}

export function createDoor(surfaces: Surfaces, options: DoorOptions): Door {
  const { world, accounts, names, log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const ways = new WeakMap<Duplex, Way>()
  const dial = once(() => options.dial ?? createDial())
  const isServed = (name: string) => !isLocalName(name) && placeOf(name, names) !== 'nowhere'
  const served = () => servedNames(accounts, names)
  const rules = {
    names,
    served,
    passthrough: options.passthrough ?? [],
    clients: options.proxyClients ?? 'loopback',
  }
  const entering = {
    names,
    proxied: (authority: Parameters<typeof proxyTarget>[0], remoteAddress: string | undefined) =>
      proxyTarget({ port: 80, ...authority }, remoteAddress, rules),
  }
  const stamp = () => ({ ray: options.ray(), nowMs: world.now() })
  const answer = (request: IncomingMessage, response: ServerResponse, reply: Reply) =>
    write(request, response, reply, stamp())
  const refuse = (socket: Duplex, reply: Reply) => refuseRaw(socket, reply, stamp())

  const handlers: Readonly<
    Record<Place, (request: IncomingMessage, response: ServerResponse, host: string) => void>
  > = {
    api(request, response) {
      const path = request.url ?? '/'
      if (isUnder('/client/v4', path)) surfaces.api(request, response)
      else if (isUnder('/__access', path)) surfaces.control(request, response)
      else answer(request, response, elsewhere(served()))
    },
    team: surfaces.edge.team,
    edge: surfaces.edge.application,
    nowhere: (request, response, host) => answer(request, response, misdirected(host, served())),
  }

  const http = createServer(
    {
      maxHeaderSize,
      keepAliveTimeout: limits.idleMs,
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.sweepMs,
      // Node's own answer to a missing Host, as that to an Expect below, would carry the wall clock's date.
      requireHostHeader: false,
    },
    (request, response) => {
      const entry = readEntry(request, ways.get(request.socket), entering)
      if (entry.kind === 'served') {
        if (entry.local !== undefined) {
          hideLocal(request, entry.local, isServed)
          stayLocal(response, entry.local, isServed)
        }
        handlers[placeOf(entry.host, names)](request, response, entry.host)
      } else if (entry.kind === 'refused') {
        answer(request, response, entry.reply)
      } else {
        const { host, port } = entry
        requestOut(request, response, dial()(host, port), (error) =>
          answer(request, response, unreachable(host, error)),
        )
      }
    },
  )
  http.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response, noExpectation),
  )
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const entry = readEntry(request, ways.get(socket), entering)
    if (entry.kind === 'refused') refuse(socket, entry.reply)
    else if (entry.kind === 'passthrough' || placeOf(entry.host, names) !== 'edge') {
      refuse(socket, noUpgrade)
    } else {
      // Its answer is not rewritten: no browser follows a redirect of an upgrade.
      if (entry.local !== undefined) hideLocal(request, entry.local, isServed)
      surfaces.edge.upgrade(request, socket, head, entry.host)
    }
  })
  const refused = new WeakSet<Duplex>()
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Comes again for each further piece of what was refused, which is read and dropped.
    if (refused.has(socket)) return
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else refuse(socket, unreadable(error.code))
    refused.add(socket)
  })
  const secure = once(async () => {
    const { createSecure } = await import('./secure.ts')
    return createSecure({
      ...options,
      stateHome: options.stateHome,
      limits,
      maxHeaderSize,
      http,
      ways,
    })
  })
  const intake = createIntake({
    limits,
    plain(socket, tunnel) {
      if (tunnel !== undefined) ways.set(socket, { tls: false, tunnel })
      http.emit('connection', socket)
    },
    async secure(socket, sni, tunnel) {
      if (sni !== undefined && placeOf(withoutLocalhost(sni), names) === 'nowhere') {
        log.warn({ name: sni }, 'refused TLS for a name that is not served')
        refuseTls(socket, 'unrecognizedName')
        return
      }
      try {
        await (await secure())(socket, sni, tunnel)
      } catch (error) {
        log.error({ err: error }, 'no certificate: the local CA could not be read or made')
        refuseTls(socket, 'internalError')
      }
    },
    garbage: (socket) => refuseTls(socket, 'decodeError'),
    busy: (socket) => refuse(socket, busy),
  })
  takeConnects(http, { rules, ways, dial, refuse, enter: intake.enter })

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        intake.server.once('error', reject)
        intake.server.listen(port, host, () => {
          intake.server.off('error', reject)
          // It listens to nobody itself, and would otherwise never look after slow and idle connections.
          http.emit('listening')
          resolve()
        })
      }),
    address() {
      const address = intake.server.address()
      if (address === null || typeof address === 'string') throw new Error('The door is not open.')
      return address
    },
    close: () =>
      new Promise((resolve) => {
        intake.server.close(() => resolve())
        http.close()
        intake.closeAll()
      }),
  }
}

function isUnder(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}?`)
}
