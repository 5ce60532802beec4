/** The HTML pages of the control API, for reading in a browser. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'
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
        /** Only requests with this verdict; `refused`: every answer from 400 up, and connections that were cut. */
        verdict: z.enum(['', 'pass', 'login', 'deny', 'refused']).optional(),
        /** Only requests of this application, by its id, or of `api`, `control`, `team` or `unprotected`. */
        of: z.string().optional(),
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
  applicationsPage: endpoint({
    ...page,
    id: 'control.pages.applications',
    summary: 'A page of the applications: their policies in words, and who gets in',
    method: 'GET',
    path: '/__access/applications',
    query: once(() =>
      z.strictObject({
        ...ofAccount,
        q: z.string().optional(),
        /** Id of the application of which to decide who gets in. */
        who: z.string().optional(),
      }),
    ),
    errors: ['unknown'],
  }),
  tryPage: endpoint({
    ...page,
    id: 'control.pages.try',
    summary: 'A page that decides about a request without sending it',
    method: 'GET',
    path: '/__access/try',
    query: once(() =>
      z.strictObject({
        ...ofAccount,
        url: z.string().optional(),
        method: z.string().optional(),
        /** Id of a service token, or `wrong` for one that does not exist. */
        service_token: z.string().optional(),
        /** The person who is signed in, and their groups, separated by commas. */
        email: z.string().optional(),
        groups: z.string().optional(),
        country: z.string().optional(),
        ip: z.string().optional(),
        /** Common name of a client certificate. */
        certificate: z.string().optional(),
      }),
    ),
    errors: ['unknown'],
  }),
  failureModesPage: endpoint({
    ...page,
    id: 'control.pages.failureModes',
    summary: 'A page of the failure modes, and which are set',
    method: 'GET',
    path: '/__access/failure-modes',
    query: once(() => z.strictObject({ ...ofAccount, q: z.string().optional() })),
    errors: ['unknown'],
  }),
  failureModePage: endpoint({
    ...page,
    id: 'control.pages.failureMode',
    summary: 'A page of one failure mode: cause, what to expect, fix',
    method: 'GET',
    path: '/__access/failure-modes/{id}',
    query: once(() => z.strictObject(ofAccount)),
    errors: ['unknown'],
  }),
  inboxPage: endpoint({
    ...page,
    id: 'control.pages.inbox',
    summary: 'A page of the One-time PINs that were asked for',
    method: 'GET',
    path: '/__access/inbox',
    query: once(() => z.strictObject(ofAccount)),
    errors: ['unknown'],
  }),
  credentialsPage: endpoint({
    ...page,
    id: 'control.pages.credentials',
    summary: 'A page of service tokens, API tokens and ids to copy; ?show=ID shows one secret',
    method: 'GET',
    path: '/__access/credentials',
    query: once(() => z.strictObject({ ...ofAccount, show: z.string().optional() })),
    errors: ['unknown'],
  }),
  settingsPage: endpoint({
    ...page,
    id: 'control.pages.settings',
    summary: 'A page of the clock, and of the behaviours that differ from the profile',
    method: 'GET',
    path: '/__access/settings',
    query: once(() => z.strictObject(ofAccount)),
    errors: ['unknown'],
  }),
  dashboardScript: endpoint({
    ...page,
    id: 'control.pages.script',
    summary: 'The script of the pages: keeps them current, and sends what their buttons say',
    method: 'GET',
    path: '/__access/dashboard.js',
  }),
} as const satisfies EndpointGroup
