/** What it means that no row found a cause: all is well, nothing answers at all, or neither. */
import { parseJson } from '../../contracts/declaration/json.ts'
import { AccessConnectionError } from '../transport/errors.ts'
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

/** Whether the request works: silence is not health. */
export function isHealthy(facts: ObservedFacts): boolean {
  const { kind, seen, observed, refusals } = facts
  if (Object.keys(refusals).length > 0) return false
  if (oauthSteps(facts).some(({ ok }) => !ok)) return false
  // The observed exchange was handed in as failing: only an answer that lets it in contradicts that.
  if (observed !== undefined && !works(observed.answer)) return false
  if (kind === 'api') return isSuccess(seen.asked ?? observed?.answer)
  if (kind === 'exchange') return works(seen.asked ?? observed?.answer)
  if (kind === 'team' || kind === 'own_path' || kind === 'transfer')
    return works(seen.asked ?? observed?.answer)
  const gate = gateOf(facts)
  if (gate.kind === 'none') return works(observed?.answer)
  // Guarded, without credentials to try: as it should be.
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
      what: `The certificate of ${host} is not trusted here.`,
      why: 'It is for another name, expired, or issued by an authority unknown to this machine, such as that of a proxy.',
      todo: 'Set NODE_EXTRA_CA_CERTS to the authority’s certificate, or fix the certificate.',
    })
  }
  if (failures.includes('proxy')) {
    return new AccessConnectionError({
      what: `The proxy does not allow connections to ${host}.`,
      todo: 'Check HTTPS_PROXY, NO_PROXY and the rules of the proxy.',
    })
  }
  return new AccessConnectionError({
    what: `Nothing answers at ${host}.`,
    todo: 'Check the name, the network and the target.',
  })
}
