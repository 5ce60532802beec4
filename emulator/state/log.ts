/** The ordered log of changes behind every table. Memory keeps none; a durable log has the same face. */
import type { Change } from './state.ts'

export interface ChangeLog {
  /** Resolves once the changes are safe; undefined where they are at once. */
  append(account: string, changes: readonly Change[]): Promise<void> | undefined
  close(): Promise<void>
}

export const memoryLog: ChangeLog = {
  append: () => undefined,
  close: async () => {},
}
