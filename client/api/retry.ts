/** Which API calls are retried, and when (api-rate-limit, api-client-retries). */
import type { Method } from '../../contracts/declaration/endpoint.ts'
import type { Clock } from '../transport/clock.ts'

const idempotent: readonly Method[] = ['GET', 'PUT', 'DELETE']
const longestWaitMs = 60_000

/** 429 and 5xx are retried, except 501, which will not change, and answers that ask not to. */
export function isRetried(
  method: Method,
  { status, headers }: { readonly status: number; readonly headers: Headers },
): boolean {
  if (!idempotent.includes(method) || headers.get('x-should-retry') === 'false') return false
  return status === 429 || (status >= 500 && status !== 501)
}

/** Milliseconds to wait: `retry-after`, or else 0.5 s, doubled each time. Undefined if that is too long. */
export function waitBefore(
  tried: number,
  headers: Headers,
  clock: Pick<Clock, 'now'>,
): number | undefined {
  const header = headers.get('retry-after')
  const wait = (header === null ? undefined : delayMs(header, clock)) ?? 500 * 2 ** tried
  return wait > longestWaitMs ? undefined : wait
}

/** The value of `retry-after` if it is a number of seconds. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const header = headers.get('retry-after')
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined
}

function delayMs(header: string, clock: Pick<Clock, 'now'>): number | undefined {
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.now())
}
