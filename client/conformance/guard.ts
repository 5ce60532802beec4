/** Keeps a live account safe from the cases: without leave nothing is written, and with leave only what they made. */
import { AccessUsageError } from '../errors.ts'

export interface Guarded {
  readonly fetch: typeof fetch
  /** Removes whatever was made and is still there, newest first; what could not be removed. */
  sweep(): Promise<readonly string[]>
}

const reading = ['GET', 'HEAD', 'OPTIONS']

/** An id of the right form that nothing has: cases ask for it, and may write to it in vain. */
export const nobodysId = '01234567-89ab-4cde-8f01-23456789abcd'
export const nobodysHex = nobodysId.replaceAll('-', '')

/**
 * `writes: false` lets only GET, HEAD and OPTIONS through. `writes: true` lets the API be changed where the path names
 * something that was made through this very `fetch`, or makes something new: in one of `scopes`, and within nothing
 * that others made. `scopes` are ids of the account and its zone; it is read at each request.
 * Throws `AccessUsageError`, before anything is sent, on any other request.
 */
export function guard(
  fetch: typeof globalThis.fetch,
  {
    apiUrl,
    writes,
    scopes,
  }: { readonly apiUrl: string; readonly writes: boolean; readonly scopes: readonly string[] },
): Guarded {
  /** Keys of all that was ever made, and where those are that are still there. */
  const ours = new Set([nobodysId, nobodysHex])
  const made = new Map<string, { readonly url: string; readonly init: RequestInit }>()

  async function guarded(input: Parameters<typeof fetch>[0], init: RequestInit = {}) {
    const request = input instanceof Request ? input : undefined
    const url = new URL(request?.url ?? String(input))
    const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
    const isApi = url.host === new URL(apiUrl).host
    if (reading.includes(method)) return fetch(input, init)
    if (!writes) throw refusal('this target is read-only', method, url)
    if (!isApi) return fetch(input, init)
    const parts = url.pathname.split('/').map(decodeURIComponent)
    const isOurs = parts.some((part) => ours.has(part))
    const isNew = method === 'POST' && makesNew(url, isOurs)
    if (!isOurs && !isNew) throw refusal('it is not made here', method, url)
    const response = await fetch(input, init)
    if (!response.ok) return response
    if (method === 'DELETE') made.delete(parts.at(-1) ?? '')
    // A policy of one of our applications becomes one of the account.
    const isMoved = parts.at(-1) === 'make_reusable'
    const key = isNew || isMoved ? await keyIn(response.clone()) : undefined
    if (key === undefined) return response
    ours.add(key)
    const address = `${url.origin}${url.pathname}/${encodeURIComponent(key)}`
    const { headers } = init
    if (isNew) made.set(key, { url: address, init: headers === undefined ? {} : { headers } })
    return response
  }

  /** `/accounts/{id}/access/apps`, or the policies of an application of ours. */
  function makesNew({ pathname }: URL, isOurs: boolean): boolean {
    const place = /\/(?:accounts|zones)\/([^/]+)\/(?:access\/|workers\/)?(.*?)(\w+)$/
    const [, scope = '', within, name = ''] = place.exec(pathname) ?? []
    return scopes.includes(scope) && collections.includes(name) && (isOurs || within === '')
  }

  return {
    fetch: guarded,
    async sweep() {
      const left: string[] = []
      for (const [key, { url, init }] of [...made].reverse()) {
        const { status } = await fetch(url, { ...init, method: 'DELETE' })
        if (status < 300 || status === 404) made.delete(key)
        else left.push(`${url} (${status})`)
      }
      return left
    },
  }
}

/** Last segment of the paths where a POST makes an object. */
const collections: readonly string[] = [
  'apps',
  'policies',
  'service_tokens',
  'groups',
  'identity_providers',
  'tags',
  'dns_records',
  'routes',
]

async function keyIn(response: Response): Promise<string | undefined> {
  const body: unknown = await response.json().catch(() => undefined)
  const { result } = Object(body) as { readonly result?: unknown }
  const one: unknown = Array.isArray(result) ? result[0] : result
  const { id, name } = Object(one) as { readonly id?: unknown; readonly name?: unknown }
  const key = id ?? name
  return typeof key === 'string' ? key : undefined
}

function refusal(why: string, method: string, { origin, pathname }: URL): AccessUsageError {
  return new AccessUsageError({
    what: `${method} ${origin}${pathname} was not sent.`,
    why: `The cases may not: ${why}.`,
    todo: 'See which variables allow writes, and for which account.',
  })
}
