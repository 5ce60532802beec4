/** A `fetch` that reaches a shared emulator for the names of its caller's accounts. */
import { frontHeaders } from '../../edge/request.ts'
import { describingTokenHeader } from '../../http/client-address.ts'
import { endpointOf } from '../../network/endpoint.ts'
import { type PinnedFetch, pinnedFetch } from '../../network/pinned-fetch.ts'

interface RemoteNames {
  /** The name that stands for a host of the seed. */
  readonly nameOf: (host: string) => string
  readonly isServed: (host: string) => boolean
  /** The token of the account that a host belongs to. */
  readonly tokenFor: (host: string) => string | undefined
}

export function remoteFetch(url: URL, names: RemoteNames): PinnedFetch {
  const secure = url.protocol === 'https:'
  const pinned = pinnedFetch({ ...endpointOf(url), secure }, names.isServed)
  return {
    fetch(input, init) {
      const asked = new URL(input instanceof Request ? input.url : input)
      const own = names.nameOf(asked.hostname)
      const target = own === asked.hostname ? input : renamed(input, own)
      return pinned.fetch(target, described(input, init, names.tokenFor(own)))
    },
    close: pinned.close,
  }
}

function renamed(input: Parameters<typeof fetch>[0], host: string): URL | Request {
  const url = new URL(input instanceof Request ? input.url : input)
  url.hostname = host
  return input instanceof Request ? new Request(url, input) : url
}

/** Adds the token without which a shared emulator does not believe what a request says of its client. */
function described(
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  token: string | undefined,
): RequestInit | undefined {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}))
  const describes = Object.values(frontHeaders).some((name) => headers.has(name))
  if (!describes || token === undefined) return init
  headers.set(describingTokenHeader, token)
  return { ...init, headers }
}
