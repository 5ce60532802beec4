/** Grants to federate with identity providers: one for each, and none for a provider that was deleted. */
import type { idpFederationGrants as contract } from '../../contracts/api/idp-federation-grants.ts'
import { fail } from '../../contracts/errors.ts'
import type { Account } from '../account/account.ts'
import { hex } from '../ids.ts'
import type { IdpFederationGrantRow } from '../state/rows.ts'
import { type ApiHandlers, nowOf } from './context.ts'

function grantsOf({ state }: Account): readonly IdpFederationGrantRow[] {
  const { identity_providers, idp_federation_grants } = state.tables
  return idp_federation_grants
    .all()
    .filter(({ idp_id }) => identity_providers.get(idp_id) !== undefined)
}

function find(account: Account, id: string): IdpFederationGrantRow | undefined {
  return grantsOf(account).find((row) => row.id === id)
}

export const idpFederationGrants: ApiHandlers<typeof contract> = {
  list: (_call, { account }) => ({ result: [...grantsOf(account)] }),
  get({ params }, { account }) {
    const result = find(account, params.idp_federation_grant_id)
    return result === undefined ? fail('not_found') : { result }
  },
  create({ body: { idp_id } }, context) {
    const { account } = context
    if (account.state.tables.identity_providers.get(idp_id) === undefined) return fail('not_found')
    if (grantsOf(account).some((row) => row.idp_id === idp_id)) {
      return fail('conflict', 'the identity provider has a grant already')
    }
    const minted = account.mint('idp_federation_grant', idp_id)
    const result = { id: hex(minted.bytes(16, 'grant_id')), idp_id, created_at: nowOf(context) }
    const put = { table: 'idp_federation_grants', put: result } as const
    return { result, changes: [minted.change, put] }
  },
  delete({ params: { idp_federation_grant_id: id } }, { account }) {
    if (find(account, id) === undefined) return fail('not_found')
    return { result: { id }, changes: [{ table: 'idp_federation_grants', delete: id }] }
  },
}
