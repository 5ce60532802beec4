/** What a seed gives of a new object although the server makes it up: ids, AUD tag, times. So imports stay faithful. */
import type { z } from 'zod'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'

/** The ids are input of `mint`; `fields` are the others, as the row takes them. */
export interface Explicit {
  readonly id?: string
  readonly aud?: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Fields that an answer has and no body, but that are derived from other rows or set in another way. */
const derived = [
  'app_count',
  'client_secret_version',
  'policies',
  'precedence',
  'previous_client_secret_expires_at',
  'reusable',
]
const identities = ['id', 'uid', 'aud']

export function explicitOf(
  given: object,
  { result, body }: Pick<Endpoint, 'result' | 'body'>,
): Explicit {
  const own = new Set(fieldsOf(result()))
  const settable = new Set([...derived, ...identities, ...fieldsOf(body?.())])
  const isServers = ([name]: readonly [string, unknown]) => own.has(name) && !settable.has(name)
  const {
    id = undefined,
    uid = id,
    aud = undefined,
  }: { id?: unknown; uid?: unknown; aud?: unknown } = given
  return {
    ...(typeof uid === 'string' ? { id: uid } : {}),
    ...(typeof aud === 'string' ? { aud } : {}),
    fields: Object.fromEntries(Object.entries(given).filter(isServers)),
  }
}

function fieldsOf(schema: z.ZodType | undefined): string[] {
  return schema !== undefined && 'shape' in schema ? Object.keys(Object(schema.shape)) : []
}
