/** A request and its answer as text has them: what `curl -v` and a HAR come to. */
export interface Message {
  readonly method: string
  readonly url: string
  readonly request: readonly (readonly [name: string, value: string])[]
  /** Null where no answer came. */
  readonly status: number | null
  readonly answer: readonly (readonly [name: string, value: string])[]
  readonly body: string
}
