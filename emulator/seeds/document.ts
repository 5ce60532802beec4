/** A YAML or JSON text as data, and where in the text each part of it stands. */
import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { SeedPath } from './names.ts'

export interface ReadDocument {
  readonly data: unknown
  /** The first thing that is no YAML. */
  readonly error: { readonly offset: number; readonly message: string } | undefined
  /** `LINE:COLUMN`, from 1. */
  lineAt(offset: number): string
  /** Where a path leads; a part that the text lacks is looked for at what should have it. */
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

/** An alias without its anchor, and a bomb of aliases, are found only here. */
function dataOf(make: () => unknown): { data: unknown; error?: ReadDocument['error'] } {
  try {
    return { data: make(), error: undefined }
  } catch (error) {
    const message = oneLine(error instanceof Error ? error.message : String(error))
    return { data: undefined, error: { offset: 0, message } }
  }
}

/** The key of a member rather than its value: that is what a reader looks for. */
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
