/** One reason of the closed list: what it says to a person, and what they can do. */

export interface ReasonRow {
  /** A sentence without its full stop. The journal fills in `{name}` for each request. */
  readonly text: string
  /** Completes "It would pass if you …"; for an answer that no policy decides, plain advice. */
  readonly fix?: string
  /** The journal prints the request's own detail instead of `text`, if it has one. */
  readonly detailed?: true
}
