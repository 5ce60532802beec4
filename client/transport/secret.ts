/** A secret that cannot leak by accident: logs, JSON, templates and `inspect` show `[redacted]`. */

const redacted = '[redacted]'

export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The only way to get the text. */
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

/** Wraps a string; returns a `Secret` unchanged. */
export function secret(value: string | Secret): Secret {
  return typeof value === 'string' ? new Secret(value) : value
}
