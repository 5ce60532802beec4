/**
 * The table of routes. A request goes to the surface that its host names, and there to the first row that fits its method and
 * path. Below `/client/v4`, `/__access` and Access's own paths, the rows are the endpoints that `contracts/` declares: each
 * surface adds its own to routes of the same kind.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { control } from '../../contracts/control/endpoints.ts'
import { accessPrefix, protectedResourcePath } from '../../contracts/edge/endpoints.ts'
import { oauthResourcePath, oauthServerPath } from '../../contracts/edge/oauth.ts'
import type { TlsClientFacts } from '../crypto/mtls/client.ts'
import { createRoutes, type RequestLine, type Route, type Routes } from '../http/routes.ts'
import type { HostKind } from './hosts.ts'
import type { NewestFirst } from './newest-first.ts'

export type HostHandler = (request: IncomingMessage, response: ServerResponse, host: string) => void

export type RouteHandler<E> = (
  request: IncomingMessage,
  response: ServerResponse,
  edgeRequest: E,
) => void

/** The hosts behind the edge: those of team domains, and those of applications. */
export type EdgeHostKind = Extract<HostKind, 'team' | 'edge'>

/** What the edge serves. `E` is a request as it reads it. */
export interface EdgeSurface<E extends RequestLine> {
  /** Undefined if the request has been refused. `tls` is undefined on plain HTTP. */
  read(
    kind: EdgeHostKind,
    request: IncomingMessage,
    response: ServerResponse,
    host: string,
    tls: TlsClientFacts | undefined,
  ): E | undefined
  /** The operations of Access's own paths, for a host that belongs to an account. */
  readonly accessPath: RouteHandler<E>
  /** The gate in front of an application, and its origin. */
  readonly gate: RouteHandler<E>
  /** What is not there on a team domain. */
  readonly unknownAtTeam: RouteHandler<E>
  hasAccount(edgeRequest: E): boolean
  hasLauncher(edgeRequest: E): boolean
  /** Whether the application at the end of the path has Managed OAuth: without it, the path belongs to the origin. */
  hasManagedOauth(edgeRequest: E): boolean
  /** The transfer service, where cloudflared fetches its tokens. */
  readonly transfer: HostHandler
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    host: string,
    tls?: TlsClientFacts,
  ): void
}

export interface Surfaces<E extends RequestLine> {
  readonly api: HostHandler
  readonly control: HostHandler
  readonly edge: EdgeSurface<E>
}

/** What is answered where nothing is served. */
interface NotServed {
  readonly elsewhere: HostHandler
  readonly misdirected: HostHandler
}

export interface RouteTable<E extends RequestLine> {
  readonly api: Routes<RequestLine, HostHandler>
  readonly transfer: Routes<RequestLine, HostHandler>
  readonly team: Routes<E, RouteHandler<E>>
  readonly edge: Routes<E, RouteHandler<E>>
  readonly nowhere: Routes<RequestLine, HostHandler>
}

/** @param newest makes a handler wait until this replica has the newest state */
export function routeTable<E extends RequestLine>(
  { api, control: ofControl, edge }: Surfaces<E>,
  { elsewhere, misdirected }: NotServed,
  newest: NewestFirst,
): RouteTable<E> {
  const { accessPath, gate, unknownAtTeam, hasAccount, hasLauncher, hasManagedOauth } = edge
  return {
    // api.cloudflare.com, localhost, IP addresses, and the names of --api-host.
    api: tableOf<RequestLine, HostHandler>([
      ...under('/client/v4', newest(api)),
      // Asked of this process alone, and answered however long the database takes.
      { method: 'ANY', path: control.health.path, handler: ofControl },
      { method: 'ANY', path: control.metrics.path, handler: ofControl },
      ...under('/__access', newest(ofControl)),
      { method: 'ANY', path: '/*', handler: elsewhere },
    ]),
    // *.cloudflareaccess.com
    team: tableOf<E, RouteHandler<E>>([
      { method: 'ANY', path: '/', isFor: hasLauncher, handler: accessPath },
      { method: 'ANY', path: '/cdn-cgi/*', isFor: hasAccount, handler: accessPath },
      { method: 'ANY', path: oauthServerPath, isFor: hasAccount, handler: accessPath },
      { method: 'ANY', path: '/*', handler: unknownAtTeam },
    ]),
    // Hosts in a zone, Workers, and the hosts of --origin.
    edge: tableOf<E, RouteHandler<E>>([
      { method: 'ANY', path: `${accessPrefix}*`, isFor: hasAccount, handler: accessPath },
      ...under(protectedResourcePath, accessPath, hasAccount),
      ...under(oauthResourcePath, accessPath, hasManagedOauth),
      ...under(oauthServerPath, accessPath, hasManagedOauth),
      { method: 'ANY', path: '/*', handler: gate },
    ]),
    // login.cloudflareaccess.org
    transfer: tableOf<RequestLine, HostHandler>([
      { method: 'ANY', path: '/*', handler: newest(edge.transfer) },
    ]),
    nowhere: tableOf<RequestLine, HostHandler>([
      { method: 'ANY', path: '/*', handler: misdirected },
    ]),
  }
}

function tableOf<Asked extends RequestLine, Handler>(rows: readonly Route<Asked, Handler>[]) {
  const routes = createRoutes<Asked, Handler>({ isExact: true })
  for (const row of rows) routes.add(row)
  return routes
}

/** The rows of a path and everything below it. */
function under<Asked extends RequestLine, Handler>(
  root: string,
  handler: Handler,
  isFor?: (asked: Asked) => boolean,
): readonly Route<Asked, Handler>[] {
  return [root, `${root}/*`].map((path) => ({ method: 'ANY', path, isFor, handler }))
}
