/** Parses YAML or JSON, and maps each part of the data to its place in the text. */
import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { SeedPath } from './names.ts'

export interface ReadDocument {
  readonly data: unknown
  /** The first syntax error. */
  readonly error: { readonly offset: number; readonly message: string } | undefined
  /** `LINE:COLUMN`, counted from 1. */
  lineAt(offset: number): string
  /** The offset of what a path points to; if it is missing, of the closest parent. */
  offsetOf(path: SeedPath): number
}

export function readDocument(text: string): ReadDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const [error] = document.errors
  const read = error === undefined ? dataOf(() => document.toJS()) : { data: undefined }
  return {
    data: read.data,
    error:
      error === undefined ? read.error : { offset: error.pos[0], message: oneLine(error.message) },
    lineAt(offset) {
      const { line, col } = lines.linePos(offset)
      return `${line}:${col}`
    },
    offsetOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const found = nodeAt(document.contents, path.slice(0, length))
        if (found !== undefined) return found.range?.[0] ?? 0
      }
      return document.contents?.range?.[0] ?? 0
    },
  }
}

/** Converting to data finds two errors that parsing does not: an alias without anchor, and too many aliases. */
function dataOf(make: () => unknown): { data: unknown; error?: ReadDocument['error'] } {
  try {
    return { data: make(), error: undefined }
  } catch (error) {
    const message = oneLine(error instanceof Error ? error.message : String(error))
    return { data: undefined, error: { offset: 0, message } }
  }
}

/** For a member, the node of its key rather than its value: that is where a reader looks. */
function nodeAt(root: Node | null, path: SeedPath): Node | undefined {
  const last = path.at(-1)
  const parent = isNode(root) && 'getIn' in root ? parentOf(root, path.slice(0, -1)) : undefined
  if (isMap(parent)) {
    const key = parent.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key
    return isNode(key) ? key : undefined
  }
  const item = parent !== undefined && 'get' in parent ? parent.get(last, true) : undefined
  return isNode(item) ? item : undefined
}

type Collection = Node & {
  getIn(path: SeedPath, keepScalar: true): unknown
  get(key: unknown, keepScalar: true): unknown
}

function parentOf(root: Node, path: SeedPath): Collection | undefined {
  const parent = path.length === 0 ? root : (root as Collection).getIn(path, true)
  return isNode(parent) && 'get' in parent ? (parent as Collection) : undefined
}

function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').replace(/\.$/, '')
}
