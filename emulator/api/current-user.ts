/** The user of the credentials: each account has one, with a single membership. */
import type { currentUser as contract, Membership } from '../../contracts/api/current-user.ts'
import { hex } from '../world/ids.ts'
import { accountView } from './accounts.ts'
import type { ApiContext, ApiHandlers } from './context.ts'
import { contains } from './filters.ts'

const role = 'Super Administrator - All Privileges'

function idOf(what: string, { account, world }: ApiContext): string {
  return hex(world.bytes(16, what, account.id))
}

function membershipOf(context: ApiContext): Membership {
  return {
    id: idOf('membership', context),
    status: 'accepted',
    account: accountView(context.account),
    api_access_enabled: null,
    permissions: {},
    roles: [role],
  }
}

export const currentUser: ApiHandlers<typeof contract> = {
  get(_call, context) {
    const { id, name, email } = context.account
    return {
      result: {
        id: idOf('user', context),
        email,
        first_name: null,
        last_name: null,
        telephone: null,
        country: null,
        zipcode: null,
        two_factor_authentication_enabled: false,
        two_factor_authentication_locked: false,
        has_pro_zones: false,
        has_business_zones: false,
        has_enterprise_zones: false,
        suspended: false,
        betas: [],
        organizations: [{ id, name, status: 'member', permissions: [], roles: [role] }],
      },
    }
  },
  /** One membership is in any order. */
  memberships({ query }, context) {
    const { name } = context.account
    const isShown =
      contains(name, query.name) &&
      contains(name, query['account.name']) &&
      (query.status ?? 'accepted') === 'accepted'
    const view = (each: Membership) => each
    return { rows: isShown ? [membershipOf(context)] : [], view }
  },
}
