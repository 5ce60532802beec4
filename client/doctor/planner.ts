/** The planner. Pure: observations go in, the next probe or the verdict comes out. */
import type { ModeId } from '../../contracts/modes/catalogue.ts'
import { type Check, type CheckResult, type CheckTopic, questions } from './check.ts'
import { checks } from './checks/index.ts'
import type { Cause, RuledOut } from './diagnosis.ts'
import { certainty } from './limits.ts'
import { oauthProbe } from './oauth-steps.ts'
import { type ObservedFacts, type ProbeName, probeNames, type RefusedProbe } from './observation.ts'
import { remedyOf } from './remedy.ts'

export type PlanStep =
  | { readonly kind: 'probe'; readonly probe: ProbeName }
  /** Ask the emulator what would let that probe in. */
  | { readonly kind: 'explain'; readonly probe: RefusedProbe }
  | {
      readonly kind: 'verdict'
      readonly causes: readonly Cause[]
      readonly ruled_out: readonly RuledOut[]
    }

/** Cheapest first: probes without a secret, then those with one, the API last. */
const order = Object.keys(probeNames) as ProbeName[]

/** Returns the next probe that a row needs; once no row needs more, the verdict. */
export function plan(facts: ObservedFacts, table: readonly Check[] = checks): PlanStep {
  const found = table.map((check) => ({ check, finding: check.evaluate(facts) }))
  const wanted = new Set(found.flatMap(({ finding }) => probeOf(finding)))
  const ofOauth = oauthProbe(facts)
  if (ofOauth !== undefined) wanted.add(ofOauth)
  const next = order.find((probe) => wanted.has(probe))
  if (next !== undefined) return { kind: 'probe', probe: next }
  const unexplained = facts.canExplain ? unexplainedOf(found, facts) : undefined
  if (unexplained !== undefined) return { kind: 'explain', probe: unexplained }
  return {
    kind: 'verdict',
    causes: causesOf(found, facts),
    ruled_out: ruledOutOf(found),
  }
}

function probeOf(finding: CheckResult): readonly ProbeName[] {
  return finding.kind === 'ask' ? [finding.probe] : []
}

function unexplainedOf(
  rows: readonly PlannedProbe[],
  { explained }: ObservedFacts,
): RefusedProbe | undefined {
  return rows
    .flatMap(({ finding }) => (finding.kind === 'match' ? (finding.refused ?? []) : []))
    .find((probe) => explained[probe] === undefined)
}

interface PlannedProbe {
  readonly check: Check
  readonly finding: CheckResult
}

type Match = Extract<CheckResult, { kind: 'match' }>

interface MatchedCheck extends Match {
  readonly id: ModeId
  readonly about: CheckTopic
}

function causesOf(rows: readonly PlannedProbe[], facts: ObservedFacts): Cause[] {
  const certain = certainty(facts)
  const matched = rows.flatMap(({ check, finding }): MatchedCheck[] =>
    finding.kind === 'match' ? [{ id: check.id, about: check.about, ...finding }] : [],
  )
  return (Object.keys(questions) as CheckTopic[]).flatMap((about) =>
    // The confidence of an API refusal does not depend on how well its answers could be read.
    answersTo(
      matched.filter((each) => each.about === about),
      about === 'api' ? 1 : certain,
      facts,
    ),
  )
}

/** Rows that answer the same question share its confidence, and each names the others. */
function answersTo(
  matched: readonly MatchedCheck[],
  certain: number,
  { explained }: ObservedFacts,
): Cause[] {
  const all = matched.reduce((sum, { sure }) => sum + sure, 0)
  return matched
    .map(({ id, sure, proof, fix, refused }) => ({
      id,
      confidence: Math.round((all > 1 ? sure / all : sure) * certain * 100) / 100,
      alike: matched.map((each) => each.id).filter((other) => other !== id),
      proof,
      ...remedyOf({ id, fix, explained: refused && explained[refused] }),
    }))
    .sort((a, b) => b.confidence - a.confidence)
}

function ruledOutOf(rows: readonly PlannedProbe[]): RuledOut[] {
  return rows.flatMap(({ check, finding }) =>
    finding.kind === 'out' ? [{ id: check.id, because: finding.because }] : [],
  )
}
