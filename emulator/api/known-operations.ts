/** Which operation Cloudflare's API has at a path, implemented or not. Loaded when no route matches (api-known-operations). */

import { cloudflareOperations } from '../../contracts/api/cloudflare-operations.ts'
import { notBuilt } from '../../contracts/api/not-built.ts'
import { operations, pathsOf } from '../../contracts/api/operations.ts'
import { once } from '../../contracts/declaration/endpoint.ts'

export interface OperationRoute {
  readonly method: string
  /** Below `/client/v4`, with parameters in braces. */
  readonly path: string
  readonly isBuilt: boolean
  readonly summary?: string
}

interface Node {
  readonly literal: Map<string, Node>
  /** Segments with parameters; those with literal parts, such as `{id}.png`, come first. */
  readonly patterns: { readonly text: string; readonly matches: RegExp; readonly node: Node }[]
  readonly operations: Map<string, OperationRoute>
}

const emptyNode = (): Node => ({ literal: new Map(), patterns: [], operations: new Map() })

const parameter = /\{[^}]*\}/g

/** Implemented operations come first: the names of their parameters are those with known formats. */
const tree = once((): Node => {
  const root = emptyNode()
  for (const operation of [...built(), ...notBuilt(), ...cloudflareOperations()]) {
    const node = segmentsOf(operation.path).reduce(below, root)
    if (node.operations.has(operation.method)) continue
    node.operations.set(operation.method, { isBuilt: false, ...operation })
  }
  return root
})

function built(): readonly OperationRoute[] {
  return operations.flatMap((one) =>
    pathsOf(one).map((path) => ({ method: one.method, path, isBuilt: true })),
  )
}

function below(node: Node, segment: string): Node {
  if (!segment.includes('{')) {
    const found = node.literal.get(segment) ?? emptyNode()
    node.literal.set(segment, found)
    return found
  }
  const text = segment.replaceAll(parameter, '{}')
  const found = node.patterns.find((each) => each.text === text)
  if (found !== undefined) return found.node
  const source = text.replaceAll('.', '\\.').replaceAll('{}', '[^/]+')
  const made = { text, matches: new RegExp(`^${source}$`), node: emptyNode() }
  if (text === '{}') node.patterns.push(made)
  else node.patterns.unshift(made)
  return made.node
}

/** Literal segments take precedence over parameters. */
export function operationAt(method: string, path: string): OperationRoute | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method
  const segments = segmentsOf(path.replace(/\/$/, ''))
  const find = (node: Node, at: number): OperationRoute | undefined => {
    const segment = segments[at]
    if (segment === undefined) return node.operations.get(wanted)
    const literal = node.literal.get(segment)
    const found = literal === undefined ? undefined : find(literal, at + 1)
    if (found !== undefined) return found
    for (const each of node.patterns) {
      const deeper = each.matches.test(segment) ? find(each.node, at + 1) : undefined
      if (deeper !== undefined) return deeper
    }
    return undefined
  }
  return find(tree(), 0)
}

/** The parameters that are whole segments, by name. */
export function paramsAt(operation: OperationRoute, path: string): Record<string, string> {
  const values = segmentsOf(path)
  return Object.fromEntries(
    segmentsOf(operation.path).flatMap((segment, at) => {
      const [, name] = /^\{(.*)\}$/.exec(segment) ?? []
      return name === undefined ? [] : [[name, values[at] ?? '']]
    }),
  )
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').slice(1)
}
