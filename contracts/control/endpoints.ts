/** The emulator's own control API under `/__access` (emulator-control-api). Cloudflare has nothing like it. */
import { z } from 'zod'
import { type EndpointGroup, endpoint, once } from '../declaration/endpoint.ts'
import { personInput } from '../edge/person.ts'
import { changeEndpoints } from './changes.ts'
import { overrideEndpoints } from './overrides.ts'
import { pages } from './pages.ts'
import { serviceEndpoints } from './service.ts'
import {
  accountQuery,
  askedPin,
  clock,
  done,
  explanation,
  journalEntry,
  ofAccount,
  own,
  plainRequest,
  seedAccount,
} from './shapes.ts'
import { tokenEndpoints } from './tokens.ts'

/** Ten years, in seconds. */
const longestTtl = 10 * 365 * 86_400

export const control = {
  ...overrideEndpoints,
  ...changeEndpoints,
  ...pages,
  ...tokenEndpoints,
  ...serviceEndpoints,
  health: endpoint({
    ...own,
    id: 'control.health',
    summary: 'Whether the emulator is up',
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
    summary: 'The emulator’s current time',
    method: 'GET',
    path: '/__access/clock',
    result: clock,
  }),
  setClock: endpoint({
    ...own,
    id: 'control.clock.set',
    summary: 'Freeze or advance the clock, or return it to real time',
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
    errors: ['bad_request', 'write_refused'],
  }),
  readJournal: endpoint({
    ...own,
    id: 'control.journal.read',
    summary:
      'Requests, their answers, and why, oldest first: of all accounts and of none, or of ?account=',
    method: 'GET',
    path: '/__access/journal',
    query: once(() =>
      z.strictObject({
        ...ofAccount,
        ray: z.string().optional(),
        host: z.string().optional(),
        operation: z.string().optional(),
        /** Only requests of this sign-in by a program, with what led to it. */
        flow: z.string().optional(),
        /** Maximum number of entries. */
        limit: z.coerce.number().int().min(1).optional(),
        /** Only entries after this ray, the last one of the previous page. */
        after: z.string().optional(),
      }),
    ),
    result: once(() => z.strictObject({ result: z.array(journalEntry()) })),
    errors: ['bad_request', 'unknown'],
  }),
  clearJournal: endpoint({
    ...own,
    id: 'control.journal.clear',
    summary: 'Clear the journal of all accounts, or of ?account=',
    method: 'DELETE',
    path: '/__access/journal',
    query: accountQuery,
    result: done,
    errors: ['unknown'],
  }),
  explain: endpoint({
    ...own,
    id: 'control.explain',
    summary: 'Why a request is let in or not: one that was made, by its ray, or a hypothetical one',
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
    summary: 'A snapshot of all rows, without overridden behaviours, faults and modes',
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
    errors: ['bad_request', 'unknown', 'too_large', 'quota_exceeded', 'write_refused'],
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
        /** The address that they sign in from (default: loopback); `country` says which country it is in. */
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
    errors: ['bad_request', 'unknown', 'quota_exceeded', 'write_refused'],
  }),
  listPins: endpoint({
    ...own,
    id: 'control.pins.list',
    summary: 'The One-time PINs requested so far, oldest first, because the emulator sends no mail',
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
    summary: 'Create an account with its own zone and team name',
    method: 'POST',
    path: '/__access/accounts',
    body: once(() =>
      z.strictObject({
        name: z.string().min(1),
        zone: z.string().optional(),
        team: z.string().optional(),
        /** What it holds: the first account of a named seed, or an account as in a seed, whose zones and team it then has. */
        seed: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
        /** Put before the names of the seed's zones and team: `example.com` becomes `PREFIX-example.com`. */
        prefix: z
          .string()
          .regex(/^[a-z\d](?:[a-z\d-]{0,30}[a-z\d])?$/)
          .optional(),
        /** Seconds of real time after which it is deleted; null: never. Default: never; on a shared emulator, a day. */
        ttl_seconds: z.number().int().min(1).max(longestTtl).nullable().optional(),
        /** The most objects that it may hold; null: any number. Default: any number; on a shared emulator, 10000. */
        max_objects: z.number().int().min(1).nullable().optional(),
        /** The most bytes that they may have as JSON; null: any number. Default: any number; on a shared emulator, 32 MiB. */
        max_bytes: z.number().int().min(1).nullable().optional(),
      }),
    ),
    result: once(() =>
      seedAccount().extend({
        /**
         * Opens the control API for this account alone; only this answer shows it. On a shared emulator, or if the request
         * gives terms.
         */
        admin_token: z.string().optional(),
      }),
    ),
    errors: ['bad_request', 'exists', 'quota_exceeded', 'write_refused'],
  }),
  deleteAccount: endpoint({
    ...own,
    id: 'control.accounts.delete',
    summary: 'Delete an account and everything in it',
    method: 'DELETE',
    path: '/__access/accounts',
    query: once(() => z.strictObject({ account: z.string() })),
    result: done,
    errors: ['unknown', 'write_refused'],
  }),
  openapi: endpoint({
    ...own,
    id: 'control.openapi',
    summary: 'The OpenAPI 3.1 document of everything that is built',
    method: 'GET',
    path: '/__access/openapi.json',
    result: once(() => z.record(z.string(), z.unknown())),
  }),
} as const satisfies EndpointGroup
