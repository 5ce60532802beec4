/** Finds the route of a request: by the segments of its path, then by its method, in the order of declaration. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request, and what its URL says. */
export interface Routed extends IncomingMessage {
  readonly method: string
  /** As it was sent, with the query. */
  readonly originalUrl: string
  /** Without the query. */
  readonly path: string
  /** The parts of the path that its route names. */
  params: Params
  body: unknown
}

export type Params = Readonly<Record<string, string>>

/** Reads the URL of a request; what its route and its body say is added once they are known. */
export function routed(message: IncomingMessage): Routed {
  const { method = 'GET', url = '/' } = message
  const end = url.search(/[?#]/)
  const path = end < 0 ? url : url.slice(0, end)
  return Object.assign(message, { method, originalUrl: url, path, params: {}, body: undefined })
}

/** With its question mark, or empty. */
export function queryOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark)
}

/** A header that is sent at most once, or whose values Node joins. */
export function headerIn({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

/** What a route is found by. */
export interface RequestLine {
  readonly method: string
  /** Without the query. */
  readonly path: string
}

export interface Route<Asked extends RequestLine, Handler> {
  /** `ANY` for whichever is left. A route for GET is one for HEAD too. */
  readonly method: string
  /** Parameters in braces, each a whole segment: `/a/{b}`. Ends in `/*` where anything may follow. */
  readonly path: string
  /** Whether the route is for this request, whose path fits; if not, the next route is tried. */
  readonly isFor?: ((asked: Asked, params: Params) => boolean) | undefined
  readonly handler: Handler
}

/** The routes of one surface. */
export interface Routes<Asked extends RequestLine, Handler> {
  add(route: Route<Asked, Handler>): void
  /** The first route that fits. @throws URIError if an escape is malformed */
  find(asked: Asked): { readonly handler: Handler; readonly params: Params } | undefined
}

/** Routes of requests that are answered with what their path and body say. */
export type Operations<R extends Routed> = Routes<
  R,
  (request: R, response: ServerResponse) => void | Promise<void>
>

interface PlacedRoute<Asked extends RequestLine, Handler> {
  readonly route: Route<Asked, Handler>
  readonly order: number
  /** Of its parameters, each at the index of its segment. */
  readonly names: readonly (readonly [name: string, index: number])[]
}

interface PathNode<Placed> {
  readonly fixed: Map<string, PathNode<Placed>>
  parameter: PathNode<Placed> | undefined
  /** In order. */
  readonly ending: Placed[]
  /** Those that go on with anything; in order. */
  readonly open: Placed[]
}

/** @param isExact whether case and a slash at the end make a difference; by default, they make none */
export function createRoutes<Asked extends RequestLine, Handler>({
  isExact = false,
} = {}): Routes<Asked, Handler> {
  type Placed = PlacedRoute<Asked, Handler>
  const root = emptyNode<Placed>()
  const segmentsOf = isExact ? allSegments : segmentsBeforeSlash
  const keyOf = (segment: string) => (isExact ? segment : segment.toLowerCase())
  let order = 0

  /** All routes that a path fits, whichever their method. */
  const collect = (
    { fixed, parameter, ending, open }: PathNode<Placed>,
    segments: readonly string[],
    at: number,
    found: (readonly Placed[])[],
  ): void => {
    const segment = segments[at]
    if (segment === undefined) {
      if (ending.length > 0) found.push(ending)
      return
    }
    if (open.length > 0) found.push(open)
    const next = fixed.get(segment) ?? fixed.get(keyOf(segment))
    if (next !== undefined) collect(next, segments, at + 1, found)
    if (parameter !== undefined && segment !== '') collect(parameter, segments, at + 1, found)
  }

  return {
    add(route) {
      const names: [string, number][] = []
      const segments = segmentsOf(route.path)
      const isOpen = segments.at(-1) === '*'
      let node = root
      for (const [index, segment] of (isOpen ? segments.slice(0, -1) : segments).entries()) {
        const [, name] = /^\{(\w+)\}$/.exec(segment) ?? []
        if (name === undefined) {
          const key = keyOf(segment)
          const next = node.fixed.get(key) ?? emptyNode<Placed>()
          node.fixed.set(key, next)
          node = next
        } else {
          names.push([name, index])
          node.parameter ??= emptyNode<Placed>()
          node = node.parameter
        }
      }
      const placed = { route, order, names }
      if (isOpen) node.open.push(placed)
      else node.ending.push(placed)
      order += 1
    },
    find(asked) {
      const segments = segmentsOf(asked.path)
      const found: (readonly Placed[])[] = []
      collect(root, segments, 0, found)
      // Those of one node are in order already, and few paths fit two.
      const [first = none, ...more] = found
      const fitting = more.length === 0 ? first : found.flat().sort((a, b) => a.order - b.order)
      for (const { route, names } of fitting) {
        const params = paramsOf(names, segments)
        if (!isForMethod(route.method, asked.method)) continue
        if (route.isFor?.(asked, params) === false) continue
        return { handler: route.handler, params }
      }
      return undefined
    },
  }
}

const none: readonly never[] = []
const noParams: Params = {}

function emptyNode<Placed>(): PathNode<Placed> {
  return { fixed: new Map(), parameter: undefined, ending: [], open: [] }
}

function segmentsBeforeSlash(path: string): readonly string[] {
  const from = path.startsWith('/') ? 1 : 0
  const to = path.length > from && path.endsWith('/') ? path.length - 1 : path.length
  return to <= from ? none : path.slice(from, to).split('/')
}

function allSegments(path: string): readonly string[] {
  return path.slice(path.startsWith('/') ? 1 : 0).split('/')
}

function paramsOf(
  names: readonly (readonly [string, number])[],
  segments: readonly string[],
): Params {
  if (names.length === 0) return noParams
  const params: Record<string, string> = {}
  for (const [name, index] of names) {
    const segment = segments[index] ?? ''
    params[name] = segment.includes('%') ? decodeURIComponent(segment) : segment
  }
  return params
}

function isForMethod(method: string, sent: string): boolean {
  return method === sent || method === 'ANY' || (method === 'GET' && sent === 'HEAD')
}
