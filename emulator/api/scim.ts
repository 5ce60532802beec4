/** SCIM: no identity provider of the emulator syncs anything, so all lists are empty (api-scim-nothing). */
import { identityProviders } from '../../contracts/api/identity-providers.ts'
import type { scim as contract } from '../../contracts/api/scim.ts'
import type { ApiHandlers } from './context.ts'
import { onRow } from './crud.ts'

/** As rows, so that the answer has the numbers of a list. */
const none = {
  rows: [],
  view(row: never) {
    return row
  },
}

export const scim: ApiHandlers<typeof contract> = {
  users: onRow(identityProviders, () => none),
  groups: onRow(identityProviders, () => none),
  updates: () => none,
}
