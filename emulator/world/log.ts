/** Messages to the operator: written by pino on the command line, discarded in tests. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} }
