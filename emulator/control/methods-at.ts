/** What the API takes at a path, for those who came with another method. */
import { api, pathsOf } from '../../contracts/api/operations.ts'
import { type Endpoint, type EndpointGroup, once } from '../../contracts/endpoint.ts'

interface PathMethods {
  readonly method: string
  readonly path: RegExp
}

/** `path`: below `/client/v4`, without a query. */
export function methodsAt(path: string): readonly string[] {
  return [...new Set(rows().flatMap((row) => (row.path.test(path) ? [row.method] : [])))]
}

const rows = once((): readonly PathMethods[] =>
  Object.values<EndpointGroup>(api)
    .flatMap((group) => Object.values<Endpoint>(group))
    .flatMap((endpoint) => pathsOf(endpoint).map((path) => ({ endpoint, path })))
    .map(({ endpoint: { method }, path }) => ({
      method,
      path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    })),
)
