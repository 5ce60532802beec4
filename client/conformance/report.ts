/** The results of all cases on a target, as one document that can be compared between runs. */
import { z } from 'zod'
import { profiles } from '../../contracts/behaviours/table.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { evidenceGrades } from '../../contracts/evidence/evidence.ts'
import { ContractMismatch } from '../api/contract-mismatch.ts'
import { type Drift, driftWords } from '../api/drift.ts'
import { timestampOf } from '../transport/clock.ts'
import { type Case, leftOut, needs } from './case.ts'
import type { CasePlace } from './place.ts'
import { type RecordedCase, record } from './report-recorder.ts'
import { runCase } from './run.ts'

const exchange = once(() =>
  z.object({
    method: z.string(),
    url: z.string(),
    status: z.number(),
    headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    body: z.unknown(),
  }),
)
export type ReportedExchange = z.output<ReturnType<typeof exchange>>

const drift = once(() =>
  z.object({
    operation: z.string(),
    kind: z.enum(['unknown_field', 'unknown_status', 'differs']),
    path: z.string(),
    expected: z.string(),
    seen: z.string(),
    times: z.number(),
  }),
)
const fiction = once(() => z.object({ request: z.string(), status: z.number(), live: z.string() }))

const reportedCase = once(() =>
  z.object({
    /** Without the case's profile, so it is the same in every report. */
    id: z.string(),
    title: z.string(),
    operation: z.string(),
    evidence: z.enum(evidenceGrades),
    /** Older reports have a single text. */
    source: z.union([z.array(z.string()), z.string().transform((text) => [text])]),
    needs: z.array(z.enum(needs)),
    outcome: z.enum(['passed', 'failed', 'left_out']),
    /** Why it was left out, or how it failed. */
    reason: z.string().optional(),
    /** Whether the check held; also for cases of another profile, which run all the same. */
    holds: z.boolean().optional(),
    asked: z.array(exchange()),
    tokens: z.record(z.string(), z.object({ header: z.unknown(), claims: z.unknown() })),
    /** Where answers differed from the contract; a case whose answer could not be read fails. */
    drift: z.array(drift()).optional(),
    /** Answers that only the profile `expected` gives, and what happens live. */
    expected_only: z.array(fiction()).optional(),
  }),
)
export type ReportedCase = z.output<ReturnType<typeof reportedCase>>

export const report = once(() =>
  z.object({
    report: z.literal('access-conformance'),
    version: z.literal(1),
    target: z.enum(['emulator', 'live']),
    profile: z.enum(profiles),
    /** Start time, RFC 3339. */
    at: z.string(),
    summary: z.object({ passed: z.number(), failed: z.number(), left_out: z.number() }),
    /** All differences from the contract, each once. */
    drift: z.array(drift()).optional(),
    cases: z.array(reportedCase()),
  }),
)
export type ConformReport = z.output<ReturnType<typeof report>>

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

async function runOne({ id, case: each, reason, isAsked }: Planned, place: CasePlace) {
  const { title, operation, evidence, source, needs: wanted } = each
  const about = { id, title, operation, evidence, source: [source].flat(), needs: [...wanted] }
  if (!isAsked) return leftOutCase(about, reason)
  const target = await place.target().catch((error: unknown) => messageOf(error))
  if (typeof target === 'string') {
    const reason = `it needs something that is missing: ${target}`
    return { ...about, outcome: 'failed' as const, reason, holds: false, asked: [], tokens: {} }
  }
  const recorded = record(target)
  const failure = await outcomeOf(each, recorded)
  const { asked, references, drift, expectedOnly } = recorded
  const seen = {
    asked: copied(asked),
    tokens: { ...references.tokens },
    ...(drift.length === 0 ? {} : { drift: uniqueDrift(drift) }),
    ...(expectedOnly.length === 0 ? {} : { expected_only: [...expectedOnly] }),
  }
  const holds = failure === undefined
  if (reason !== undefined) {
    return { ...about, outcome: 'left_out' as const, reason, holds, ...seen }
  }
  if (holds) return { ...about, outcome: 'passed' as const, holds, ...seen }
  return {
    ...about,
    outcome: 'failed' as const,
    reason: references.text(failure),
    holds,
    ...seen,
  }
}

function leftOutCase<About extends object>(about: About, reason: string | undefined) {
  const why = reason === undefined ? {} : { reason }
  return { ...about, outcome: 'left_out' as const, ...why, asked: [], tokens: {} }
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

function copied(asked: RecordedCase['asked']): ReportedExchange[] {
  return asked.map(({ headers, ...rest }) => ({
    ...rest,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : [...value],
      ]),
    ),
  }))
}
