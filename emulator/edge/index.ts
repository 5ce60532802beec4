/** The edge: answers requests to application hosts and team domains, or forwards them to the origin. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { once } from '../../contracts/declaration/endpoint.ts'
import type { TlsClientFacts } from '../crypto/mtls/client.ts'
import { endWithReply } from '../http/raw.ts'
import { because, write } from '../http/reply.ts'
import type { Origin } from '../network/origin/forwarded.ts'
import type { OriginProxy } from '../network/origin/proxy.ts'
import type { Log } from '../world/log.ts'
import { createAccessPaths, isAccessPath } from './access-paths.ts'
import { faultAtPath } from './fault-at-path.ts'
import { createHandler } from './handler.ts'
import { note, noted } from './note.ts'
import { isOauthDocument } from './oauth/lazy.ts'
import { launcherPage } from './pages.ts'
import { createReader, type ReaderOptions } from './read-request.ts'
import type { EdgeRequest } from './request.ts'
import { htmlReply, organizationUnknown } from './unknown.ts'

const pathOfTeamUnknown = because(organizationUnknown, 'team_path_unknown')

/** Cloudflare forwards no request under these paths to an origin; its answer to an upgrade is not known. */
const ownPathUpgraded = because(
  htmlReply(400, '<h1>400 Bad Request</h1><p>Access accepts no upgrades on its own paths.</p>'),
  'own_path_upgraded',
)

export interface EdgeOptions extends ReaderOptions {
  readonly log: Log
  readonly proxy: OriginProxy
}

/** What the table of routes leads to on hosts behind the edge, and how a request to them is read. */
export function createEdge(options: EdgeOptions) {
  const { world, log, origins, proxy } = options
  const noteExpected = warnOnce(log)
  const reader = createReader(options)
  const originOf = (host: string): Origin => origins.get(host) ?? { kind: 'builtin' }
  // Created on first use, so that a start does not wait for Express.
  const serveAccessPath = once(() => createAccessPaths({ world, log, noteExpected }))
  const handler = createHandler({ world, proxy, log, originOf, noteExpected })
  const transferService = once(async () => {
    const { createTransferService } = await import('./cli/transfer-service.ts')
    return createTransferService(options)
  })

  return {
    read: reader.request,
    accessPath(request: IncomingMessage, response: ServerResponse, edgeRequest: EdgeRequest) {
      serveAccessPath()(request, response, edgeRequest)
    },
    gate: handler.request,
    async unknownAtTeam(
      request: IncomingMessage,
      response: ServerResponse,
      edgeRequest: EdgeRequest,
    ) {
      const { account, path } = edgeRequest
      const acting = account && (await faultAtPath(edgeRequest, account, world))
      // The launcher answers for any team name, so it does not reveal which ones exist (edge-organization-unknown).
      const nothing = account === undefined ? organizationUnknown : pathOfTeamUnknown
      const own = path === '/' ? htmlReply(200, launcherPage) : nothing
      const reply = acting?.effect ?? own
      write(request, response, reply, edgeRequest)
      note(edgeRequest, { ...noted(reply, 'edge.path'), fault: acting?.fault })
    },
    hasAccount: ({ account }: EdgeRequest) => account !== undefined,
    hasLauncher: ({ account }: EdgeRequest) => account?.applications.launcher() !== undefined,
    hasManagedOauth: ({ account, host, path }: EdgeRequest) => isOauthDocument(account, host, path),
    async transfer(request: IncomingMessage, response: ServerResponse, host: string) {
      const serve = await transferService()
      serve(request, response, host)
    },
    upgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      host: string,
      tls?: TlsClientFacts,
    ) {
      const edgeRequest = reader.upgrade(request, socket, host, tls)
      if (edgeRequest === undefined) return
      if (isAccessPath(edgeRequest.path)) {
        endWithReply(socket, ownPathUpgraded, edgeRequest)
        note(edgeRequest, noted(ownPathUpgraded, 'edge.path'))
      } else {
        void handler.upgrade(request, socket, head, edgeRequest)
      }
    },
  }
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
