/** Secrets of the Cloudflare API that only their place reveals, neither their name nor their form. */
import { isTooDeep, parseJson } from '../../declaration/json.ts'

interface SecretPlace {
  readonly type: string
  /** Matches the path below `/client/v4`. */
  readonly path: RegExp
  readonly in: 'request' | 'answer'
  /** The member names that lead to it; arrays are traversed. */
  readonly at: readonly string[]
}

/** From the paths and examples of Cloudflare's API documentation. */
const places: readonly SecretPlace[] = [
  { type: 'api_token', path: /\/tokens$/, in: 'answer', at: ['result', 'value'] },
  { type: 'api_token', path: /\/tokens\/[^/]+\/value$/, in: 'answer', at: ['result'] },
  {
    type: 'tunnel_token',
    path: /\/(cfd_tunnel|warp_connector)\/[^/]+\/token$/,
    in: 'answer',
    at: ['result'],
  },
  { type: 'secret', path: /\/secrets_store\/.*\/secrets(\/[^/]+)?$/, in: 'request', at: ['value'] },
]

export interface Bodies {
  readonly url: string
  readonly request: string | undefined
  readonly answer: string | undefined
}

export function secretsByPlace({
  url,
  ...bodies
}: Bodies): readonly { readonly type: string; readonly value: string }[] {
  const [, path] = /^https:\/\/api\.cloudflare\.com\/client\/v4(\/[^?#]*)/i.exec(url) ?? []
  if (path === undefined) return []
  return places
    .filter((place) => place.path.test(path))
    .flatMap(({ type, in: side, at }) =>
      textsAt(shallow(parseJson(bodies[side] ?? '')), at).map((value) => ({ type, value })),
    )
}

function shallow(value: unknown): unknown {
  return isTooDeep(value) ? undefined : value
}

function textsAt(value: unknown, [name, ...rest]: readonly string[]): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => textsAt(item, name === undefined ? [] : [name, ...rest]))
  }
  if (name === undefined) return typeof value === 'string' ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => (key === name ? textsAt(item, rest) : []))
}
