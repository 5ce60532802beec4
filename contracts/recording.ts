/** A recording of ours: a HAR that grows by redacted exchanges, and is written only where no secret stands in it. */
import { z } from 'zod'
import { once } from './endpoint.ts'
import { type Exchange, redacted } from './exchange.ts'
import { type Creator, harOf } from './har.ts'
import { parseJson } from './json.ts'
import type { Redactor } from './redact.ts'

const ours = once(() =>
  z.looseObject({
    log: z.looseObject({
      creator: z.looseObject({ name: z.enum(['access-client', 'access-emulator']) }),
      entries: z.array(z.unknown()),
    }),
  }),
)

/** The entries of a recording that a command of ours wrote; undefined where the text is none. */
export function ownEntries(text: string): readonly unknown[] | undefined {
  const parsed = ours().safeParse(parseJson(text))
  return parsed.success ? parsed.data.log.entries : undefined
}

export interface Growing {
  /** Entries that are there already. */
  readonly before: readonly unknown[]
  readonly exchanges: readonly Exchange[]
  readonly redactor: Redactor
  readonly creator: Creator
}

/** The text of the file with `exchanges` added, or the types of secrets that would stand in it all the same. */
export function grown({
  before,
  exchanges,
  redactor,
  creator,
}: Growing): { readonly text: string } | { readonly survivors: readonly string[] } {
  // Once to learn what is secret: a cookie of the last answer may stand in the first request.
  for (const exchange of exchanges) redacted(exchange, redactor)
  const { log } = harOf(
    exchanges.map((exchange) => redacted(exchange, redactor)),
    creator,
  )
  const har = { log: { ...log, entries: [...before, ...log.entries] } }
  const text = redactor.text(`${JSON.stringify(har, null, 2)}\n`, '')
  const survivors = redactor.survivors(text)
  return survivors.length === 0 ? { text } : { survivors }
}
