/**
 * What the evaluations in a journal hold beside the texts of requests: trails, and rows as they were then. Entries share
 * evaluations and rows, so each counts with the first entry that has it.
 */
import { weightOf } from '../state/weight.ts'
import type { Evaluation } from './evaluation.ts'

interface Evaluated {
  readonly evaluation: Evaluation | undefined
  /** The replica that it was fetched from, if it was another: then it has copies of rows. */
  readonly replica?: string
}

export interface HeldEvaluations {
  /** Roughly. */
  readonly bytes: number
  add(entry: Evaluated): void
  forget(entry: Evaluated): void
}

/** What a step of a trail takes up, roughly. */
const bytesOfStep = 160

/**
 * @param hasQuota whether rows count. They cost nothing more while they are the account's, but it could replace a large one
 *   between any two requests, and so hold more than its quota. Copies count in any case
 */
export function createHeldEvaluations(hasQuota: boolean): HeldEvaluations {
  const seen = new WeakSet<object>()
  const added = new WeakMap<Evaluated, number>()
  let bytes = 0
  const isNew = (value: object) => {
    if (seen.has(value)) return false
    seen.add(value)
    return true
  }
  const bytesOf = ({ evaluation, replica }: Evaluated) => {
    if (evaluation === undefined || !isNew(evaluation)) return 0
    const ofTrail = evaluation.verdict.trail.length * bytesOfStep
    if (!hasQuota && replica === undefined) return ofTrail
    const rows = rowsOf(evaluation, hasQuota).filter(isNew)
    return rows.reduce((sum, row) => sum + weightOf(row), ofTrail)
  }
  return {
    get bytes() {
      return bytes
    },
    add(entry) {
      const more = bytesOf(entry)
      if (more === 0) return
      added.set(entry, more)
      bytes += more
    },
    forget(entry) {
      bytes -= added.get(entry) ?? 0
      added.delete(entry)
    },
  }
}

function rowsOf(
  { application, rulebook, verdict, subject }: Evaluation,
  hasQuota: boolean,
): readonly object[] {
  const { policy } = verdict
  const { identity } = subject
  return [
    application,
    // Of the account itself, whoever decided.
    ...(hasQuota ? rulebook.policies : []),
    ...(policy ? [policy] : []),
    ...(identity ? [identity] : []),
  ]
}
