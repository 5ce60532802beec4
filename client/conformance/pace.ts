/** Keeps requests to the API below Cloudflare's rate limit, and waits after a 429 (api-rate-limit). */

import { waitBefore } from '../api/retry.ts'
import type { Clock } from '../transport/clock.ts'

/** Cloudflare allows a user 1200 requests in five minutes over all programs; this leaves some for others. */
const limit = { requests: 1000, windowMs: 300_000 } as const
const mostTries = 5

/**
 * A `fetch` that waits before it would exceed the limit, and retries after a 429. Any method is safe to retry: a
 * request refused like this has had no effect.
 */
export function paced(
  fetch: typeof globalThis.fetch,
  { apiUrl, clock }: { readonly apiUrl: string; readonly clock: Clock },
): typeof globalThis.fetch {
  let begun = Number.NEGATIVE_INFINITY
  let sent = 0

  async function turn(): Promise<void> {
    const now = clock.now()
    if (now - begun >= limit.windowMs) {
      begun = now
      sent = 0
    }
    if (sent >= limit.requests) {
      await clock.sleep(begun + limit.windowMs - now)
      begun = clock.now()
      sent = 0
    }
    sent += 1
  }

  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    const isApi = url.startsWith(`${apiUrl}/`)
    for (let tried = 0; ; tried += 1) {
      if (isApi) await turn()
      const response = await fetch(input, init)
      if (!isApi || response.status !== 429 || tried + 1 >= mostTries) return response
      const wait = waitBefore(tried, response.headers, clock)
      if (wait === undefined) return response
      await response.body?.cancel()
      await clock.sleep(wait)
    }
  }
}
