/** Turns a remembered request into the journal entry that readers get. */
import type { JournalEntry } from '../../contracts/control/shapes.ts'
import { type AnswerReason, apiErrors } from '../../contracts/errors/errors.ts'
import type { DenyReason } from '../../contracts/reasons/table.ts'
import type { JournaledAnswer, RememberedEntry } from '../account/journal.ts'
import { isOfOrigin, whyOf } from './why.ts'

/** Members in the order in which they are written. */
export function entryOf(remembered: RememberedEntry): JournalEntry {
  const { account, answered, evaluation, replica } = remembered
  const { ray, nowMs, host, method, path, operation, status, fault, mode, because, flow } = answered
  return {
    ray,
    at: new Date(nowMs).toISOString(),
    account,
    host,
    method,
    path,
    operation,
    status,
    code: codeOf(because?.reason),
    verdict: evaluation?.verdict.kind ?? null,
    reason: reasonOf(remembered),
    why: whyOf(remembered),
    expected_only: evaluation?.onlyExpected === true || answered.onlyExpected === true,
    trail: [...(evaluation?.verdict.trail ?? answered.trail ?? [])],
    fault,
    mode,
    ...(replica === undefined ? {} : { replica }),
    ...(flow === undefined
      ? {}
      : { flow: { id: flow.id, step: flow.step, sent: flow.sent, answered: flow.answered } }),
  }
}

/** The reason for the answer, as one word; the fault, if one acted. */
export function reasonOf(
  remembered: RememberedEntry,
): AnswerReason | DenyReason | JournaledAnswer['fault'] {
  const { answered, evaluation } = remembered
  if (isOfOrigin(remembered)) return 'origin_answered'
  if (evaluation?.verdict.kind === 'deny') return evaluation.verdict.reason
  if (answered.fault !== null) return answered.fault
  return answered.because?.reason ?? answered.trail?.[0]?.reason ?? null
}

function codeOf(reason = ''): number | null {
  const rows: Readonly<Record<string, { readonly code: number }>> = apiErrors
  return Object.hasOwn(rows, reason) ? (rows[reason]?.code ?? null) : null
}
