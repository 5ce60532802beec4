/** The plan, pure: what was seen goes in, the next probe or the verdict comes out. */
import { type ModeId, modes } from '../../contracts/modes/catalogue.ts'
import { type Finding, type Question, questions, type Tell } from './check.ts'
import { tells } from './checks/index.ts'
import type { Cause, RuledOut } from './diagnosis.ts'
import { certainty } from './limits.ts'
import { type Facts, type ProbeName, probeNames } from './observation.ts'

export type Step =
  | { readonly kind: 'probe'; readonly probe: ProbeName }
  | {
      readonly kind: 'verdict'
      readonly causes: readonly Cause[]
      readonly ruled_out: readonly RuledOut[]
    }

/** Cheapest first: what may be asked without a secret comes before what needs one, the API last. */
const order = Object.keys(probeNames) as ProbeName[]

/** Asks what the rows need that the facts do not hold; where no row needs more, their verdict. */
export function plan(facts: Facts, table: readonly Tell[] = tells): Step {
  const found = table.map((tell) => ({ tell, finding: tell.look(facts) }))
  const wanted = new Set(found.flatMap(({ finding }) => probeOf(finding)))
  const next = order.find((probe) => wanted.has(probe))
  if (next !== undefined) return { kind: 'probe', probe: next }
  return {
    kind: 'verdict',
    causes: causesOf(found, certainty(facts)),
    ruled_out: ruledOutOf(found),
  }
}

function probeOf(finding: Finding): readonly ProbeName[] {
  return finding.kind === 'ask' ? [finding.probe] : []
}

interface Row {
  readonly tell: Tell
  readonly finding: Finding
}

type Match = Extract<Finding, { kind: 'match' }>

interface Matched extends Match {
  readonly id: ModeId
  readonly about: Question
}

function causesOf(rows: readonly Row[], certain: number): Cause[] {
  const matched = rows.flatMap(({ tell, finding }): Matched[] =>
    finding.kind === 'match' ? [{ id: tell.id, about: tell.about, ...finding }] : [],
  )
  return (Object.keys(questions) as Question[]).flatMap((about) =>
    // What the API refuses is no less sure for what it answers.
    answersTo(
      matched.filter((each) => each.about === about),
      about === 'api' ? 1 : certain,
    ),
  )
}

/** Where several rows answer one question, they share its confidence, and each names the others. */
function answersTo(matched: readonly Matched[], certain: number): Cause[] {
  const all = matched.reduce((sum, { sure }) => sum + sure, 0)
  return matched
    .map(({ id, sure, proof, fix }) => ({
      id,
      confidence: Math.round((all > 1 ? sure / all : sure) * certain * 100) / 100,
      alike: matched.map((each) => each.id).filter((other) => other !== id),
      proof,
      fix: fix ?? modes[id].fix,
    }))
    .sort((a, b) => b.confidence - a.confidence)
}

function ruledOutOf(rows: readonly Row[]): RuledOut[] {
  return rows.flatMap(({ tell, finding }) =>
    finding.kind === 'out' ? [{ id: tell.id, because: finding.because }] : [],
  )
}
