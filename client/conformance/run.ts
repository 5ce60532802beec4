/** Runs a case: a target of its own, the check, and then what it made is removed, whatever happened. */
import { ContractMismatch } from '../errors.ts'
import type { Case, CaseTarget } from './case.ts'

export interface Undoing {
  cleanup(undo: () => Promise<unknown>): void
  /** In reverse order; every one is tried. */
  undo(): Promise<readonly unknown[]>
}

function createUndoing(): Undoing {
  const steps: (() => Promise<unknown>)[] = []
  return {
    cleanup(undo) {
      steps.push(undo)
    },
    async undo() {
      const problems: unknown[] = []
      for (const step of steps.splice(0).reverse()) {
        await step().catch((error: unknown) => problems.push(error))
      }
      return problems
    },
  }
}

/** What the runner adds to a target that lasts longer than one case. */
export type Lasting = Omit<CaseTarget, 'cleanup'>

/**
 * Throws what the case throws. Where only the removal failed, throws that: a leftover in a live account is a failure.
 * An object that the case itself removed (404) is no leftover.
 */
export async function runCase({ run }: Pick<Case, 'run'>, target: Lasting): Promise<void> {
  const { cleanup, undo } = createUndoing()
  const failures: unknown[] = []
  await run({ ...target, cleanup }).catch((error: unknown) => failures.push(error))
  const left = (await undo()).filter((problem) => !isGone(problem))
  if (failures.length > 0) throw failures[0]
  if (left.length > 0) throw new AggregateError(left, 'what the case made could not be removed')
}

function isGone(problem: unknown): boolean {
  // It was removed, whatever the answer looks like.
  if (problem instanceof ContractMismatch) return true
  return problem instanceof Error && 'status' in problem && problem.status === 404
}
