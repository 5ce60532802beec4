/** The account that the API token belongs to; here, every token has exactly one. */
import { accountDefaults, type accounts as contract } from '../../contracts/api/accounts.ts'
import type { Account } from '../account/account.ts'
import type { ApiHandlers } from './context.ts'
import { contains } from './filters.ts'

export function accountView({ id, name }: Account) {
  return { id, name, type: accountDefaults.type, settings: { ...accountDefaults.settings } }
}

export const accounts: ApiHandlers<typeof contract> = {
  list({ query }, { account }) {
    return { rows: contains(account.name, query.name) ? [account] : [], view: accountView }
  },
  get: (_call, { account }) => ({ result: accountView(account) }),
}
