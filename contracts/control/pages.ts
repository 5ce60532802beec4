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
  flowsPage: endpoint({
    ...page,
    id: 'control.pages.flows',
    summary: 'A page of the sign-ins by programs in the journal, and where each stands',
    method: 'GET',
    path: '/__access/flows',
    query: once(() => z.strictObject(ofAccount)),
    errors: ['unknown'],
  }),
  flowPage: endpoint({
    ...page,
    id: 'control.pages.flow',
    summary: 'A page of one sign-in by a program: its steps, and where it stopped',
    method: 'GET',
    path: '/__access/flows/{flow}',
    query: once(() => z.strictObject(ofAccount)),
    errors: ['unknown'],
  }),
} as const satisfies EndpointGroup
