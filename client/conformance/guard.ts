/**
 * Protects a live account from the cases: without permission nothing is written, and with it only what they created.
 */
import { api, collections, pathsOf, patternOf } from '../../contracts/api/operations.ts'
import { type EndpointGroup, once } from '../../contracts/declaration/endpoint.ts'
import { AccessUsageError } from '../transport/errors.ts'

export interface Guarded {
  readonly fetch: typeof fetch
  /** Removes everything created that still exists, newest first; returns what could not be removed. */
  sweep(): Promise<readonly string[]>
}

const reading = ['GET', 'HEAD', 'OPTIONS']

/** A well-formed id that belongs to nothing: cases look it up, and may try to write to it. */
export const nobodysId = '01234567-89ab-4cde-8f01-23456789abcd'
export const nobodysHex = nobodysId.replaceAll('-', '')

/**
 * `writes: false` lets only GET, HEAD and OPTIONS through. `writes: true` also allows API calls that change something
 * created through this very `fetch`, or create something new in one of `scopes` and not within someone else's object.
 * `scopes` are the ids of the account and its zone, read on each request.
 * @throws AccessUsageError on any other request, before anything is sent
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
  /** Keys of everything ever created, and the URLs of what still exists. */
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
    if (!isOurs && maker === undefined) throw refusal('it was not created here', method, url)
    const response = await fetch(input, init)
    if (!response.ok) return response
    if (method === 'DELETE') made.delete(parts.at(-1) ?? '')
    // `make_reusable` turns a policy of one of our applications into one of the account.
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

  /** What a POST there creates: in the account or its zone, or within an object of ours. */
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
  /** The field of the answer that holds the key. */
  readonly key: string
}

/** Endpoints where POST creates an object that DELETE removes again. */
const makers = once((): readonly Maker[] =>
  Object.entries<EndpointGroup>(api).flatMap(([name, { create, delete: removed }]) => {
    if (create?.method !== 'POST' || removed === undefined) return []
    if (!patternOf(`${create.path}/{id}`).test(removed.path)) return []
    const { below, key = 'id' } = collections.find((each) => each.name === name) ?? {}
    return pathsOf(create).map((path) => ({
      place: patternOf(path),
      isWithin: below !== undefined,
      key,
    }))
  }),
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
    why: `The cases may not do this: ${why}.`,
    todo: 'See which variables allow writes, and for which account.',
  })
}
