/** What the handlers of the control API work with: the whole emulator, and the account that a call names. */
import type { Overrides, Profile } from '../../contracts/behaviours/table.ts'
import type { control } from '../../contracts/control/endpoints.ts'
import type { SeedAccountData } from '../../contracts/control/seed.ts'
import type {
  BodyInput,
  Endpoint,
  EndpointGroup,
  ParamsOf,
  ResultOf,
} from '../../contracts/declaration/endpoint.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import type { Account, Zone } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import type { AccountTemplate } from '../account/template.ts'
import type { Answer, Call, Handler, Handlers } from '../http/handler.ts'
import type { Stamp } from '../http/reply.ts'
import type { WriteDone } from '../state/log.ts'
import type { AccountLease } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import type { ClockSetting, World } from '../world/world.ts'

export interface AccountMaking {
  readonly lease: AccountLease | undefined
  /** Whether its data is that of a named seed, whose secrets anybody can know. */
  readonly isPublished: boolean
}

/** What a caller may look accounts up by. */
export type ReachableAccounts = Pick<
  Accounts,
  'all' | 'byId' | 'byHost' | 'first' | 'remembered'
> & {
  readonly journals: Pick<Accounts['journals'], 'ofNone'>
}

/** What a monitoring system reads. */
export interface MetricsText {
  readonly text: string
  /** The media type, with the version of the format. */
  readonly type: string
}

/** The emulator, as the control API sees it. */
export interface Controlled {
  readonly world: World
  /** Those that the caller reaches: all, or its own. */
  readonly accounts: ReachableAccounts
  /** For what must be unique among all accounts. */
  readonly everyAccount: Accounts
  readonly profile: Profile
  /** The overrides given at start, to which `reset` returns every account. */
  readonly overrides: Overrides
  readonly seedName: string
  readonly adminToken: string | undefined
  /** Whether strangers use the emulator side by side, so that no caller is trusted for its address. */
  readonly shared: boolean
  readonly nextRay: () => string
  /** Why requests should go elsewhere, one sentence each. */
  readonly missing: () => Promise<readonly string[]>
  /** A new admin token for one account. */
  readonly newAccountToken: () => string
  /** Where replicas share the state: waits for what others have stored. */
  readonly current: (() => Promise<boolean>) | undefined
  /** Starts to count at the first call. Undefined if the package that it needs is not installed. */
  readonly metrics: () => Promise<(() => Promise<MetricsText>) | undefined>
  /** What a seed says of an account that is to have ids and names of its own. */
  accountFrom(template: AccountTemplate): Promise<SeedAccountData | Failure<'bad_request'>>
  /** Clears the journal of an account, or of requests that belong to none (null), at other replicas. */
  readonly clearJournal: (account: string | null) => Promise<void>
  /** Creates an account as a seed would. */
  seedAccount(
    data: SeedAccountData,
    making?: AccountMaking,
  ): Promise<Account | Failure<'bad_request' | 'quota_exceeded' | 'write_refused'>>
  /** Runs one operation of the API, past its checks of credentials. The caller commits the changes. */
  callApi<E extends Endpoint>(
    account: Account,
    endpoint: E,
    input?: {
      readonly params?: ParamsOf<E>
      readonly body?: BodyInput<E>
      readonly zone?: Zone
    },
  ): Promise<{ readonly result: ResultOf<E>; readonly changes: readonly Change[] } | Failure>
  /** Resets what belongs to no account: the clock, rays and the journal of requests without an account. */
  resetWorld(): WriteDone
  /** Sets the clock, of all replicas where there are several. */
  setClock(setting: ClockSetting): WriteDone
}

export interface ControlContext extends Stamp, Controlled {}

export type ControlHandlers<G extends EndpointGroup> = Handlers<G, ControlContext, never>
export type ControlHandler<N extends keyof typeof control> = HandlerOf<(typeof control)[N]>
type HandlerOf<E extends Endpoint> = Handler<E, ControlContext, never>

/** An operation on one account: the one that `?account=` names, or the first. */
export function onAccount<E extends Endpoint>(
  act: (account: Account, call: Call<E>, context: ControlContext) => ReturnType<HandlerOf<E>>,
): HandlerOf<E> {
  return (call, context) => {
    const account = accountOf(Object(call.query), context)
    // Each operation with `?account=` declares this failure.
    return isFailure(account) ? (account as Answer<E, never>) : act(account, call, context)
  }
}

/** The account named by `?account=`, or the first one. */
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
      ? 'There is no account yet. Create one with POST /__access/accounts.'
      : `There is no account "${id}".`,
  )
}
