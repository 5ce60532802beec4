/** What a seed states that a server else makes: ids, AUD tags, times. So an imported account is the same here as there. */
import type { z } from 'zod'
import { policy, policyBody } from '../../contracts/api/policies.ts'
import type { Endpoint } from '../../contracts/endpoint.ts'
import { isObject } from '../../contracts/json.ts'
import type { Change } from '../state/state.ts'

type Fields = Readonly<Record<string, unknown>>

/** Given, but made from other rows, or in another way. */
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
 * The changes that make an object, with what `given` states in place of what was made: `result` is the answer that
 * says what that was. Inline policies are explicit within their application.
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
    // One that an answer embeds as reusable is no application's own.
    if (put.reusable === true) delete put.application_id
    return replaced({ ...change, put } as Change, renamed)
  })
}

/** An organization has neither, and there is one. */
function keyOf({ id, name }: Fields): unknown {
  return id ?? name
}

/** Inline policies as given, beside those that were made of them: both in the order of precedence. */
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

/** Fields that only a server writes: those of the answer that no body has. */
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
