/** Our recordings: a HAR to which redacted exchanges are appended, written only if no secret is left in it. */
import { z } from 'zod'
import { once } from '../declaration/endpoint.ts'
import { parseJson } from '../declaration/json.ts'
import { type HttpExchange, redacted } from './exchange.ts'
import { type Creator, harOf } from './har.ts'
import type { Redactor } from './redact/redact.ts'

const ours = once(() =>
  z.looseObject({
    log: z.looseObject({
      creator: z.looseObject({ name: z.enum(['access-client', 'access-emulator']) }),
      entries: z.array(z.unknown()),
    }),
  }),
)

/** The entries of a recording that one of our commands wrote; undefined if the text is not such a recording. */
export function ownEntries(text: string): readonly unknown[] | undefined {
  const parsed = ours().safeParse(parseJson(text))
  return parsed.success ? parsed.data.log.entries : undefined
}

export interface Growing {
  /** The entries already in the file. */
  readonly before: readonly unknown[]
  readonly exchanges: readonly HttpExchange[]
  readonly redactor: Redactor
  readonly creator: Creator
}

export type Grown =
  | { readonly text: string; readonly entries: readonly unknown[] }
  /** Types of the secrets that would still be in it. */
  | { readonly survivors: readonly string[] }

/** The file with `exchanges` added. */
export function grown({ before, exchanges, redactor, creator }: Growing): Grown {
  // A first pass learns the secrets: a cookie set by the last answer may already appear in the first request.
  for (const exchange of exchanges) redacted(exchange, redactor)
  const { log } = harOf(
    exchanges.map((exchange) => redacted(exchange, redactor)),
    creator,
  )
  // Only string values: a cookie may have the value `response`, which is also the name of a field in the file.
  const texts: string[] = []
  const entries = [...before, ...log.entries].map((entry) =>
    withTexts(entry, (text) => {
      const clean = redactor.text(text, '')
      texts.push(clean)
      return clean
    }),
  )
  const survivors = redactor.survivors(texts.join('\n'))
  if (survivors.length > 0) return { survivors }
  return { text: `${JSON.stringify({ log: { ...log, entries } }, null, 2)}\n`, entries }
}

function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => withTexts(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withTexts(item, change)]),
  )
}
