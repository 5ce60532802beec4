/** Runs a case: gives it a target of its own, runs the check, and removes what it created whatever happened. */
import { ContractMismatch } from '../api/contract-mismatch.ts'
import type { Case, CaseTarget } from './case.ts'

export interface Undoing {
  cleanup(undo: () => Promise<unknown>): void
  /** In reverse order; a failure does not stop the others. */
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

/** The parts of a target that outlast one case. */
export type Lasting = Omit<CaseTarget, 'cleanup'>

/**
 * @throws whatever the case throws; if only the removal failed, that error: a leftover in a live account is a failure.
 * An object that the case itself removed (404) is not a leftover.
 */
export async function runCase({ run }: Pick<Case, 'run'>, target: Lasting): Promise<void> {
  const { cleanup, undo } = createUndoing()
  const failures: unknown[] = []
  await run({ ...target, cleanup }).catch((error: unknown) => failures.push(error))
  const left = (await undo()).filter((problem) => !isGone(problem))
  if (failures.length > 0) throw failures[0]
  if (left.length > 0) throw new AggregateError(left, 'what the case created could not be removed')
}

function isGone(problem: unknown): boolean {
  // It was removed, whatever the answer looks like.
  if (problem instanceof ContractMismatch) return true
  return problem instanceof Error && 'status' in problem && problem.status === 404
}
