/** The edge: answers requests to application hosts and team domains, or forwards them to the origin. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { journaledFault } from '../../contracts/control/faults.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { oauthServerPath } from '../../contracts/edge/oauth.ts'
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import type { TlsClientFacts } from '../crypto/mtls/client.ts'
import { endWithReply } from '../http/raw.ts'
import { because, write } from '../http/reply.ts'
import type { Origin } from '../network/origin/forwarded.ts'
import type { OriginProxy } from '../network/origin/proxy.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'
import { createAccessPaths, isAccessPath } from './access-paths.ts'
import { faultAtPath } from './fault-at-path.ts'
import { createHandler } from './handler.ts'
import { refuseLongHeaders } from './header-limit.ts'
import { note, noted } from './note.ts'
import { isOauthDocument } from './oauth/lazy.ts'
import { launcherPage } from './pages.ts'
import { type EdgeRequest, readEdgeRequest } from './request.ts'
import { htmlReply, organizationUnknown } from './unknown.ts'

const badPath = because(
  htmlReply(400, '<h1>400 Bad Request</h1><p>The path is not valid.</p>'),
  'path_malformed',
)

const pathOfTeamUnknown = because(organizationUnknown, 'team_path_unknown')

/** Cloudflare forwards no request under these paths to an origin; its answer to an upgrade is not known. */
const ownPathUpgraded = because(
  htmlReply(400, '<h1>400 Bad Request</h1><p>Access accepts no upgrades on its own paths.</p>'),
  'own_path_upgraded',
)

export interface EdgeOptions {
  readonly world: World
  readonly accounts: Accounts
  readonly log: Log
  /** For requests to hosts that belong to no account. */
  readonly nextRay: () => string
  readonly origins: ReadonlyMap<string, Origin>
  readonly proxy: OriginProxy
  /** The clients' country, unless a local proxy states another: two letters, or `XX`. */
  readonly country: string
}

/** The entry points for the router; `host` is the requested host, and `tls` undefined on plain HTTP. */
export interface Edge {
  /** For a host in a zone, or one given by `--origin`. */
  application(
    request: IncomingMessage,
    response: ServerResponse,
    host: string,
    tls?: TlsClientFacts,
  ): void
  team(request: IncomingMessage, response: ServerResponse, host: string, tls?: TlsClientFacts): void
  /** To the transfer service of cloudflared. */
  transfer(request: IncomingMessage, response: ServerResponse, host: string): void
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    host: string,
    tls?: TlsClientFacts,
  ): void
}

/** What a request is for, and what its connection says of the client. */
interface Addressing {
  readonly host: string
  readonly account: Account | undefined
  readonly tls: TlsClientFacts | undefined
}

export function createEdge(options: EdgeOptions): Edge {
  const { world, accounts, log, nextRay, origins, proxy, country } = options
  const noteExpected = warnOnce(log)
  const originOf = (host: string): Origin => origins.get(host) ?? { kind: 'builtin' }
  // Created on first use, so that a start does not wait for Express.
  const serveAccessPath = once(() => createAccessPaths({ world, log, noteExpected }))
  const handler = once(() => createHandler({ world, proxy, log, originOf, noteExpected }))

  const transferService = once(async () => {
    const { createTransferService } = await import('./cli/transfer-service.ts')
    return createTransferService(options)
  })

  const read = (request: IncomingMessage, { host, account, tls }: Addressing) => {
    const stamp = { ray: account?.ray() ?? nextRay(), nowMs: world.now() }
    const { journal } = account ?? { journal: accounts.journals.ofNone }
    const at = { host, account, tls, journal, country, hasOrigin: origins.has(host) }
    const edgeRequest = readEdgeRequest(request, at, stamp)
    if (edgeRequest === undefined) {
      const { method = 'GET', url: path = '' } = request
      const { status, because } = badPath
      const received = { ...stamp, host, method, path, operation: 'edge.path' }
      journal.add({ ...received, status, because, ...journaledFault(undefined) })
    }
    return { stamp, edgeRequest }
  }

  /** Reads the request; undefined if it has been refused. */
  const accept = (
    request: IncomingMessage,
    response: ServerResponse,
    addressing: Addressing,
  ): EdgeRequest | undefined => {
    const { edgeRequest, stamp } = read(request, addressing)
    if (edgeRequest === undefined) {
      write(request, response, badPath, stamp)
      return undefined
    }
    const refusal = refuseLongHeaders(request, edgeRequest)
    if (refusal === undefined) return edgeRequest
    write(request, response, refusal, edgeRequest)
    return undefined
  }

  return {
    application(request, response, host, tls) {
      const account = accounts.byHost(host)
      const edgeRequest = accept(request, response, { host, account, tls })
      if (edgeRequest === undefined) return
      const { path } = edgeRequest
      const isOwn = isAccessPath(path) || isOauthDocument(account, host, path)
      if (account !== undefined && isOwn) {
        serveAccessPath()('application', request, response, edgeRequest, account)
      } else {
        void handler().request(request, response, edgeRequest)
      }
    },
    async team(request, response, host, tls) {
      const account = accounts.byTeam(host)
      const edgeRequest = accept(request, response, { host, account, tls })
      if (edgeRequest === undefined) return
      const { path } = edgeRequest
      if (account !== undefined && isServedAtTeam(account, path)) {
        serveAccessPath()('team', request, response, edgeRequest, account)
        return
      }
      const acting =
        account === undefined ? undefined : await faultAtPath(edgeRequest, account, world)
      // The launcher answers for any team name, so it does not reveal which ones exist (edge-organization-unknown).
      const nothing = account === undefined ? organizationUnknown : pathOfTeamUnknown
      const own = path === '/' ? htmlReply(200, launcherPage) : nothing
      const reply = acting?.effect ?? own
      write(request, response, reply, edgeRequest)
      note(edgeRequest, { ...noted(reply, 'edge.path'), fault: acting?.fault })
    },
    async transfer(request, response, host) {
      const serve = await transferService()
      serve(request, response, host)
    },
    upgrade(request, socket, head, host, tls) {
      const account = accounts.byHost(host)
      const { edgeRequest, stamp } = read(request, { host, account, tls })
      if (edgeRequest === undefined) {
        endWithReply(socket, badPath, stamp)
        return
      }
      const refusal = refuseLongHeaders(request, edgeRequest)
      if (refusal !== undefined) {
        endWithReply(socket, refusal, edgeRequest)
      } else if (isAccessPath(edgeRequest.path)) {
        endWithReply(socket, ownPathUpgraded, edgeRequest)
        note(edgeRequest, noted(ownPathUpgraded, 'edge.path'))
      } else {
        void handler().upgrade(request, socket, head, edgeRequest)
      }
    },
  }
}

function isServedAtTeam(account: Account, path: string): boolean {
  if (path === '/') return account.applications.launcher() !== undefined
  return path.startsWith('/cdn-cgi/') || path === oauthServerPath
}

/** Warns about the first answer that only the profile `expected` gives. */
function warnOnce(log: Log): (what: string) => void {
  let isNoted = false
  return (what) => {
    if (isNoted) return
    isNoted = true
    log.warn(
      { what },
      'this answer exists only in profile "expected"; real Cloudflare answers like profile "observed" or "strict" (shown once)',
    )
  }
}
