/** The key set of a team: when to fetch it, how long to keep it, and what to use while it cannot be reached. */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'

export interface TeamKeysOptions {
  readonly url: URL
  readonly now: () => number
  readonly fetch?: typeof fetch | undefined
  readonly cooldown?: number | undefined
  readonly maxAge?: number | undefined
  readonly staleIfError?: number | undefined
}

/** Milliseconds between attempts while the key set cannot be reached: recovers soon without flooding the server. */
const retryAfter = 1000

export function createTeamKeys({
  url,
  now,
  fetch,
  cooldown = 30_000,
  maxAge = 600_000,
  staleIfError = 86_400_000,
}: TeamKeysOptions): JWTVerifyGetKey {
  // jose fetches, parses, and shares one fetch among concurrent calls; we decide when to fetch, by our own clock.
  const remote = createRemoteJWKSet(url, {
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    ...(fetch === undefined ? {} : { [customFetch]: fetch }),
  })
  let fetchedMs: number | undefined
  let failed: { readonly atMs: number; readonly error: unknown } | undefined

  async function reload(): Promise<void> {
    if (failed !== undefined && now() - failed.atMs < Math.min(cooldown, retryAfter)) {
      throw failed.error
    }
    try {
      await remote.reload()
      fetchedMs = now()
      failed = undefined
    } catch (error) {
      failed = { atMs: now(), error }
      throw error
    }
  }

  function isOlderThan(ms: number): boolean {
    return fetchedMs === undefined || now() - fetchedMs >= ms
  }

  return async (header, token) => {
    if (isOlderThan(maxAge)) {
      try {
        await reload()
      } catch (error) {
        if (isOlderThan(maxAge + staleIfError)) throw error
      }
    }
    const isKnown = remote.jwks()?.keys.some(({ kid }) => kid === header.kid)
    if (!isKnown && isOlderThan(cooldown)) await reload()
    return await remote(header, token)
  }
}
