/** Small schemas shared by all resources. */
import { z } from 'zod'
import { once } from './endpoint.ts'

/** 32 lower-case hex characters: account, zone and API token ids. */
export const hex32 = once(() => z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hex characters'))
/** Lower-case UUID: application, policy, group, identity provider and service token ids (api-id-forms). */
export const uuid = once(() =>
  z
    .string()
    .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID'),
)
/** AUD tag: 64 lower-case hex characters (api-id-forms). */
export const audTag = once(() => z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex characters'))
/** RFC 3339 with second precision and `Z` (api-timestamps). */
export const timestamp = once(() => z.iso.datetime())
/** `<32 hex>.access` (edge-service-token-headers). */
export const clientId = once(() =>
  z.string().regex(/^[0-9a-f]{32}\.access$/, 'must be 32 hex characters and ".access"'),
)
/** `cfast_…` since 2026-08-26, 64 hex characters before (edge-service-token-headers). */
export const clientSecret = once(() =>
  z
    .string()
    .regex(
      /^(cfast_[0-9A-Za-z]{48}|[0-9a-f]{64})$/,
      'must be "cfast_" and 48 alphanumeric characters, or 64 hex characters',
    ),
)

const unitSeconds = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 } as const
const goDuration = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/

/** A Go duration such as `24h` or `1h30m` (api-durations). */
export const duration = once(() =>
  z.string().regex(goDuration, 'must be a duration such as "30m" or "24h"'),
)

/** A Go duration in seconds; undefined if the text is not one. */
export function durationSeconds(text: string): number | undefined {
  if (!goDuration.test(text)) return undefined
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    seconds += Number(amount) * unitSeconds[unit as keyof typeof unitSeconds]
  }
  return seconds
}

/** `true` or `false` in a query string; `z.coerce.boolean()` would read "false" as true. */
export const queryBoolean = once(() =>
  z.enum(['true', 'false']).transform((text) => text === 'true'),
)

/** Seconds since the epoch, early enough that a token issued then still has a valid expiry. */
export const epochSecond = once(() => z.number().int().min(0).max(253_402_300_799))

/** A count or a position. */
export const count = once(() =>
  z
    .number()
    .int()
    .min(0)
    .max(2 ** 32),
)

/** A query field that may be repeated. */
export const several = <S extends z.ZodType<string>>(one: S) =>
  z.union([one, z.array(one).min(1).max(50)]).optional()
export const severalTexts = once(() => several(z.string()))

/** `page` and `per_page`. A `per_page` above the operation's maximum is clamped to it (api-page-clamped). */
export const pageQuery = {
  page: z.coerce.number().int().min(1).optional(),
  per_page: z.coerce.number().int().min(1).optional(),
}

/** Whether a host is the zone's name itself or below it. */
export function isWithin(host: string, zone: string): boolean {
  return host === zone || host.endsWith(`.${zone}`)
}
