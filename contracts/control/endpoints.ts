/** The emulator's own control API under `/__access` (emulator-control-api). Nothing of it exists at Cloudflare. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../endpoint.ts'
import { overrideEndpoints } from './overrides.ts'
import { pages } from './pages.ts'
import {
  accountQuery,
  askedPin,
  clock,
  done,
  explanation,
  journalEntry,
  ofAccount,
  own,
  personInput,
  plainRequest,
  seedAccount,
} from './shapes.ts'

export const control = {
  ...overrideEndpoints,
  ...pages,
  health: endpoint({
    ...own,
    id: 'control.health',
    summary: 'Whether the emulator answers',
    method: 'GET',
    path: '/__access/health',
    result: once(() =>
      z.strictObject({ ok: z.literal(true), profile: z.string(), seed: z.string() }),
    ),
  }),
  reset: endpoint({
    ...own,
    id: 'control.reset',
    summary: 'Return to the seed',
    method: 'POST',
    path: '/__access/reset',
    query: accountQuery,
    result: done,
    errors: ['unknown', 'write_refused'],
  }),
  getClock: endpoint({
    ...own,
    id: 'control.clock.get',
    summary: 'What time it is',
    method: 'GET',
    path: '/__access/clock',
    result: clock,
  }),
  setClock: endpoint({
    ...own,
    id: 'control.clock.set',
    summary: 'Freeze, advance or free the clock',
    method: 'PUT',
    path: '/__access/clock',
    body: once(() =>
      z.union([
        z.strictObject({ at: z.iso.datetime() }),
        z.strictObject({ advance: z.number() }),
        z.strictObject({ real: z.literal(true) }),
      ]),
    ),
    result: clock,
    errors: ['bad_request'],
  }),
  readJournal: endpoint({
    ...own,
    id: 'control.journal.read',
    summary:
      'What was asked, what was answered, and why, oldest first: of every account and of none, or of ?account=',
    method: 'GET',
    path: '/__access/journal',
    query: once(() =>
      z.strictObject({
        ...ofAccount,
        ray: z.string().optional(),
        host: z.string().optional(),
        operation: z.string().optional(),
        /** At most so many. */
        limit: z.coerce.number().int().min(1).optional(),
        /** Only what came after this ray: that of the last entry of the page before. */
        after: z.string().optional(),
      }),
    ),
    result: once(() => z.strictObject({ result: z.array(journalEntry()) })),
    errors: ['bad_request', 'unknown'],
  }),
  clearJournal: endpoint({
    ...own,
    id: 'control.journal.clear',
    summary: 'Empty the journal, of every account or of ?account=',
    method: 'DELETE',
    path: '/__access/journal',
    query: accountQuery,
    result: done,
    errors: ['unknown'],
  }),
  explain: endpoint({
    ...own,
    id: 'control.explain',
    summary: 'Why a request is let in or not: by its ray, or as a request to imagine',
    method: 'POST',
    path: '/__access/explain',
    query: accountQuery,
    body: once(() =>
      z.union([
        z.strictObject({ ray: z.string() }),
        z.strictObject({ request: plainRequest(), identity: personInput().optional() }),
      ]),
    ),
    result: explanation,
    errors: ['bad_request', 'unknown'],
  }),
  getState: endpoint({
    ...own,
    id: 'control.state.get',
    summary: 'A snapshot of all rows, without what is bent: behaviours, faults, modes',
    method: 'GET',
    path: '/__access/state',
    query: accountQuery,
    result: once(() => z.record(z.string(), z.array(z.unknown()))),
    errors: ['unknown'],
  }),
  putState: endpoint({
    ...own,
    id: 'control.state.put',
    summary: 'Restore a snapshot; behaviours, faults and modes stay as they are',
    method: 'PUT',
    path: '/__access/state',
    query: accountQuery,
    body: once(() => z.record(z.string(), z.array(z.unknown()))),
    result: done,
    errors: ['bad_request', 'unknown', 'write_refused'],
  }),
  createSession: endpoint({
    ...own,
    id: 'control.sessions.create',
    summary: 'Sign a person in without a browser',
    method: 'POST',
    path: '/__access/sessions',
    query: accountQuery,
    body: once(() =>
      z.strictObject({
        ...personInput().shape,
        application: z.string().optional(),
        /** Where they sign in from; loopback where absent, and `country` says which country that is. */
        ip: z.union([z.ipv4(), z.ipv6()]).optional(),
        /** The client certificate that they present. */
        certificate: z.strictObject({ common_name: z.string() }).optional(),
      }),
    ),
    result: once(() =>
      z.strictObject({
        user_uuid: z.string(),
        application_token: z.string().nullable(),
        cookie: z.string().nullable(),
        verdict: z.string().nullable(),
      }),
    ),
    errors: ['bad_request', 'unknown', 'write_refused'],
  }),
  listPins: endpoint({
    ...own,
    id: 'control.pins.list',
    summary: 'The One-time PINs that were asked for, oldest first: no mail is sent',
    method: 'GET',
    path: '/__access/pins',
    query: once(() => z.strictObject({ ...ofAccount, email: z.string().optional() })),
    result: once(() => z.strictObject({ result: z.array(askedPin()) })),
    errors: ['unknown'],
  }),
  getSeed: endpoint({
    ...own,
    id: 'control.seed',
    summary: 'Ids and secrets of the initial data',
    method: 'GET',
    path: '/__access/seed',
    result: once(() => z.strictObject({ accounts: z.array(seedAccount()) })),
  }),
  createAccount: endpoint({
    ...own,
    id: 'control.accounts.create',
    summary: 'Make an account with its own zone and team name',
    method: 'POST',
    path: '/__access/accounts',
    body: once(() =>
      z.strictObject({
        name: z.string().min(1),
        zone: z.string().optional(),
        team: z.string().optional(),
      }),
    ),
    result: seedAccount,
    errors: ['bad_request', 'exists', 'write_refused'],
  }),
  deleteAccount: endpoint({
    ...own,
    id: 'control.accounts.delete',
    summary: 'Remove an account and all it has',
    method: 'DELETE',
    path: '/__access/accounts',
    query: once(() => z.strictObject({ account: z.string() })),
    result: done,
    errors: ['unknown', 'write_refused'],
  }),
  openapi: endpoint({
    ...own,
    id: 'control.openapi',
    summary: 'The OpenAPI 3.1 document of all that is built',
    method: 'GET',
    path: '/__access/openapi.json',
    result: once(() => z.record(z.string(), z.unknown())),
  }),
} as const satisfies EndpointGroup
