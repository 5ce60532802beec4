/** The shape of a report: what `conform` writes, and `conform diff` reads. */
import { z } from 'zod'
import { profiles } from '../../contracts/behaviours/table.ts'
import { once } from '../../contracts/declaration/endpoint.ts'
import { evidenceGrades } from '../../contracts/evidence/evidence.ts'
import { needs } from './case.ts'

/** One request and its answer, without what differs in every run. */
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
const fiction = once(() =>
  z.object({
    request: z.string(),
    status: z.number(),
    /** What happens live. */
    live: z.string(),
  }),
)
export type ReportedFiction = z.output<ReturnType<typeof fiction>>

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
