/** The DoH settings of an organization. No DoH endpoint is emulated: they are kept and shown. */
import type { organizationDoh as contract } from '../../contracts/api/organization-doh.ts'
import { durationSeconds } from '../../contracts/declaration/primitives.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { withExtra } from '../http/check.ts'
import type { OrganizationDohRow } from '../state/rows.ts'
import type { ApiContext, HandlersOf } from './context.ts'
import { keptOf } from './parts.ts'
import { shownExpiry } from './service-tokens.ts'

const unset: OrganizationDohRow = { doh_jwt_duration: '24h', extra: {} }

function stored({ account }: ApiContext): OrganizationDohRow {
  return account.state.tables.organization_doh.all()[0] ?? unset
}

function view({ extra, service_token_id, ...known }: OrganizationDohRow, { account }: ApiContext) {
  const token = account.state.tables.service_tokens.get(service_token_id ?? '')
  if (token === undefined) return withExtra(known, extra)
  const { id, name, client_id, duration, created_at, updated_at, last_seen_at } = token
  const ends = { expires_at: shownExpiry(token) }
  const seen = last_seen_at === undefined ? {} : { last_seen_at }
  const shown = { id, name, client_id, duration, created_at, updated_at, ...ends, ...seen }
  return withExtra({ ...known, ...shown }, extra)
}

export const organizationDoh: HandlersOf<typeof contract> = {
  get: (_call, context) => ({ result: view(stored(context), context) }),
  update({ body, extra, reset }, context) {
    const { account } = context
    const before = keptOf(stored(context), { extra, reset }, unset)
    const {
      doh_jwt_duration = before.doh_jwt_duration,
      service_token_id = before.service_token_id,
    } = body
    const longestHours = 24 * account.keyring().interval_days
    if ((durationSeconds(doh_jwt_duration) ?? 0) > longestHours * 3600) {
      const problem = `must be at most the key rotation period, ${longestHours}h`
      return fail('invalid_request', `doh_jwt_duration: ${problem}`)
    }
    const isNew = service_token_id !== undefined && service_token_id !== before.service_token_id
    if (isNew && account.state.tables.service_tokens.get(service_token_id) === undefined) {
      return fail('not_found', `there is no service token ${service_token_id}`)
    }
    const put: OrganizationDohRow = {
      doh_jwt_duration,
      ...(service_token_id === undefined ? {} : { service_token_id }),
      extra: before.extra,
    }
    return { result: view(put, context), changes: [{ table: 'organization_doh', put }] }
  },
}
