/** The emulator's own control API under `/__access` (design §8). Nothing of it exists at Cloudflare. */
import { z } from 'zod'
import { endpoint, evidenceGrades, type Group, once } from './endpoint.ts'
import { fault } from './faults.ts'

const own = {
  scope: 'host',
  wrap: 'plain',
  evidence: 'emulator_only',
  source: 'design 8',
  status: 200,
  errors: [],
} as const

/** Which account a call means; the first one where absent. */
const ofAccount = { account: z.string().optional() }
const accountQuery = once(() => z.strictObject(ofAccount))

const scalar = () => z.union([z.string(), z.boolean(), z.number()])

/** One line of a trail: which policy and rule answered what, and why. */
export const step = once(() =>
  z.strictObject({
    policy: z.strictObject({ id: z.string(), name: z.string(), decision: z.string() }).optional(),
    rule: z.string().optional(),
    /** Which question the policy was asked: of credentials, of an application token, of a person. */
    stage: z.string(),
    outcome: z.string(),
    /** What the outcome was taken for, where that differs. */
    counted_as: z.string().optional(),
    reason: z.string(),
  }),
)
export type Step = Readonly<z.output<ReturnType<typeof step>>>

export const journalEntry = once(() =>
  z.strictObject({
    ray: z.string(),
    at: z.iso.datetime(),
    host: z.string(),
    method: z.string(),
    path: z.string(),
    operation: z.string(),
    status: z.number().int(),
    verdict: z.string().nullable(),
    trail: z.array(step()),
    fault: z.string().nullable(),
    mode: z.string().nullable(),
  }),
)
export type JournalEntry = z.output<ReturnType<typeof journalEntry>>

const clock = once(() =>
  z.strictObject({
    now: z.iso.datetime(),
    mode: z.enum(['real', 'running', 'frozen']),
  }),
)

const behaviourRow = once(() =>
  z.strictObject({
    name: z.string(),
    value: scalar(),
    default: scalar(),
    values: z.array(scalar()),
    evidence: z.enum(evidenceGrades),
    source: z.string(),
    about: z.string(),
  }),
)

const seedAccount = once(() =>
  z.strictObject({
    id: z.string(),
    name: z.string(),
    api_token: z.string(),
    zones: z.array(z.strictObject({ id: z.string(), name: z.string() })),
    auth_domain: z.string(),
    applications: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        domain: z.string().nullable(),
        aud: z.string(),
      }),
    ),
    service_tokens: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        client_id: z.string(),
        client_secret: z.string(),
      }),
    ),
  }),
)
export type SeedAccount = z.output<ReturnType<typeof seedAccount>>

