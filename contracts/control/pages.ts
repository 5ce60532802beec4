/** The pages of the control API, for whoever would rather look than read JSON. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../endpoint.ts'
import { ofAccount, own } from './shapes.ts'

const page = { ...own, result: once(() => z.string()), wrap: 'page' } as const

export const pages = {
  journalPage: endpoint({
    ...page,
    id: 'control.pages.journal',
    summary: 'A page of what was asked and answered, the newest first; ?refresh=SECONDS follows it',
    method: 'GET',
    path: '/__access',
    query: once(() =>
      z.strictObject({
        ...ofAccount,
        host: z.string().optional(),
        refresh: z.coerce.number().int().min(1).max(3600).optional(),
      }),
    ),
    errors: ['bad_request', 'unknown'],
  }),
  requestPage: endpoint({
    ...page,
    id: 'control.pages.request',
    summary: 'A page of why one request was answered so, and what would let it in',
    method: 'GET',
    path: '/__access/requests/{ray}',
    query: once(() => z.strictObject(ofAccount)),
    errors: ['unknown'],
  }),
} as const satisfies EndpointGroup
