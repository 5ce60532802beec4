/** Models of FIDO2 authenticators, for the MFA settings (api-authenticator-aaguids). */
import { z } from 'zod'
import { endpoint, once } from '../declaration/endpoint.ts'
import { uuid } from '../declaration/primitives.ts'

export const authenticatorAaguids = {
  list: endpoint({
    id: 'authenticatorAaguids.list',
    summary: 'List AAGUIDs of authenticators',
    method: 'GET',
    path: '/access/authenticator_device_aaguids',
    result: once(() => z.array(z.object({ aaguid: uuid(), name: z.string() }))),
    status: 200,
    evidence: 'documented',
    source: ['api-authenticator-aaguids', 'api-authenticator-aaguids-known'],
  }),
} as const
