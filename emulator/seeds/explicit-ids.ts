/** Keeps values in a seed that the server would otherwise make up (ids, AUD tags, times), so that imports stay faithful. */
import type { z } from 'zod'
import { policy, policyBody } from '../../contracts/api/policies.ts'
import type { Endpoint } from '../../contracts/endpoint.ts'
import { isObject } from '../../contracts/json.ts'
import type { Change } from '../state/state.ts'

type Fields = Readonly<Record<string, unknown>>

/** Fields that a seed may give, but that are derived from other rows or set in another way. */
const derived = [
  'app_count',
  'client_secret_version',
  'policies',
  'precedence',
  'previous_client_secret_expires_at',
  'reusable',
]
const identities = ['id', 'uid', 'aud']

/**
 * The changes that create an object, with the explicit values of `given` in place of those that the server generated, which
 * are in `result`, the operation's answer. Inline policies are handled along with their application.
 */
export function withExplicitIds(
  changes: readonly Change[],
  given: object,
  { endpoint, result }: { readonly endpoint: Endpoint; readonly result: unknown },
): Change[] {
  if (!isObject(given) || !isObject(result)) return [...changes]
  const inline = pairs(given.policies, result.policies)
  const renamed = new Map<unknown, unknown>()
  for (const [explicit, made] of [[given, result] as const, ...inline]) {
    for (const name of identities) {
      if (typeof explicit[name] === 'string') renamed.set(made[name], explicit[name])
    }
  }
  const own = serverFields(endpoint.result(), endpoint.body?.())
  const ofPolicy = serverFields(policy(), policyBody())
  const overlays = new Map<unknown, Fields>([
    [keyOf(result), picked(given, own)],
    ...inline.map(([explicit, made]) => {
      const reusable = explicit.reusable === true ? { reusable: true } : {}
      return [made.id, { ...picked(explicit, ofPolicy), ...reusable }] as const
    }),
  ])
  return changes.map((change): Change => {
    if (!('put' in change) || change.table === 'counters') return change
    const put: Record<string, unknown> = {
      ...change.put,
      ...overlays.get(keyOf({ ...change.put })),
    }
    // A reusable policy that an answer embeds belongs to no application.
    if (put.reusable === true) delete put.application_id
    return replaced({ ...change, put } as Change, renamed)
  })
}

/** Undefined for an organization, which has neither and exists only once. */
function keyOf({ id, name }: Fields): unknown {
  return id ?? name
}

/** Pairs each inline policy as given with the one created from it, in the order of precedence. */
function pairs(given: unknown, made: unknown): (readonly [Fields, Fields])[] {
  if (!Array.isArray(given) || !Array.isArray(made)) return []
  const place = (item: unknown, index: number) =>
    isObject(item) && typeof item.precedence === 'number' ? item.precedence : index + 1
  const inOrder = given
    .map((item: unknown, index) => ({ item, place: place(item, index) }))
    .sort((a, b) => a.place - b.place)
  return inOrder.flatMap(({ item }, index) => {
    const row: unknown = made[index]
    return isObject(item) && isObject(row) && 'decision' in item ? [[item, row] as const] : []
  })
}

/** Fields that only the server writes: in the answer, but not in the body. */
function serverFields(entity: z.ZodType, body: z.ZodType | undefined): string[] {
  const settable = new Set([...derived, ...identities, ...fieldsOf(body)])
  return fieldsOf(entity).filter((name) => !settable.has(name))
}

function fieldsOf(schema: z.ZodType | undefined): string[] {
  return schema !== undefined && 'shape' in schema ? Object.keys(Object(schema.shape)) : []
}

function picked(given: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)))
}

function replaced<T>(value: T, renamed: ReadonlyMap<unknown, unknown>): T {
  if (renamed.has(value)) return renamed.get(value) as T
  if (Array.isArray(value)) return value.map((item) => replaced(item, renamed)) as T
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([name, item]) => [name, replaced(item, renamed)])
  return Object.fromEntries(entries) as T
}
