/** What the handlers of `/cdn-cgi/access/*` work with: the request, its account, and the kind of host. */
import type { Endpoint, EndpointGroup } from '../../contracts/declaration/endpoint.ts'
import type { Account, Change } from '../account/account.ts'
import type { Answer, Deferred, Handlers } from '../http/handler.ts'
import type { Stamp } from '../http/reply.ts'
import type { World } from '../world/world.ts'
import type { EdgeRequest } from './request.ts'

export interface EdgeContext extends Stamp {
  readonly edgeRequest: EdgeRequest
  readonly account: Account
  readonly world: World
  readonly place: 'application' | 'team'
  /** The body as text; empty if there is none. */
  readonly body: string
  /** Warns, once per run, that tests may be passing on an answer that real Cloudflare does not give. */
  readonly noteExpected: (what: string) => void
}

/** What a handler of the edge answers, with the changes to store first. */
export type PathAnswer<E extends Endpoint> = Answer<E, Change[]>
export type PathDeferred<E extends Endpoint> = Deferred<E, Change[]>
export type PathHandlers<G extends EndpointGroup> = Handlers<G, EdgeContext, Change[]>
