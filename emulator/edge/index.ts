/** The edge: what an application host or a team domain answers, and what goes on to the origin. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endWithReply } from '../http/raw.ts'
import { because, write } from '../http/reply.ts'
import { createAccessPaths, isAccessPath, replyOfFault } from './access-paths.ts'
import { createHandler, type HandlerOptions } from './handler.ts'
import { refuseLongHeaders } from './header-limit.ts'
import { answer, note, noted } from './note.ts'
import { launcherPage } from './pages.ts'
import type { EdgeRequest } from './request.ts'
import { htmlReply, organizationUnknown } from './unknown.ts'

const pathOfTeamUnknown = because(organizationUnknown, 'team_path_unknown')

/** Live hands no request under these paths to an origin; what it says to an upgrade is not known. */
const ownPathUpgraded = because(
  htmlReply(400, '<h1>400 Bad Request</h1><p>Access takes no upgrade on its own paths.</p>'),
  'own_path_upgraded',
)

export interface Edge {
  /** A request to a host in a zone, or to one that `--origin` names. */
  application(request: IncomingMessage, response: ServerResponse, edgeRequest: EdgeRequest): void
  team(request: IncomingMessage, response: ServerResponse, edgeRequest: EdgeRequest): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, edgeRequest: EdgeRequest): void
}

export function createEdge(options: Omit<HandlerOptions, 'noteExpected'>): Edge {
  let isNoted = false
  const noteExpected = (what: string) => {
    if (isNoted) return
    isNoted = true
    options.log.warn(
      { what },
      'this answer exists only in profile "expected"; real Cloudflare answers as profile "observed" or "strict". Said once.',
    )
  }
  const serveOwnPath = createAccessPaths({ ...options, noteExpected })
  const handler = createHandler({ ...options, noteExpected })

  const isTooLong = (
    request: IncomingMessage,
    response: ServerResponse,
    edgeRequest: EdgeRequest,
  ): boolean => {
    const refusal = refuseLongHeaders(request, edgeRequest)
    if (refusal !== undefined) write(request, response, refusal, edgeRequest)
    return refusal !== undefined
  }

  return {
    application(request, response, edgeRequest) {
      if (isTooLong(request, response, edgeRequest)) return
      const { account, path } = edgeRequest
      if (account !== undefined && isAccessPath(path)) {
        serveOwnPath('application', request, response, edgeRequest, account)
      } else {
        void handler.request(request, response, edgeRequest)
      }
    },
    team(request, response, edgeRequest) {
      if (isTooLong(request, response, edgeRequest)) return
      const { account, path } = edgeRequest
      if (account !== undefined && path.startsWith('/cdn-cgi/')) {
        serveOwnPath('team', request, response, edgeRequest, account)
        return
      }
      const fault =
        account === undefined ? undefined : replyOfFault(edgeRequest, account, options.world)
      // The launcher answers for any name, and does not tell real ones from others (edge-organization-unknown).
      const nothing = account === undefined ? organizationUnknown : pathOfTeamUnknown
      const own = path === '/' ? htmlReply(200, launcherPage) : nothing
      // A fault has noted itself.
      if (fault === undefined) answer(request, response, own, edgeRequest)
      else write(request, response, fault, edgeRequest)
    },
    upgrade(request, socket, head, edgeRequest) {
      const refusal = refuseLongHeaders(request, edgeRequest)
      if (refusal !== undefined) {
        endWithReply(socket, refusal, edgeRequest)
      } else if (isAccessPath(edgeRequest.path)) {
        endWithReply(socket, ownPathUpgraded, edgeRequest)
        note(edgeRequest, noted(ownPathUpgraded, 'edge.path'))
      } else {
        void handler.upgrade(request, socket, head, edgeRequest)
      }
    },
  }
}
