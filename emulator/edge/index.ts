/** The edge: what an application host or a team domain answers, and what goes on to the origin. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endWithReply } from '../http/raw.ts'
import { because, write } from '../http/reply.ts'
import { createOwnPaths, isOwnPath, replyOfFault } from './access-paths.ts'
import { createPassage, type PassageOptions } from './handler.ts'
import { refuseLongHeaders } from './header-limit.ts'
import { answer, note, noted } from './note.ts'
import { launcherPage } from './pages.ts'
import type { Visit } from './request.ts'
import { htmlReply, organizationUnknown } from './unknown.ts'

const pathOfTeamUnknown = because(organizationUnknown, 'team_path_unknown')

/** Live hands no request under these paths to an origin; what it says to an upgrade is not known. */
const ownPathUpgraded = because(
  htmlReply(400, '<h1>400 Bad Request</h1><p>Access takes no upgrade on its own paths.</p>'),
  'own_path_upgraded',
)

export interface Edge {
  /** A request to a host in a zone, or to one that `--origin` names. */
  application(request: IncomingMessage, response: ServerResponse, visit: Visit): void
  team(request: IncomingMessage, response: ServerResponse, visit: Visit): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit): void
}

export function createEdge(options: Omit<PassageOptions, 'noteExpected'>): Edge {
  let isNoted = false
  const noteExpected = (what: string) => {
    if (isNoted) return
    isNoted = true
    options.log.warn(
      { what },
      'this answer exists only in profile "expected"; real Cloudflare answers as profile "observed" or "strict". Said once.',
    )
  }
  const serveOwnPath = createOwnPaths({ ...options, noteExpected })
  const passage = createPassage({ ...options, noteExpected })

  const isTooLong = (request: IncomingMessage, response: ServerResponse, visit: Visit): boolean => {
    const refusal = refuseLongHeaders(request, visit)
    if (refusal !== undefined) write(request, response, refusal, visit)
    return refusal !== undefined
  }

  return {
    application(request, response, visit) {
      if (isTooLong(request, response, visit)) return
      const { account, path } = visit
      if (account !== undefined && isOwnPath(path)) {
        serveOwnPath('application', request, response, visit, account)
      } else {
        void passage.request(request, response, visit)
      }
    },
    team(request, response, visit) {
      if (isTooLong(request, response, visit)) return
      const { account, path } = visit
      if (account !== undefined && path.startsWith('/cdn-cgi/')) {
        serveOwnPath('team', request, response, visit, account)
        return
      }
      const fault = account === undefined ? undefined : replyOfFault(visit, account, options.world)
      // The launcher answers for any name, and does not tell real ones from others (edge-organization-unknown).
      const nothing = account === undefined ? organizationUnknown : pathOfTeamUnknown
      const own = path === '/' ? htmlReply(200, launcherPage) : nothing
      // A fault has noted itself.
      if (fault === undefined) answer(request, response, own, visit)
      else write(request, response, fault, visit)
    },
    upgrade(request, socket, head, visit) {
      const refusal = refuseLongHeaders(request, visit)
      if (refusal !== undefined) {
        endWithReply(socket, refusal, visit)
      } else if (isOwnPath(visit.path)) {
        endWithReply(socket, ownPathUpgraded, visit)
        note(visit, noted(ownPathUpgraded, 'edge.path'))
      } else {
        void passage.upgrade(request, socket, head, visit)
      }
    },
  }
}
