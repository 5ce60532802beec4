/** A `fetch` request as plain values, so that it can be repeated or redirected. */

export interface Outgoing {
  readonly url: URL
  readonly init: RequestInit & { readonly method: string }
  /** Whether its body can be sent again. */
  readonly isRepeatable: boolean
  readonly redirect: 'follow' | 'manual' | 'error'
}

/** Takes the arguments of `fetch`. */
export function outgoing(
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit = {},
): Outgoing {
  const given = input instanceof Request ? input : undefined
  const body = init.body ?? given?.body ?? null
  const signal = init.signal ?? given?.signal
  const { redirect = given?.redirect ?? 'follow', headers = given?.headers, ...rest } = init
  return {
    url: new URL(given?.url ?? String(input)),
    init: {
      ...rest,
      method: (init.method ?? given?.method ?? 'GET').toUpperCase(),
      ...(headers === undefined ? {} : { headers }),
      ...(signal ? { signal } : {}),
      ...(body === null ? {} : { body, duplex: 'half' }),
    },
    isRepeatable: !isStream(body),
    redirect,
  }
}

/** Whether a body can be sent only once. */
function isStream(body: unknown): boolean {
  return (
    body instanceof ReadableStream ||
    (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
  )
}

/** The next request if the answer is a redirect to follow: only within the same origin. */
export function nextHop(request: Outgoing, response: Response): Outgoing | undefined {
  const { url, init, redirect, isRepeatable } = request
  const location = response.headers.get('location')
  const isRedirect = [301, 302, 303, 307, 308].includes(response.status)
  if (!isRedirect || location === null || redirect === 'manual') return undefined
  if (redirect === 'error')
    throw new TypeError(`${url.host} answered with a redirect, but redirect is "error"`)
  const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined
  if (next?.origin !== url.origin) return undefined
  if (!becomesGet(response.status, init.method)) {
    return isRepeatable ? { ...request, url: next } : undefined
  }
  const { body: _, ...rest } = init
  const headers = new Headers(init.headers)
  for (const name of ['content-type', 'content-length', 'content-encoding']) headers.delete(name)
  return { ...request, url: next, init: { ...rest, method: 'GET', headers }, isRepeatable: true }
}

/** As in the Fetch standard: 303 turns everything except HEAD into GET; 301 and 302 turn only POST into GET. */
function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}
