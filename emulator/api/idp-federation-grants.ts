/** Grants to federate with identity providers: one for each, which goes with its provider. */
import { idpFederationGrants as contract } from '../../contracts/api/idp-federation-grants.ts'
import { fail } from '../../contracts/errors/errors.ts'
import { crud } from './crud.ts'

export const idpFederationGrants = crud(contract, {
  check: ({ idp_id }, { account }) =>
    account.state.tables.identity_providers.get(idp_id) === undefined
      ? fail('not_found')
      : undefined,
})
