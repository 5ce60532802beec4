/** Grants that let other accounts federate with an identity provider of this one (api-idp-federation-grants). */
import { z } from 'zod'
import { endpoint, once } from '../endpoint.ts'
import { hex32, timestamp, uuid } from '../primitives.ts'

const path = '/access/idp_federation_grants'
const item = `${path}/{idp_federation_grant_id}` as const

const grant = once(() => z.object({ id: hex32(), idp_id: uuid(), created_at: timestamp() }))

const common = {
  result: grant,
  status: 200,
  evidence: 'documented',
  source: ['api-idp-federation-grants'],
} as const

export const idpFederationGrants = {
  list: endpoint({
    ...common,
    id: 'idpFederationGrants.list',
    summary: 'List grants to federate with identity providers',
    method: 'GET',
    path,
    result: once(() => z.array(grant())),
  }),
  get: endpoint({
    ...common,
    id: 'idpFederationGrants.get',
    summary: 'Get a grant to federate with an identity provider',
    method: 'GET',
    path: item,
    errors: ['not_found'],
  }),
  create: endpoint({
    ...common,
    id: 'idpFederationGrants.create',
    summary: 'Create a grant to federate with an identity provider',
    method: 'POST',
    path,
    body: once(() => z.looseObject({ idp_id: uuid() })),
    status: 201,
    errors: ['invalid_request', 'conflict', 'not_found'],
    source: ['api-idp-federation-grants', 'api-idp-federation-grant-refused'],
  }),
  delete: endpoint({
    ...common,
    id: 'idpFederationGrants.delete',
    summary: 'Delete a grant to federate with an identity provider',
    method: 'DELETE',
    path: item,
    result: once(() => z.object({ id: hex32() })),
    status: 202,
    errors: ['not_found'],
  }),
} as const
