/** The shapes of the control API: journal, seed, behaviours, explanations, modes. */
import { z } from 'zod'
import { apiTokenKinds } from '../api/api-tokens.ts'
import { once } from '../declaration/endpoint.ts'
import { evidenceGrades } from '../evidence/evidence.ts'
import { advice } from './advice.ts'
import { answer } from './expected-answer.ts'
import { entryFlow, flowSteps } from './flow.ts'

export const scalar = () => z.union([z.string(), z.boolean(), z.number()])

/** One step of a trail: what a policy or rule decided, and why. */
export const step = once(() =>
  z.strictObject({
    policy: z.strictObject({ id: z.string(), name: z.string(), decision: z.string() }).optional(),
    rule: z.string().optional(),
    /** What was being evaluated: credentials, an application token, or a person. */
    stage: z.string(),
    outcome: z.string(),
    /** What the outcome was treated as, if that differs. */
    counted_as: z.string().optional(),
    /** A name in the table of reasons (`contracts/reasons/`). */
    reason: z.string(),
  }),
)
export type Step = Readonly<z.output<ReturnType<typeof step>>>

export const journalEntry = once(() =>
  z.strictObject({
    ray: z.string(),
    at: z.iso.datetime(),
    /** Id of the account that the request belongs to, or null if it belongs to none. */
    account: z.string().nullable(),
    host: z.string(),
    method: z.string(),
    path: z.string(),
    operation: z.string(),
    /** 0: the connection was cut before the head of an answer. */
    status: z.number().int(),
    /** Code of the API error, such as 7003. */
    code: z.number().int().nullable(),
    verdict: z.string().nullable(),
    /** Why the request failed, as a stable word; null if it did not. */
    reason: z.string().nullable(),
    /** The same as a sentence. */
    why: z.string(),
    /** Only the profile `expected` gives this answer; real Cloudflare would not. */
    expected_only: z.boolean(),
    trail: z.array(step()),
    fault: z.string().nullable(),
    mode: z.string().nullable(),
    /** The replica that answered, where it was not the one that was asked for the journal. */
    replica: z.string().optional(),
    /** Only for a request of a sign-in by a program. */
    flow: entryFlow().optional(),
  }),
)
export type JournalEntry = z.output<ReturnType<typeof journalEntry>>

export const clock = once(() =>
  z.strictObject({
    now: z.iso.datetime(),
    mode: z.enum(['real', 'running', 'frozen']),
  }),
)

export const behaviourRow = once(() =>
  z.strictObject({
    name: z.string(),
    value: scalar(),
    default: scalar(),
    values: z.array(scalar()),
    evidence: z.enum(evidenceGrades),
    source: z.array(z.string()),
    about: z.string(),
  }),
)

export const seedAccount = once(() =>
  z.strictObject({
    id: z.string(),
    name: z.string(),
    api_token: z.string(),
    zones: z.array(z.strictObject({ id: z.string(), name: z.string() })),
    auth_domain: z.string(),
    /** When it is deleted, if it has been created with a time to live. */
    expires_at: z.iso.datetime().optional(),
    /** What it holds and may hold at most (null: any number), if it has been created with terms. */
    quota: z
      .strictObject({
        objects: z.number(),
        max_objects: z.number().nullable(),
        /** Of its rows, faults, modes and applied advice, as JSON. */
        bytes: z.number(),
        max_bytes: z.number().nullable(),
      })
      .optional(),
    applications: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        domain: z.string().nullable(),
        aud: z.string(),
        /** What the client of a SaaS application by OpenID Connect is configured with. */
        oidc: z.strictObject({ client_id: z.string(), client_secret: z.string() }).optional(),
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
    /** API tokens with permissions, if it has any. A value that the seed itself gives is not repeated. */
    api_tokens: z
      .array(
        z.strictObject({
          id: z.string(),
          name: z.string(),
          kind: z.enum(apiTokenKinds),
          value: z.string().optional(),
        }),
      )
      .optional(),
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

/** A One-time PIN requested at the login page. */
export const askedPin = once(() =>
  z.strictObject({
    email: z.string(),
    /** Null if no policy of the application admits the address: Cloudflare would send no mail. */
    pin: z.string().nullable(),
    hostname: z.string(),
    /** Id of the application. */
    application: z.string(),
    asked_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    used: z.boolean(),
  }),
)
export type AskedPin = z.output<ReturnType<typeof askedPin>>

export const explanation = once(() =>
  z.strictObject({
    verdict: z.string(),
    reason: z.string().nullable(),
    /** One sentence. */
    why: z.string(),
    application: z
      .strictObject({
        id: z.string(),
        name: z.string(),
        aud: z.string(),
        domain: z.string().nullable(),
      })
      .nullable(),
    trail: z.array(step()),
    /** Each suffices by itself, has been tried on the decision, and says who else it would let in. */
    would_pass_if: z.array(z.string()),
    /** The same as changes that a program can apply. */
    advice: z.array(advice()),
    /** The sign-in by a program that the request is part of. */
    flow: z.strictObject({ id: z.string(), step: z.enum(flowSteps) }).optional(),
  }),
)

export type Explanation = Readonly<z.output<ReturnType<typeof explanation>>>

export const modeSummary = once(() =>
  z.looseObject({
    id: z.string(),
    title: z.string(),
    set: z.boolean(),
  }),
)

/** A request that shows a mode. `redirect`: it is meant for a client that follows redirects. */
const modeRequest = once(() => plainRequest().extend({ redirect: z.literal('follow').optional() }))

/** The result of setting a mode: a request to send, its answer, other requests that tell it apart, and how to undo it. */
export const modeSetup = once(() =>
  z.strictObject({
    id: z.string(),
    title: z.string(),
    request: modeRequest(),
    expect: answer(),
    tells: z.array(z.strictObject({ request: modeRequest(), expect: answer() })),
    undo: z.string(),
  }),
)
export type ModeSetup = z.output<ReturnType<typeof modeSetup>>

/** The objects that a mode acts on; by default it creates its own application and service token. */
export const modeTarget = once(() =>
  z.strictObject({
    application: z.string().optional(),
    service_token: z.string().optional(),
    /** For a mode of the API: the operation that is refused, by its id, such as `tags.create`. */
    operation: z.string().optional(),
    /** The permission group that the API token lacks: every operation that accepts no other is refused. */
    permission: z.string().optional(),
  }),
)
export type ModeTarget = z.output<ReturnType<typeof modeTarget>>

/** What all operations of the control API share. */
export const own = {
  scope: 'host',
  wrap: 'plain',
  evidence: 'emulator_only',
  source: ['emulator-control-api'],
  status: 200,
  errors: [],
} as const

/** The account that a call is about, by default the first one. */
export const ofAccount = { account: z.string().optional() }
export const accountQuery = once(() => z.strictObject(ofAccount))

export const done = once(() => z.strictObject({ ok: z.literal(true) }))
