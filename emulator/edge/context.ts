/** What a handler of `/cdn-cgi/access/*` knows: the request, its account, and on which kind of host it is. */
import type { Account } from '../account/account.ts'
import type { Stamp } from '../http/reply.ts'
import type { World } from '../world.ts'
import type { EdgeRequest } from './request.ts'

export interface EdgeContext extends Stamp {
  readonly edgeRequest: EdgeRequest
  readonly account: Account
  readonly world: World
  readonly place: 'application' | 'team'
  /** The body as text; empty where there is none. */
  readonly body: string
  /** Says once in a run that CI may be turning green on an answer that no real Cloudflare gives. */
  readonly noteExpected: (what: string) => void
}
