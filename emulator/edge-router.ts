/** The edge as the door needs it: accounts found by host or team, and each request read once. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { once } from '../contracts/endpoint.ts'
import { journaledFault } from '../contracts/faults.ts'
import type { Accounts } from './account/accounts.ts'
import { createEdge } from './edge/index.ts'
import { readEdgeRequest } from './edge/request.ts'
import { htmlReply } from './edge/unknown.ts'
import { endWithReply } from './http/raw.ts'
import { because, write } from './http/reply.ts'
import type { Log } from './log.ts'
import type { Origin } from './origin/forwarded.ts'
import type { OriginProxy } from './origin/proxy.ts'
import type { EdgeRoutes } from './server/router.ts'
import type { World } from './world.ts'

export interface EdgeParts {
  readonly world: World
  readonly accounts: Accounts
  readonly log: Log
  readonly nextRay: () => string
  readonly origins: ReadonlyMap<string, Origin>
  readonly proxy: OriginProxy
  /** Where clients are, unless a front says otherwise: two letters, or XX. */
  readonly country: string
}

/** The edge with its accounts found by host or team, and its requests read once. */
export function edgeRoutes(parts: EdgeParts): EdgeRoutes {
  const { world, accounts, log, nextRay, origins, proxy, country } = parts
  const edge = once(() =>
    createEdge({
      world,
      proxy,
      log,
      originOf: (host) => origins.get(host) ?? { kind: 'builtin' },
    }),
  )
  const visitOf = (request: IncomingMessage, host: string, account = accounts.byHost(host)) => {
    const stamp = { ray: account?.ray() ?? nextRay(), nowMs: world.now() }
    const { journal } = account ?? { journal: accounts.journals.ofNone }
    const at = { host, account, journal, country, hasOrigin: origins.has(host) }
    const edgeRequest = readEdgeRequest(request, at, stamp)
    if (edgeRequest === undefined) {
      const { method = 'GET', url: path = '' } = request
      const { status, because } = badPath
      const asked = { ...stamp, host, method, path, operation: 'edge.path' }
      journal.add({ ...asked, status, because, ...journaledFault(undefined) })
    }
    return { stamp, edgeRequest }
  }
  const serve =
    (kind: 'application' | 'team') =>
    (request: IncomingMessage, response: ServerResponse, host: string) => {
      const account = kind === 'team' ? accounts.byTeam(host) : accounts.byHost(host)
      const { edgeRequest, stamp } = visitOf(request, host, account)
      if (edgeRequest === undefined) write(request, response, badPath, stamp)
      else edge()[kind](request, response, edgeRequest)
    }
  return {
    application: serve('application'),
    team: serve('team'),
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, host: string) {
      const { edgeRequest, stamp } = visitOf(request, host)
      if (edgeRequest === undefined) endWithReply(socket, badPath, stamp)
      else edge().upgrade(request, socket, head, edgeRequest)
    },
  }
}

const badPath = because(
  htmlReply(400, '<h1>400 Bad Request</h1><p>The path is not a valid one.</p>'),
  'path_malformed',
)
