/** What it means that no row found a cause: all is well, nothing answers at all, or neither. */
import { parseJson } from '../../contracts/json.ts'
import { AccessConnectionError } from '../errors.ts'
import { isProtectedResource } from './bodies.ts'
import { gateOf } from './gate.ts'
import { callbackError } from './oauth-exchange.ts'
import { oauthSteps } from './oauth-steps.ts'
import type { ObservedFacts, SeenAnswer } from './observation.ts'

const works = (seen: SeenAnswer | undefined) =>
  seen !== undefined &&
  seen.status !== null &&
  seen.status < 400 &&
  callbackError(seen) === undefined

/** Whether what was asked works: silence is not health. */
export function isHealthy(facts: ObservedFacts): boolean {
  const { kind, seen, observed, refusals } = facts
  if (Object.keys(refusals).length > 0) return false
  if (oauthSteps(facts).some(({ ok }) => !ok)) return false
  // What was handed in failed in the eyes of somebody: only an answer that lets in speaks against that.
  if (observed !== undefined && !works(observed.answer)) return false
  if (kind === 'api') return isSuccess(seen.asked ?? observed?.answer)
  if (kind === 'exchange') return works(seen.asked ?? observed?.answer)
  if (kind === 'team' || kind === 'own_path' || kind === 'transfer')
    return works(seen.asked ?? observed?.answer)
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

export function isUnreachable({ seen, observed }: ObservedFacts): boolean {
  const all = Object.values(seen)
  return observed === undefined && all.length > 0 && all.every(({ status }) => status === null)
}

/** Why nothing answered. */
export function unreachable({ host }: URL, { seen }: ObservedFacts): AccessConnectionError {
  const failures = Object.values(seen).map(({ failure }) => failure)
  if (failures.includes('untrusted')) {
    return new AccessConnectionError({
      what: `The certificate that ${host} shows is not trusted here.`,
      why: 'It is for another name, out of date, or of an authority that this machine does not know, as that of a proxy.',
      todo: 'Give the authority in NODE_EXTRA_CA_CERTS, or mend the certificate.',
    })
  }
  if (failures.includes('proxy')) {
    return new AccessConnectionError({
      what: `The proxy on the way does not let through to ${host}.`,
      todo: 'Check HTTPS_PROXY and NO_PROXY, and what the proxy allows.',
    })
  }
  return new AccessConnectionError({
    what: `Nothing answers for ${host}.`,
    todo: 'Check the name, the network, and which target is chosen.',
  })
}
