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

export interface Route<R extends Routed> {
  /** `ANY` for whichever is left. A route for GET is one for HEAD too. */
  readonly method: string
  /** Parameters in braces, each a whole segment: `/a/{b}`. Ends in `/*` where anything may follow. */
  readonly path: string
  /** Whether the parameters could name anything at all; if not, the next route is tried. */
  readonly isPlausible?: ((params: Params) => boolean) | undefined
  readonly serve: (request: R, response: ServerResponse) => void | Promise<void>
}

export interface Routes<R extends Routed> {
  add(route: Route<R>): void
  /** Serves a request by the first route that fits it. False if there is none. @throws URIError if an escape is malformed */
  serve(request: R, response: ServerResponse): Promise<boolean>
}

interface PlacedRoute<R extends Routed> {
  readonly route: Route<R>
  readonly order: number
  /** Of its parameters, each at the index of its segment. */
  readonly names: readonly (readonly [name: string, index: number])[]
}

interface PathNode<R extends Routed> {
  readonly fixed: Map<string, PathNode<R>>
  parameter: PathNode<R> | undefined
  /** In order. */
  readonly ending: PlacedRoute<R>[]
  /** Those that go on with anything; in order. */
  readonly open: PlacedRoute<R>[]
}

export function createRoutes<R extends Routed = Routed>(): Routes<R> {
  const root = emptyNode<R>()
  let order = 0

  const find = (request: R): Route<R> | undefined => {
    const segments = segmentsOf(request.path)
    const found: (readonly PlacedRoute<R>[])[] = []
    collect(root, segments, 0, found)
    // Those of one node are in order already, and few paths fit two.
    const [first = none, ...more] = found
    const fitting = more.length === 0 ? first : found.flat().sort((a, b) => a.order - b.order)
    for (const { route, names } of fitting) {
      const params = paramsOf(names, segments)
      if (!isFor(route.method, request.method)) continue
      if (route.isPlausible?.(params) === false) continue
      request.params = params
      return route
    }
    return undefined
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
          const key = segment.toLowerCase()
          const next = node.fixed.get(key) ?? emptyNode<R>()
          node.fixed.set(key, next)
          node = next
        } else {
          names.push([name, index])
          node.parameter ??= emptyNode<R>()
          node = node.parameter
        }
      }
      const placed = { route, order, names }
      if (isOpen) node.open.push(placed)
      else node.ending.push(placed)
      order += 1
    },
    async serve(request, response) {
      const route = find(request)
      if (route === undefined) return false
      await route.serve(request, response)
      return true
    },
  }
}

const none: readonly never[] = []

function emptyNode<R extends Routed>(): PathNode<R> {
  return { fixed: new Map(), parameter: undefined, ending: [], open: [] }
}

/** One slash at the end makes no difference. */
function segmentsOf(path: string): readonly string[] {
  const from = path.startsWith('/') ? 1 : 0
  const to = path.length > from && path.endsWith('/') ? path.length - 1 : path.length
  return to <= from ? none : path.slice(from, to).split('/')
}

/** All routes that a path fits, whichever their method. The case of fixed segments makes no difference. */
function collect<R extends Routed>(
  { fixed, parameter, ending, open }: PathNode<R>,
  segments: readonly string[],
  at: number,
  found: (readonly PlacedRoute<R>[])[],
): void {
  const segment = segments[at]
  if (segment === undefined) {
    if (ending.length > 0) found.push(ending)
    return
  }
  if (open.length > 0) found.push(open)
  const next = fixed.get(segment) ?? fixed.get(segment.toLowerCase())
  if (next !== undefined) collect(next, segments, at + 1, found)
  if (parameter !== undefined && segment !== '') collect(parameter, segments, at + 1, found)
}

function paramsOf(
  names: readonly (readonly [string, number])[],
  segments: readonly string[],
): Params {
  const params: Record<string, string> = {}
  for (const [name, index] of names) {
    const segment = segments[index] ?? ''
    params[name] = segment.includes('%') ? decodeURIComponent(segment) : segment
  }
  return params
}

function isFor(method: string, sent: string): boolean {
  return method === sent || method === 'ANY' || (method === 'GET' && sent === 'HEAD')
}
