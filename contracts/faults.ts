/** A fault: an ordered misbehaviour at a named site. The one seam for failures that are not state (emulator-faults). */
import { z } from 'zod'
import { once } from './endpoint.ts'
import { type ApiFailureName, apiErrors } from './errors.ts'

const failureName = () => z.enum(Object.keys(apiErrors) as [ApiFailureName, ...ApiFailureName[]])

/** How an origin, or the tunnel to it, can fail before its answer begins (edge-origin-errors). */
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
 * What happens. `status`: answer this and nothing else. `failure`: a row of the error table. `delay`: wait on the
 * emulator's clock, then go on. `reset`: cut the connection. `truncate`: cut it after this many bytes of the body.
 * `unseen`: act as if the application (`edge.application`) did not exist yet. `claims`: change claims of a token at
 * issue. `key`: sign with a key that certs does not publish. `keys`: leave one key out of certs. `origin`: answer as if
 * the origin had failed so.
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

/** Where faults are asked for, beside every operation id. */
export const ownSites = {
  gate: 'every request to an application or an unprotected host, before anything is decided',
  'edge.path':
    'every request to a team domain, or to a path of Access on another host, before it is known which operation it is; `status` only',
  'edge.application': 'the look-up of the application for a host and path',
  'login.application': 'the look-up of the application by the login page of the team domain',
  'edge.metadata':
    'the making of cf-access-metadata, by which cloudflared finds an application; `unseen` leaves it out',
  origin: 'just before the request goes to the origin',
  'token.issue': 'the making of an application token',
} as const

/**
 * `when` compares facts of the site: `host` (of the API `api.cloudflare.com`, whatever name it was reached by), `path`,
 * `query` (from its `?` on, or empty), `method`, `aud`, `application`, `client_id`.
 */
export const fault = once(() =>
  z.strictObject({
    at: z.string().min(1),
    effect: effect(),
    when: z.record(z.string(), z.string()).default({}),
    /** Let this many matching requests through first. */
    skip: z.number().int().min(0).default(0),
    /** Act on this many requests, then no more. */
    times: z.number().int().min(1).optional(),
    /** Act until the emulator's clock shows this. */
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

/** The facts of one request that `when` is compared with. */
export type SiteFacts = Readonly<Record<string, string | undefined>>
