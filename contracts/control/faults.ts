/** Faults: misbehaviour on demand at a named site, the one seam for failures that are not state (emulator-faults). */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { type ApiFailureName, apiErrors } from '../errors/errors.ts'

const failureName = () => z.enum(Object.keys(apiErrors) as [ApiFailureName, ...ApiFailureName[]])

/** How an origin, or the tunnel to it, can fail before its answer starts (edge-origin-errors). */
export const originFailureNames = [
  'refused',
  'connect_timeout',
  'unreachable',
  'response_timeout',
  'unresolved',
  'bad_gateway',
  'tunnel_down',
] as const

/**
 * What a fault does. `status`: give this answer instead. `failure`: give the answer of a row of the error table.
 * `delay`: wait by the emulator's clock, then continue. `reset`: cut the connection. `truncate`: cut it after this many
 * bytes of the body. `unseen`: act as if the application did not exist yet. `claims`: change claims of a token when it
 * is issued. `key`: sign with a key that certs does not publish. `keys`: omit one key from certs. `origin`: answer as
 * if the origin had failed in this way.
 */
export const effect = once(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('status'),
      status: z.number().int().min(200).max(599),
      body: z.string().default(''),
      /** Several values are sent as several lines. */
      headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
    }),
    z.strictObject({
      kind: z.literal('failure'),
      failure: failureName(),
      detail: z.string().optional(),
    }),
    z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0) }),
    z.strictObject({ kind: z.literal('reset') }),
    z.strictObject({ kind: z.literal('truncate'), bytes: z.number().int().min(0) }),
    z.strictObject({ kind: z.literal('unseen') }),
    z.strictObject({ kind: z.literal('claims'), set: z.record(z.string(), z.unknown()) }),
    z.strictObject({ kind: z.literal('key'), use: z.literal('unpublished') }),
    z.strictObject({ kind: z.literal('keys'), omit: z.enum(['current', 'previous']) }),
    z.strictObject({ kind: z.literal('origin'), failure: z.enum(originFailureNames) }),
  ]),
)
export type Effect = z.output<ReturnType<typeof effect>>
export type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>

/** Sites at which faults can be set, in addition to every operation id. */
export const ownSites = {
  gate: 'every request to an application or an unprotected host, before anything is decided',
  'edge.path':
    'every request to a team domain, or to a path of Access on another host, before it is matched to an operation; `status` only',
  'edge.application': 'the look-up of the application for a host and path',
  'login.application': 'the look-up of the application by the team domain’s login page',
  'edge.metadata':
    'issuing cf-access-metadata, by which cloudflared finds an application; `unseen` omits it',
  origin: 'just before a request is forwarded to the origin',
  'token.issue': 'issuing an application token',
} as const

/**
 * `when` lists facts that must match: `host` (for the API always `api.cloudflare.com`, whatever name it was reached by),
 * `path`, `query` (including its `?`, or empty), `method`, `aud`, `application`, `client_id`.
 */
export const fault = once(() =>
  z.strictObject({
    at: z.string().min(1),
    effect: effect(),
    when: z.record(z.string(), z.string()).default({}),
    /** Leave this many matching requests alone first. */
    skip: z.number().int().min(0).default(0),
    /** Stop after acting on this many requests. */
    times: z.number().int().min(1).optional(),
    /** Stop when the emulator's clock reaches this time. */
    until: z.iso.datetime().optional(),
    /** The failure mode that set it. */
    mode: z.string().optional(),
  }),
)
export type Fault = z.output<ReturnType<typeof fault>>
export type FaultInput = z.input<ReturnType<typeof fault>>

/** How the journal names the fault that acted on a request, and the mode that set it. */
export function journaledFault(acted: Fault | undefined) {
  if (acted === undefined) return { fault: null, mode: null }
  return { fault: `${acted.at}: ${acted.effect.kind}`, mode: acted.mode ?? null }
}

/** The facts of one request, to be compared with `when`. */
export type SiteFacts = Readonly<Record<string, string | undefined>>
