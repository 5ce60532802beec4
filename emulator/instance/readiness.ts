/** Whether requests should be sent to this emulator. */
import type { ChangeLog } from '../state/log.ts'

export interface Readiness {
  /** From now on it is not ready, and never will be again. */
  drain(): void
  /** Why requests should go elsewhere, one sentence each; empty if there is no reason. */
  missing(): Promise<readonly string[]>
}

export function createReadiness(changes: ChangeLog): Readiness {
  let isDraining = false
  return {
    drain() {
      isDraining = true
    },
    async missing() {
      return [
        ...(isDraining ? ['It is about to end.'] : []),
        ...(changes.refuses() ? [lost(changes)] : []),
      ]
    },
  }
}

function lost({ shared }: ChangeLog): string {
  return shared === undefined
    ? 'It cannot store changes.'
    : 'It does not reach the database: what it answers may be old, and it cannot store changes.'
}
