/** The DoH settings of an organization: how long a DoH JWT is valid, and which service token gets one (api-organization-doh). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { clientId, duration, timestamp, uuid } from '../declaration/primitives.ts'
import { single } from '../declaration/resource.ts'

const token = once(() => ({
  id: uuid(),
  name: z.string(),
  client_id: clientId(),
  duration: z.string(),
  created_at: timestamp(),
  updated_at: timestamp(),
  expires_at: timestamp(),
  last_seen_at: timestamp(),
}))

const settings = once(() =>
  z.object({ doh_jwt_duration: duration(), ...z.object(token()).partial().shape }),
)

const body = once(() =>
  z.looseObject({
    doh_jwt_duration: duration().optional(),
    service_token_id: uuid().optional(),
  }),
)

const common = {
  path: '/access/organizations/doh',
  result: settings,
  evidence: 'documented',
  source: ['api-organization-doh', 'api-organization-doh-unset'],
} as const

export const organizationDoh = single(
  {
    name: 'organizationDoh',
    one: 'the DoH settings of an organization',
    noun: 'DoH settings',
    table: 'organization_doh',
    entity: settings,
    body,
    derived: [
      'id',
      'name',
      'client_id',
      'duration',
      'created_at',
      'updated_at',
      'expires_at',
      'last_seen_at',
    ],
    kept: () => ({ service_token_id: uuid().optional() }),
    example: { doh_jwt_duration: '24h' },
  },
  {
    get: endpoint({
      ...common,
      id: 'organizationDoh.get',
      summary: 'Get the DoH settings of the organization',
      method: 'GET',
      status: 200,
    }),
    update: endpoint({
      ...common,
      id: 'organizationDoh.update',
      summary: 'Change the DoH settings of the organization',
      method: 'PUT',
      body,
      status: 201,
      errors: ['invalid_request', 'not_found'],
    }),
  },
)
