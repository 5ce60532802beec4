/** An API failure: a row of `apiErrors`. */
import type { Evidence } from '../evidence/evidence.ts'
import type { Sources } from '../evidence/sources.ts'

export interface ErrorRow {
  readonly status: number
  readonly code: number
  readonly message: string
  readonly evidence: Evidence
  /** Entries of the evidence register. */
  readonly source: Sources
  /** Which of the gateway's own shapes the body has; default: Access's envelope. */
  readonly shape?: 'bare' | 'chain' | 'null_last'
  /** The detail of a failure is for the journal: Cloudflare's answer has none. */
  readonly detail?: 'journal'
}

/** A list of failures. Its type keeps the names, and not what the rows say: declarations would carry each of them. */
export function errorRows<N extends string>(
  rows: Readonly<Record<N, ErrorRow>>,
): Readonly<Record<N, ErrorRow>> {
  return rows
}
