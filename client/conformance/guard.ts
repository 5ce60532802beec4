/** Keeps a live account safe from the cases: without leave nothing is written, and with leave only what they made. */
import { collections, pathsOf, patternOf } from '../../contracts/api/operations.ts'
import { once } from '../../contracts/endpoint.ts'
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
  const base = new URL(apiUrl).pathname.replace(/\/$/, '')
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
    const maker = method === 'POST' ? makerAt(url, isOurs) : undefined
    if (!isOurs && maker === undefined) throw refusal('it is not made here', method, url)
    const response = await fetch(input, init)
    if (!response.ok) return response
    if (method === 'DELETE') made.delete(parts.at(-1) ?? '')
    // A policy of one of our applications becomes one of the account.
    const isMoved = parts.at(-1) === 'make_reusable'
    const field = maker?.key ?? (isMoved ? 'id' : undefined)
    const key = field === undefined ? undefined : await keyIn(response.clone(), field)
    if (key === undefined) return response
    ours.add(key)
    const address = `${url.origin}${url.pathname}/${encodeURIComponent(key)}`
    const { headers } = init
    if (maker !== undefined)
      made.set(key, { url: address, init: headers === undefined ? {} : { headers } })
    return response
  }

  /** What a POST there makes: in the account or its zone, or within an object of ours. */
  function makerAt({ pathname }: URL, isOurs: boolean): Maker | undefined {
    const path = pathname.slice(base.length)
    return makers().find(({ place, isWithin }) => {
      const [, scope = ''] = place.exec(path) ?? []
      return scopes.includes(scope) && (isOurs || !isWithin)
    })
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

interface Maker {
  readonly place: RegExp
  /** Whether its path names another object. */
  readonly isWithin: boolean
  /** The field of the answer that is the key. */
  readonly key: string
}

/** Where a POST makes an object that can be removed again. */
const makers = once((): readonly Maker[] =>
  collections.flatMap(({ below, key = 'id', operations }) =>
    pathsOf(operations.create).map((path) => ({
      place: patternOf(path),
      isWithin: below !== undefined,
      key,
    })),
  ),
)

async function keyIn(response: Response, field: string): Promise<string | undefined> {
  const body: unknown = await response.json().catch(() => undefined)
  const { result } = Object(body) as { readonly result?: unknown }
  const one: unknown = Array.isArray(result) ? result[0] : result
  const key: unknown = Reflect.get(Object(one), field)
  return typeof key === 'string' ? key : undefined
}

function refusal(why: string, method: string, { origin, pathname }: URL): AccessUsageError {
  return new AccessUsageError({
    what: `${method} ${origin}${pathname} was not sent.`,
    why: `The cases may not: ${why}.`,
    todo: 'See which variables allow writes, and for which account.',
  })
}
