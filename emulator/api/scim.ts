/** SCIM: no identity provider of the emulator syncs anything, so all lists are empty (api-scim-nothing). */
import type { scim as contract } from '../../contracts/api/scim.ts'
import { fail } from '../../contracts/errors/errors.ts'
import type { ApiContext, ApiHandlers } from './context.ts'

/** As rows, so that the answer has the numbers of a list. */
const none = {
  rows: [],
  view(row: never) {
    return row
  },
}

function nothingOf(
  { identity_provider_id }: { readonly identity_provider_id: string },
  { account }: ApiContext,
) {
  const provider = account.state.tables.identity_providers.get(identity_provider_id)
  return provider === undefined ? fail('not_found') : none
}

export const scim: ApiHandlers<typeof contract> = {
  users: ({ params }, context) => nothingOf(params, context),
  groups: ({ params }, context) => nothingOf(params, context),
  updates: () => none,
}
