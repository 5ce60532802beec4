/** Reduces answers to what a seed can hold: parts that the emulator would refuse are left out and reported. */
import type { z } from 'zod'
import { applicationProblem } from '../../contracts/api/application-problems.ts'
import { applicationBody } from '../../contracts/api/applications.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import { isCollection } from '../../contracts/declaration/resource.ts'
import { seedItemOf } from '../../contracts/declaration/seed-item.ts'
import { type Path, pathText } from '../api/drift.ts'
import {
  type ImportedKind,
  type Item,
  kinds,
  nameOf,
  noAnswers,
  resourceOf,
  type SavedAnswers,
} from './kinds.ts'

/** The schemas that an item must match: the API's body, which validates rules, and the seed's own shape. */
function schemasOf(kind: ImportedKind): readonly z.ZodType[] {
  const resource = resourceOf(kind)
  return resource === undefined ? [] : [resource.body(), seedItemOf(resource)]
}

/** The answers without the parts that do not fit, and a note for each part left out. */
export function fitting(answers: SavedAnswers): {
  readonly answers: SavedAnswers
  readonly notes: readonly string[]
} {
  const fit = noAnswers()
  const notes: string[] = []
  for (const kind of kinds) {
    const schemas = schemasOf(kind)
    for (const item of wholeItems(kind, answers[kind])) {
      const left: string[] = []
      const kept = schemas.reduce<Item | undefined>(
        (rest, schema) => rest && fitted(schema, rest, left),
        item,
      )
      const problem = kept && kind === 'applications' ? problemOf(kept) : undefined
      const name = nameOf(kind, item)
      if (kept === undefined || problem !== undefined) {
        const why = problem ?? left.join(', ')
        notes.push(`The ${name} is left out: ${why === '' ? 'it is malformed' : why}.`)
        continue
      }
      fit[kind].push(kept)
      if (left.length > 0)
        notes.push(`The ${name} is imported without ${[...new Set(left)].join(', ')}.`)
    }
  }
  return { answers: fit, notes }
}

/** Items of a list may lack fields that only GET of one object returns: of the same object, the whole one counts. */
function wholeItems(kind: ImportedKind, items: readonly Item[]): readonly Item[] {
  const resource = resourceOf(kind)
  if (resource === undefined || !isCollection(resource)) return items
  const { onlyGet = [], key = 'id' } = resource
  const isWhole = (item: Item) => onlyGet.every((field) => Object.hasOwn(item, field))
  const whole = new Set(items.filter(isWhole).map((item) => item[key]))
  return items.filter((item) => isWhole(item) || !whole.has(item[key]))
}

function problemOf(item: Item): string | undefined {
  const body = applicationBody().safeParse(item)
  return body.success ? applicationProblem(body.data) : undefined
}

/** The item without the parts that the schema refuses; undefined if it refuses the item itself. */
function fitted(schema: z.ZodType, item: Item, left: string[]): Item | undefined {
  const rest: Item = structuredClone(item)
  for (;;) {
    const { error } = schema.safeParse(rest)
    const [issue] = error?.issues ?? []
    if (issue === undefined) return rest
    const wrong = innermost(issue)
    const at = leftOutFor(wrong, rest)
    left.push(at.length === 0 ? `it has no valid ${pathText(wrong)}` : pathText(at))
    if (at.length === 0) return undefined
    remove(rest, at)
  }
}

/** A policy without one of its restrictions would admit more people than the real one, so it is left out entirely. */
function leftOutFor(path: Path, rest: Item): Path {
  const limit = path.findIndex((key) => key === 'require' || key === 'exclude')
  if (limit >= 0) return path.slice(0, limit)
  const isMissing = valueAt(rest, path) === undefined
  return isMissing ? path.slice(0, -1) : path
}

/** For a union, takes the branch that matched the most of the value: most likely the intended one. */
function innermost(issue: z.core.$ZodIssue): Path {
  if (issue.code === 'unrecognized_keys') return [...issue.path, issue.keys[0] ?? '']
  if (issue.code !== 'invalid_union') return issue.path
  const inner = issue.errors.flatMap(([first]) => (first === undefined ? [] : [innermost(first)]))
  const deepest = Math.max(0, ...inner.map(({ length }) => length))
  return [...issue.path, ...(inner.findLast(({ length }) => length === deepest) ?? [])]
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (within, key) =>
      typeof within === 'object' && within !== null ? Reflect.get(within, key) : undefined,
    value,
  )
}

function remove(value: Item, path: Path): void {
  const parent = valueAt(value, path.slice(0, -1))
  const key = path.at(-1)
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else if (isObject(parent) && key !== undefined) Reflect.deleteProperty(parent, key)
}
