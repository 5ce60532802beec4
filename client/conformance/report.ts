/** The results of all cases on a target, as one document that can be compared between runs. */
import { profiles } from '../../contracts/behaviours/table.ts'
import { ContractMismatch } from '../api/contract-mismatch.ts'
import { type Drift, driftWords } from '../api/drift.ts'
import { timestampOf } from '../transport/clock.ts'
import { type Case, leftOut } from './case.ts'
import type { CasePlace } from './place.ts'
import { type RecordedCase, record } from './report-recorder.ts'
import type { ConformReport, ReportedCase } from './report-shape.ts'
import { runCase } from './run.ts'

export interface Planned {
  readonly id: string
  readonly case: Case
  /** Why it does not count here. */
  readonly reason: string | undefined
  /** Whether it runs; cases of another profile run too, so that two profiles can be compared. */
  readonly isAsked: boolean
}

const world = new RegExp(`-in-(${profiles.join('|')})$`)

/** Each case once: of cases that differ by profile alone, the one for this profile. */
export function plan(
  cases: readonly Case[],
  place: Pick<CasePlace, 'kind' | 'profile' | 'offers'>,
) {
  const planned = new Map<string, Planned>()
  for (const each of cases) {
    const id = each.id.replace(world, '')
    const reason = leftOut(each, place)
    const elsewhere = { ...each, profiles: [place.profile] }
    const isAsked = leftOut(elsewhere, place) === undefined
    const before = planned.get(id)
    if (before === undefined || (before.reason !== undefined && reason === undefined)) {
      planned.set(id, { id, case: each, reason, isAsked })
    }
  }
  return [...planned.values()]
}

/** Runs the plan. `onCase` is called after each case. */
export async function makeReport(
  planned: readonly Planned[],
  place: CasePlace,
  { nowMs, onCase }: { readonly nowMs: number; readonly onCase?: (done: ReportedCase) => void },
): Promise<ConformReport> {
  const cases: ReportedCase[] = []
  for (const each of planned) {
    const done = await runOne(each, place)
    cases.push(done)
    onCase?.(done)
  }
  const count = (outcome: ReportedCase['outcome']) =>
    cases.filter((each) => each.outcome === outcome).length
  return {
    report: 'access-conformance',
    version: 1,
    target: place.kind,
    profile: place.profile,
    at: timestampOf(nowMs / 1000),
    summary: { passed: count('passed'), failed: count('failed'), left_out: count('left_out') },
    drift: uniqueDrift([...(place.drift ?? []), ...cases.flatMap((each) => each.drift ?? [])]),
    cases,
  }
}

function uniqueDrift(all: readonly Drift[]): Drift[] {
  return [...new Map(all.map(({ ray: _, ...each }) => [driftWords(each), each])).values()]
}

async function runOne(
  { id, case: each, reason, isAsked }: Planned,
  place: CasePlace,
): Promise<ReportedCase> {
  const { title, operation, evidence, source, needs } = each
  const about = { id, title, operation, evidence, source: [...source], needs: [...needs] }
  const nothing = { asked: [], tokens: {} }
  if (!isAsked) return { ...about, outcome: 'left_out', ...because(reason), ...nothing }
  const target = await place.target().catch((error: unknown) => messageOf(error))
  if (typeof target === 'string') {
    const missing = `it needs something that is missing: ${target}`
    return { ...about, outcome: 'failed', reason: missing, holds: false, ...nothing }
  }
  const recorded = record(target)
  const failure = await outcomeOf(each, recorded)
  const { asked, references, drift, expectedOnly } = recorded
  const holds = failure === undefined
  return {
    ...about,
    outcome: reason !== undefined ? 'left_out' : holds ? 'passed' : 'failed',
    ...because(reason ?? (holds ? undefined : references.text(failure))),
    holds,
    asked,
    tokens: { ...references.tokens },
    ...(drift.length === 0 ? {} : { drift: uniqueDrift(drift) }),
    ...(expectedOnly.length === 0 ? {} : { expected_only: expectedOnly }),
  }
}

function because(reason: string | undefined) {
  return reason === undefined ? {} : { reason }
}

async function outcomeOf({ run }: Case, recorded: RecordedCase): Promise<string | undefined> {
  const checked = async (target: Parameters<Case['run']>[0]) => {
    await run(target).finally(recorded.stop)
  }
  try {
    await runCase({ run: checked }, recorded.target)
    return undefined
  } catch (error) {
    if (error instanceof ContractMismatch) recorded.target.onDrift?.(error.drift)
    return messageOf(error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
