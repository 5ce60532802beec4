/** A secret that shows itself only when asked: logs, JSON, templates and `inspect` get `[redacted]`. */

const redacted = '[redacted]'

export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The only way to the text. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return redacted
  }
}

/** Wraps a text; a `Secret` stays what it is. */
export function secret(given: string | Secret): Secret {
  return typeof given === 'string' ? new Secret(given) : given
}
