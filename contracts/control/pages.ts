/** The HTML pages of the control API, for reading in a browser. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../endpoint.ts'
import { ofAccount, own } from './shapes.ts'

const page = { ...own, result: once(() => z.string()), wrap: 'page' } as const

export const pages = {
  journalPage: endpoint({
    ...page,
    id: 'control.pages.journal',
    summary: 'A page of requests and answers, newest first; ?refresh=SECONDS reloads it',
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
    summary: 'A page that explains the answer to one request and what would let it in',
    method: 'GET',
    path: '/__access/requests/{ray}',
    query: once(() => z.strictObject(ofAccount)),
    errors: ['unknown'],
  }),
} as const satisfies EndpointGroup
