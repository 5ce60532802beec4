/** What a handler of the API knows of its request beside the call itself. */
import type { EndpointGroup } from '../../contracts/endpoint.ts'
import type { Account, Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import type { Handlers } from '../http/handler.ts'
import type { Stamp } from '../http/reply.ts'
import type { Change } from '../state/state.ts'
import { timestampAt } from '../state/timestamps.ts'
import type { World } from '../world.ts'

export interface ApiContext extends Stamp {
  readonly account: Account
  /** Where the path named a zone. */
  readonly zone: Zone | undefined
  readonly accounts: Accounts
  readonly world: World
  /** Whether the call comes from a seed, which may hold what the API itself would not make. */
  readonly isSeed?: boolean
  /** `/client/v4/…` without the query, as it was sent. */
  readonly path: string
}

export type ApiHandlers<G extends EndpointGroup> = Handlers<G, ApiContext, Change[]>

/** A handler for every operation of a resource. */
export type HandlersOf<R extends { readonly operations: EndpointGroup }> = ApiHandlers<
  R['operations']
>

/** The zone that the path names. */
export function zoneOf({ zone }: ApiContext): Zone {
  if (zone === undefined) throw new Error('an operation of a zone was asked of none')
  return zone
}

/** Now, as the API writes it. */
export function nowOf(context: ApiContext): string {
  return timestampAt(context.nowMs)
}
