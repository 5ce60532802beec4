/** Keeps requests to the API under Cloudflare's limit, and waits where it says so (api-rate-limit). */

import { waitBefore } from '../api/retry.ts'
import type { Clock } from '../clock.ts'

/** 1200 requests in five minutes are allowed to a user, over all programs; some room is left for others. */
const limit = { requests: 1000, windowMs: 300_000 } as const
const mostTries = 5

/**
 * A `fetch` that waits before it would exceed the limit, and asks again after a 429: whatever the method, because
 * what was refused so has not happened.
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
