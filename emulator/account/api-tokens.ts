/** API tokens of an account besides its own: how they are made, and whether they may be used now. */
import { type ApiToken, type ApiTokenBody, resourceNames } from '../../contracts/api/api-tokens.ts'
import { placeAmong } from '../access/addresses.ts'
import type { ApiTokenRow } from '../state/rows.ts'
import type { Change } from '../state/state.ts'
import { timestampAt } from '../state/timestamps.ts'
import { apiTokenValue, digest } from '../world/ids.ts'
import type { World } from '../world/world.ts'
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'

interface NewApiToken {
  readonly row: ApiTokenRow
  /** Shown once. */
  readonly value: string
  readonly changes: readonly Change[]
}

/** Undefined if the value is that of another token. @throws IdTaken if the id is that of another object */
export function newApiToken(
  { id: explicit, value: given, policies, not_before, expires_on, ...settings }: ApiTokenBody,
  account: Account,
  { world, accounts }: { readonly world: World; readonly accounts: Accounts },
): NewApiToken | undefined {
  const minted = account.mint('api_token', settings.name, { explicit, hexFor: 'id' })
  const value = given ?? derivedValue(world, account, { ...settings, id: minted.id })
  const hashed = digest(value)
  if (accounts.byApiToken(value) !== undefined || accounts.byTokenDigest(hashed) !== undefined) {
    return undefined
  }
  const row: ApiTokenRow = {
    id: minted.id,
    ...settings,
    policies: policies.map((policy) => ({
      ...policy,
      resources: policy.resources ?? { [resourceNames.account + account.id]: '*' },
    })),
    ...(not_before === undefined ? {} : { not_before: timestampAt(Date.parse(not_before)) }),
    ...(expires_on === undefined ? {} : { expires_on: timestampAt(Date.parse(expires_on)) }),
    issued_on: timestampAt(world.now()),
    digest: hashed,
  }
  return { row, value, changes: [minted.change, { table: 'api_tokens', put: row }] }
}

/** The value of a token that was given none: it can be derived again, and so need not be kept. */
export function derivedValue(
  world: World,
  account: Pick<Account, 'id'>,
  { kind, id }: Pick<ApiToken, 'kind' | 'id'>,
): string {
  return apiTokenValue(kind, world.bytes(64, account.id, 'api_token', id))
}

export function shownApiToken({ digest: _, ...token }: ApiTokenRow, nowMs: number): ApiToken {
  return { ...token, status: statusOf(token, nowMs) }
}

export function statusOf(token: ApiToken, nowMs: number): ApiToken['status'] {
  const { status, expires_on } = token
  const isOver = expires_on !== undefined && Date.parse(expires_on) <= nowMs
  return status === 'active' && isOver ? 'expired' : status
}

export type TokenHindrance =
  | 'api_token_disabled'
  | 'api_token_expired'
  | 'api_token_not_yet_valid'
  | 'api_token_location'

/** Why the token may not be used now, from this address. */
export function hindranceOf(
  token: ApiToken,
  { nowMs, ip }: { readonly nowMs: number; readonly ip: string },
): TokenHindrance | undefined {
  const status = statusOf(token, nowMs)
  if (status !== 'active') return `api_token_${status}`
  if (token.not_before !== undefined && Date.parse(token.not_before) > nowMs) {
    return 'api_token_not_yet_valid'
  }
  const { in: only = [], not_in: never = [] } = token.condition?.request_ip ?? {}
  const isInside = (ranges: readonly string[]) => placeAmong(ip, ranges) === 'inside'
  const isAllowed = (only.length === 0 || isInside(only)) && !isInside(never)
  return isAllowed ? undefined : 'api_token_location'
}
