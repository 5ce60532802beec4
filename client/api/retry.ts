/** Which answers of the API are asked for again, and when (api-rate-limit, api-client-retries). */
import type { Method } from '../../contracts/endpoint.ts'
import type { Clock } from '../clock.ts'

const idempotent: readonly Method[] = ['GET', 'PUT', 'DELETE']
const longestWaitMs = 60_000

/** 429 and 5xx, but not 501, which will not change; never where the answer asks not to. */
export function isRetried(
  method: Method,
  { status, headers }: { readonly status: number; readonly headers: Headers },
): boolean {
  if (!idempotent.includes(method) || headers.get('x-should-retry') === 'false') return false
  return status === 429 || (status >= 500 && status !== 501)
}

/** Milliseconds to wait: what `retry-after` says, else 0.5 s, doubled each time. Undefined where that is too long. */
export function waitBefore(
  tried: number,
  headers: Headers,
  clock: Pick<Clock, 'now'>,
): number | undefined {
  const asked = headers.get('retry-after')
  const wait = (asked === null ? undefined : delayMs(asked, clock)) ?? 500 * 2 ** tried
  return wait > longestWaitMs ? undefined : wait
}

/** Seconds of a `retry-after` that names a number. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const asked = headers.get('retry-after')
  return asked !== null && /^\d+$/.test(asked) ? Number(asked) : undefined
}

function delayMs(asked: string, clock: Pick<Clock, 'now'>): number | undefined {
  if (/^\d+$/.test(asked)) return Number(asked) * 1000
  const at = Date.parse(asked)
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.now())
}
