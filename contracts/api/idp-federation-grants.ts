/** Grants that let other accounts federate with an identity provider of this one (api-idp-federation-grants). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { hex32, timestamp, uuid } from '../declaration/primitives.ts'
import { resource } from '../declaration/resource.ts'

export const idpFederationGrants = resource({
  name: 'idpFederationGrants',
  one: 'a grant to federate with an identity provider',
  noun: 'IdP federation grant',
  many: 'grants to federate with identity providers',
  path: '/access/idp_federation_grants',
  param: 'idp_federation_grant_id',
  scope: 'account',
  keyForm: 'hex32',
  table: 'idp_federation_grants',
  lacks: ['replace'],
  entity: once(() => z.object({ id: hex32(), idp_id: uuid(), created_at: timestamp() })),
  body: once(() => z.looseObject({ idp_id: uuid() })),
  labels: ['idp_id'],
  after: ['identityProviders'],
  unique: { by: ['idp_id'], failure: 'conflict' },
  writeErrors: ['not_found'],
  deleted: once(() => z.object({ id: hex32() })),
  deleteStatus: 202,
  unknown: 'not_found',
  evidence: 'documented',
  source: ['api-idp-federation-grants', 'api-idp-federation-grant-refused'],
  recognisedBy: [['idp_id', 'created_at']],
  example: { idp_id: 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415' },
  lifeCycle: {
    body: () => ({}),
    names: { idp_id: 'identityProviders' },
    invalid: { 'no provider': {} },
  },
})
