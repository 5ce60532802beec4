/** What a handler of the control API knows: the whole emulator, and which account a call means. */
import type { Overrides, Profile } from '../../contracts/behaviours/table.ts'
import type {
  BodyInput,
  Endpoint,
  EndpointGroup,
  ParamsOf,
  ResultOf,
} from '../../contracts/endpoint.ts'
import { type Failure, fail } from '../../contracts/errors.ts'
import type { SeedAccountData } from '../../contracts/seed.ts'
import type { Account, Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import type { Handlers } from '../http/handler.ts'
import type { Stamp } from '../http/reply.ts'
import type { Stored } from '../state/log.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world.ts'

/** What the control API may do that only the composition can. */
export interface Controlled {
  readonly world: World
  readonly accounts: Accounts
  readonly profile: Profile
  /** As given at start, under which `reset` leaves every account. */
  readonly overrides: Overrides
  readonly seedName: string
  readonly adminToken: string | undefined
  readonly nextRay: () => string
  /** Makes an account as a seed would. */
  seedAccount(data: SeedAccountData): Promise<Account | Failure<'bad_request' | 'write_refused'>>
  /** One operation of the API, as if the gateway had let it through; the caller commits the changes. */
  callApi<E extends Endpoint>(
    account: Account,
    endpoint: E,
    input?: {
      readonly params?: ParamsOf<E>
      readonly body?: BodyInput<E>
      readonly zone?: Zone
    },
  ): Promise<{ readonly result: ResultOf<E>; readonly changes: readonly Change[] } | Failure>
  /** The clock, and the rays and journal of requests that belong to no account, as they were at start. */
  resetWorld(): void
}

export interface ControlContext extends Stamp, Controlled {}

export type ControlHandlers<G extends EndpointGroup> = Handlers<G, ControlContext, never>

/** The account that `?account=` names, or the first one. */
export function accountOf(
  query: { readonly account?: string | undefined } | undefined,
  { accounts }: Pick<Controlled, 'accounts'>,
): Account | Failure<'unknown'> {
  const id = query?.account
  const account = id === undefined ? accounts.first() : accounts.byId(id)
  if (account !== undefined) return account
  return fail(
    'unknown',
    id === undefined
      ? 'There is no account yet. Make one with POST /__access/accounts.'
      : `There is no account "${id}".`,
  )
}

/** Waits until the log has a change. */
export async function refusedBy(stored: Stored): Promise<Failure<'write_refused'> | undefined> {
  try {
    await stored
    return undefined
  } catch {
    return fail('write_refused')
  }
}
