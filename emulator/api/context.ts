/** What the handlers of the API know about a request, besides its parsed call. */
import type { Endpoint, EndpointGroup } from '../../contracts/declaration/endpoint.ts'
import type { Account, Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import type { Handler, Handlers } from '../http/handler.ts'
import type { Stamp } from '../http/reply.ts'
import type { ApiTokenRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { timestampAt } from '../state/timestamps.ts'
import type { World } from '../world/world.ts'
import type { Explicit } from './explicit.ts'

export interface ApiContext extends Stamp {
  readonly account: Account
  /** The zone in the path, if any. */
  readonly zone: Zone | undefined
  /** The API token of the request, unless it is one that may do everything. */
  readonly token?: ApiTokenRow | undefined
  /** Ids of the only rows that the token lets a list show. */
  readonly visible?: ReadonlySet<string> | undefined
  readonly accounts: Accounts
  readonly world: World
  /** Whether the call comes from a seed, which may contain objects that the API would refuse. */
  readonly isSeed?: boolean
  /** What the seed gives of the new object although the server would make it up. */
  readonly explicit?: Explicit | undefined
  /** `/client/v4/…` without the query, as it was sent. */
  readonly path: string
}

export type ApiHandler<E extends Endpoint> = Handler<E, ApiContext, Change[]>
export type ApiHandlers<G extends EndpointGroup> = Handlers<G, ApiContext, Change[]>

/** A handler for every operation of a resource. */
export type HandlersOf<R extends { readonly operations: EndpointGroup }> = ApiHandlers<
  R['operations']
>

/** The zone in the path. @throws Error if there is none */
export function zoneOf({ zone }: ApiContext): Zone {
  if (zone === undefined) throw new Error('an operation of a zone was called without a zone')
  return zone
}

/** The current time, in the format of the API. */
export function nowOf(context: ApiContext): string {
  return timestampAt(context.nowMs)
}
