/** Whether what was asked works, where no row found a cause: silence is not health. */
import { parseJson } from '../../contracts/json.ts'
import { isProtectedResource } from './bodies.ts'
import { gateOf } from './gate.ts'
import type { ObservedFacts, SeenAnswer } from './observation.ts'

const works = (seen: SeenAnswer | undefined) =>
  seen !== undefined && seen.status !== null && seen.status < 400

export function isHealthy(facts: ObservedFacts): boolean {
  const { kind, seen, observed, refusals } = facts
  if (Object.keys(refusals).length > 0) return false
  // What was handed in failed in the eyes of somebody: only an answer that lets in speaks against that.
  if (observed !== undefined && !works(observed.answer)) return false
  if (kind === 'api') return isSuccess(seen.asked ?? observed?.answer)
  if (kind === 'exchange') return works(seen.asked ?? observed?.answer)
  if (kind === 'team' || kind === 'own_path') return works(seen.asked ?? observed?.answer)
  const gate = gateOf(facts)
  if (gate.kind === 'none') return works(observed?.answer)
  // Guarded, and nobody to let in: as it should be.
  if (gate.kind === 'guarded') return true
  if (gate.kind === 'passed') return works(gate.pair)
  if (gate.kind !== 'open' || seen.well_known === undefined) return false
  return works(gate.bare) && isProtectedResource(seen.well_known)
}

function isSuccess(seen: SeenAnswer | undefined): boolean {
  const body = parseJson(seen?.body ?? '')
  return typeof body === 'object' && body !== null && 'success' in body && body.success === true
}
