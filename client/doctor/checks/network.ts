/**
 * Failures in front of, behind or on the way to Access: errors that show no sign of it (edge-firewall-first,
 * edge-origin-errors).
 */
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { type Check, type CheckResult, match, no, out } from '../check.ts'
import { gateOf, isChallenge } from '../gate.ts'
import type { ObservedFacts, SeenAnswer } from '../observation.ts'
import { told, withoutCredentials, withPair } from './refusal.ts'

/** `behind`: reached only after Access let the request in. */
type Where = 'before' | 'behind'

function row(id: ModeId, is: (seen: SeenAnswer, where: Where) => number | undefined): Check {
  return {
    id,
    about: 'gate',
    evaluate(facts) {
      const gate = gateOf(facts)
      if (gate.kind === 'ask') return gate
      if (gate.kind === 'failed')
        return found(is(gate.bare, 'before'), gate.bare, withoutCredentials)
      if (gate.kind === 'passed') return found(is(gate.pair, 'behind'), gate.pair, withPair)
      return otherSubject(facts, is)
    },
  }
}

/** The team domain and the API can be unreachable, too. */
function otherSubject(
  { seen, kind }: ObservedFacts,
  is: (seen: SeenAnswer, where: Where) => number | undefined,
): CheckResult {
  const { asked } = seen
  if (asked === undefined || kind === 'application') return no
  return found(is(asked, 'before'), asked, 'as given')
}

function found(sure: number | undefined, seen: SeenAnswer, how: string): CheckResult {
  if (sure === undefined) return no
  const where = how === withPair ? ' Without credentials Access itself answers.' : ''
  return match(sure, [`${told(seen, how)}${errorCode(seen)}${where}`])
}

function errorCode({ body }: SeenAnswer): string {
  const code = /^error code: (\d+)/.exec(body)?.[1]
  return code === undefined ? '' : ` The body is error code ${code}.`
}

const code = ({ body }: SeenAnswer) => Number(/^error code: (\d+)/.exec(body)?.[1])
const isEmpty = ({ body }: SeenAnswer) => body === ''
/**
 * Blocks by zone rules. The other codes between 1000 and 1099 concern names, addresses and limits. Source:
 * developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors
 */
const blocks: readonly number[] = [1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1020]
/** Milliseconds; longer than most clients wait. */
const late = 5000

export const networkChecks: readonly Check[] = [
  row('waf-block', (seen) => {
    if (isChallenge(seen)) return 0.95
    return seen.status === 403 && blocks.includes(code(seen)) ? 0.95 : undefined
  }),
  row('dns-missing', (seen) =>
    seen.failure === 'unresolved' || code(seen) === 1016 ? 0.95 : undefined,
  ),
  row('origin-down', (seen) => {
    const is = code(seen) === 1033 || [502, 521, 522, 523, 524].includes(seen.status ?? 0)
    return is ? 0.95 : undefined
  }),
  row('edge-reset', ({ failure }) => (failure === 'cut' ? 0.9 : undefined)),
  row('edge-slow', ({ failure, tookMs }) =>
    failure === 'late' || tookMs > late ? 0.9 : undefined,
  ),
  row('tunnel-validator-refuses', (seen, where) =>
    where === 'behind' && seen.status === 403 && isEmpty(seen) ? 0.85 : undefined,
  ),
  row('tunnel-no-ingress', (seen, where) =>
    where === 'behind' && [404, 503].includes(seen.status ?? 0) && isEmpty(seen) ? 0.85 : undefined,
  ),
  {
    id: 'origin-not-found',
    about: 'gate',
    evaluate(facts) {
      const gate = gateOf(facts)
      if (gate.kind === 'ask') return gate
      if (gate.kind !== 'passed' || gate.pair.status !== 404) return no
      if (isEmpty(gate.pair))
        return out('The body is empty, which points to a tunnel rather than an origin.')
      return match(0.95, [
        `${told(gate.pair, withPair)} The body comes from the origin.`,
        told(gate.bare, withoutCredentials),
      ])
    },
  },
]