export const plainRequest = once(() =>
  z.strictObject({
    method: z.string().default('GET'),
    url: z.url(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().optional(),
  }),
)
export type PlainRequest = z.output<ReturnType<typeof plainRequest>>

/** A person, as a test signs one in or `explain` imagines one. */
export const personInput = once(() =>
  z.strictObject({
    email: z.string().min(3),
    name: z.string().optional(),
    groups: z.array(z.string()).optional(),
    country: z.string().optional(),
    identity_provider_id: z.string().optional(),
    claims: z.record(z.string(), z.unknown()).optional(),
  }),
)
export type PersonInput = z.output<ReturnType<typeof personInput>>

export const explanation = once(() =>
  z.strictObject({
    verdict: z.string(),
    reason: z.string().nullable(),
    application: z
      .strictObject({
        id: z.string(),
        name: z.string(),
        aud: z.string(),
        domain: z.string().nullable(),
      })
      .nullable(),
    trail: z.array(step()),
    would_pass_if: z.array(z.string()),
  }),
)

const modeSummary = once(() =>
  z.looseObject({
    id: z.string(),
    title: z.string(),
    set: z.boolean(),
  }),
)

/** What a mode sets up: a request to send, what it answers, and how to end it. */
export const modeSetup = once(() =>
  z.strictObject({
    id: z.string(),
    title: z.string(),
    request: plainRequest(),
    expect: z.looseObject({ status: z.number().int() }),
    undo: z.string(),
  }),
)
export type ModeSetup = z.output<ReturnType<typeof modeSetup>>

/** The object a mode acts on; without one it makes its own application and service token. */
export const modeTarget = once(() =>
  z.strictObject({
    application: z.string().optional(),
    service_token: z.string().optional(),
  }),
)
export type ModeTarget = z.output<ReturnType<typeof modeTarget>>

const done = once(() => z.strictObject({ ok: z.literal(true) }))

export const control = {
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
    errors: ['unknown'],
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
  getBehaviours: endpoint({
    ...own,
    id: 'control.behaviours.get',
    summary: 'Every behaviour, its value, default, evidence and source',
    method: 'GET',
    path: '/__access/behaviours',
    query: accountQuery,
    result: once(() => z.strictObject({ profile: z.string(), result: z.array(behaviourRow()) })),
    errors: ['unknown'],
  }),
  setBehaviours: endpoint({
    ...own,
    id: 'control.behaviours.set',
    summary: 'Override behaviours; null returns one to its profile',
    method: 'PUT',
    path: '/__access/behaviours',
    query: accountQuery,
    body: once(() => z.record(z.string(), scalar().nullable())),
    result: once(() => z.strictObject({ profile: z.string(), result: z.array(behaviourRow()) })),
    errors: ['bad_request', 'unknown'],
  }),
  listModes: endpoint({
    ...own,
    id: 'control.modes.list',
    summary: 'The catalogue of failure modes, and which are set',
    method: 'GET',
    path: '/__access/modes',
    query: accountQuery,
    result: once(() => z.strictObject({ result: z.array(modeSummary()) })),
    errors: ['unknown'],
  }),
  setMode: endpoint({
    ...own,
    id: 'control.modes.set',
    summary: 'Set a failure mode up',
    method: 'PUT',
    path: '/__access/modes/{id}',
    query: accountQuery,
    body: once(() => modeTarget().optional()),
    result: modeSetup,
    errors: ['bad_request', 'unknown', 'exists'],
  }),
  endMode: endpoint({
    ...own,
    id: 'control.modes.end',
    summary: 'End a failure mode',
    method: 'DELETE',
    path: '/__access/modes/{id}',
    query: accountQuery,
    result: done,
    errors: ['unknown', 'changed_since'],
  }),
  listFaults: endpoint({
    ...own,
    id: 'control.faults.list',
    summary: 'The stack of faults, and how often each acted',
    method: 'GET',
    path: '/__access/faults',
    query: accountQuery,
    result: once(() =>
      z.strictObject({
        result: z.array(z.strictObject({ fault: fault(), seen: z.number(), acted: z.number() })),
        sites: z.array(z.string()),
      }),
    ),
    errors: ['unknown'],
  }),
  setFaults: endpoint({
    ...own,
    id: 'control.faults.set',
    summary: 'Replace the stack of faults; the last one wins',
    method: 'PUT',
    path: '/__access/faults',
    query: accountQuery,
    body: once(() => z.array(fault())),
    result: done,
    errors: ['bad_request', 'unknown'],
  }),
  clearFaults: endpoint({
    ...own,
    id: 'control.faults.clear',
    summary: 'Remove every fault',
    method: 'DELETE',
    path: '/__access/faults',
    query: accountQuery,
    result: done,
    errors: ['unknown'],
  }),
  readJournal: endpoint({
    ...own,
    id: 'control.journal.read',
    summary: 'What was asked, what was answered, and why',
    method: 'GET',
    path: '/__access/journal',
    query: once(() =>
      z.strictObject({
        ...ofAccount,
        ray: z.string().optional(),
        host: z.string().optional(),
        operation: z.string().optional(),
      }),
    ),
    result: once(() => z.strictObject({ result: z.array(journalEntry()) })),
    errors: ['unknown'],
  }),
  clearJournal: endpoint({
    ...own,
    id: 'control.journal.clear',
    summary: 'Empty the journal',
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
    summary: 'A snapshot of the state',
    method: 'GET',
    path: '/__access/state',
    query: accountQuery,
    result: once(() => z.record(z.string(), z.array(z.unknown()))),
    errors: ['unknown'],
  }),
  putState: endpoint({
    ...own,
    id: 'control.state.put',
    summary: 'Restore a snapshot',
    method: 'PUT',
    path: '/__access/state',
    query: accountQuery,
    body: once(() => z.record(z.string(), z.array(z.unknown()))),
    result: done,
    errors: ['bad_request', 'unknown'],
  }),
  createSession: endpoint({
    ...own,
    id: 'control.sessions.create',
    summary: 'Sign a person in without a browser',
    method: 'POST',
    path: '/__access/sessions',
    query: accountQuery,
    body: once(() =>
      z.strictObject({ ...personInput().shape, application: z.string().optional() }),
    ),
    result: once(() =>
      z.strictObject({
        user_uuid: z.string(),
        application_token: z.string().nullable(),
        cookie: z.string().nullable(),
        verdict: z.string().nullable(),
      }),
    ),
    errors: ['bad_request', 'unknown'],
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
    errors: ['bad_request', 'exists'],
  }),
  deleteAccount: endpoint({
    ...own,
    id: 'control.accounts.delete',
    summary: 'Remove an account and all it has',
    method: 'DELETE',
    path: '/__access/accounts',
    query: once(() => z.strictObject({ account: z.string() })),
    result: done,
    errors: ['unknown'],
  }),
  openapi: endpoint({
    ...own,
    id: 'control.openapi',
    summary: 'The OpenAPI 3.1 document of all that is built',
    method: 'GET',
    path: '/__access/openapi.json',
    result: once(() => z.looseObject({ openapi: z.string() })),
  }),
} as const satisfies Group
