/** Shows the API tokens that the account owns, never their values. The one that an account begins with is not among them. */
import type { AccountToken, accountTokens as contract } from '../../contracts/api/account-tokens.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { shownApiToken } from '../account/api-tokens.ts'
import type { ApiTokenRow } from '../state/rows.ts'
import { digest } from '../world/ids.ts'
import type { ApiContext, ApiHandlers } from './context.ts'

export const accountTokens: ApiHandlers<typeof contract> = {
  list({ query }, context) {
    const { direction = 'asc', include_expired = false } = query
    const rows = ownedBy(context)
      .map((row) => view(row, context))
      .filter(({ status }) => include_expired || status !== 'expired')
    return {
      rows: direction === 'asc' ? rows : rows.toReversed(),
      view: (token: AccountToken) => token,
    }
  },
  get({ params }, context) {
    const row = ownedBy(context).find(({ id }) => id === params.token_id)
    return row === undefined ? fail('not_found') : { result: view(row, context) }
  },
}

function ownedBy({ account }: ApiContext): readonly ApiTokenRow[] {
  return account.state.tables.api_tokens.all().filter(({ kind }) => kind === 'account')
}

function view(row: ApiTokenRow, { nowMs }: ApiContext): AccountToken {
  const { kind: _, policies, ...shown } = shownApiToken(row, nowMs)
  return {
    ...shown,
    policies: policies.map(({ id, effect, permission_groups, resources = {} }, index) => ({
      id: id ?? madeUp('policy', shown.id, String(index)),
      effect,
      permission_groups: permission_groups.map((group) => ({
        ...group,
        id: group.id ?? madeUp('permission_group', group.name),
      })),
      resources,
    })),
  }
}

/** An id that the seed does not give: Cloudflare's own are not public (api-account-tokens-ids). */
function madeUp(...what: readonly string[]): string {
  return digest(what.join(' ')).slice(0, 32)
}
