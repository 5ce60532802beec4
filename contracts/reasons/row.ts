/** One reason of the closed list: what it says to a person, and what they can do. */

export interface ReasonRow {
  /** A sentence without its full stop. The journal fills in `{name}` for each request. */
  readonly text: string
  /** Completes "It would pass if you …"; for an answer that no policy decides, plain advice. */
  readonly fix?: string
  /** The journal prints the request's own detail instead of `text`, if it has one. */
  readonly detailed?: true
}

/** A list of reasons. Its type keeps the names, and not the sentences: declarations would carry each of them. */
export function reasonRows<N extends string>(
  rows: Readonly<Record<N, ReasonRow>>,
): Readonly<Record<N, ReasonRow>> {
  return rows
}
