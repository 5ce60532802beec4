/** The door: one listener, and by its authority each request finds the surface that answers it. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import type { Accounts } from '../account/accounts.ts'
import { json, type Reply, write } from '../http/reply.ts'
import type { World } from '../world.ts'
import { hostOf, type Names, type Place, placeOf } from './names.ts'

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
}

export function createDoor(surfaces: Surfaces, options: DoorOptions): Server {
  const server = createServer({ maxHeaderSize, keepAliveTimeout: 60_000 }, (request, response) => {
    const host = hostOf(request.headers.host ?? '')
    const place = placeOf(host, options.names)
    handlers[place](request, response, host)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const host = hostOf(request.headers.host ?? '')
    if (placeOf(host, options.names) === 'edge') surfaces.edge.upgrade(request, socket, head, host)
    else socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  })

  const answer = (request: IncomingMessage, response: ServerResponse, reply: Reply) =>
    write(request, response, reply, { ray: options.ray(), nowMs: options.world.now() })

  const handlers: Readonly<
    Record<Place, (request: IncomingMessage, response: ServerResponse, host: string) => void>
  > = {
    api(request, response) {
      const path = request.url ?? '/'
      if (isUnder('/client/v4', path)) surfaces.api(request, response)
      else if (isUnder('/__access', path)) surfaces.control(request, response)
      else answer(request, response, elsewhere(options))
    },
    team: surfaces.edge.team,
    edge: surfaces.edge.application,
    nowhere: (request, response, host) => answer(request, response, misdirected(host, options)),
  }
  return server
}

function isUnder(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}?`)
}

/** Names that this emulator serves, for those who came to the wrong one. */
function served({ accounts, names }: DoorOptions): string[] {
  const teams = accounts.all().flatMap((account) => {
    const organization = account.state.tables.organization.get('organization')
    return organization === undefined ? [] : [organization.auth_domain]
  })
  const zones = accounts.all().flatMap((account) => account.zones.map((zone) => `*.${zone.name}`))
  return ['api.cloudflare.com', ...names.apiHosts, ...teams, ...zones]
}

/** 404 on the API's names, for paths that are neither the API's nor the control API's. */
function elsewhere(options: DoorOptions): Reply {
  return json(404, {
    error: {
      code: 'not_served_here',
      message:
        'This name serves /client/v4 (the Cloudflare API) and /__access (the control API). To reach an application or a team, send its name in Host.',
      names: served(options),
    },
  })
}

function misdirected(host: string, options: DoorOptions): Reply {
  return json(421, {
    error: {
      code: 'host_not_served',
      message: `No zone of this emulator holds the host "${host}". Name it with --origin ${host}=URL, or use one of the names below.`,
      names: served(options),
    },
  })
}
