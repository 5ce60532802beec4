/**
 * Programs that sign in through a person's browser: cloudflared, and others that work like it (sign-in-metadata,
 * sign-in-transfer).
 */
import { metadataHeaders, transferHosts } from '../../../contracts/edge/cloudflared.ts'
import { timestampOf } from '../../transport/clock.ts'
import { ask, type Check, type CheckResult, match, no } from '../check.ts'
import { isGuard } from '../gate.ts'
import { readToken } from '../jwt.ts'
import type { ObservedFacts, ProbedExchange, SeenAnswer } from '../observation.ts'
import { told, withoutCredentials } from './refusal.ts'

/** Runs if the failing exchange is a request for the metadata of the host's application. */
function whenDiscovering(
  facts: ObservedFacts,
  look: (observed: ProbedExchange) => CheckResult,
): CheckResult {
  const { observed, gateUrl } = facts
  if (observed?.method !== 'HEAD' || observed.url.host !== gateUrl.host) return no
  return observed.request(metadataHeaders.request) === null ? no : look(observed)
}

const metadataIn = ({ header }: SeenAnswer) => header(metadataHeaders.response) || undefined

/** The age that cloudflared accepts (sign-in-metadata-freshness), in milliseconds. */
const oldest = 24 * 3600_000
const furthestAhead = 5 * 60_000

/** Runs if the failing exchange is a poll of the transfer service. */
function whenPolling(
  { observed }: ObservedFacts,
  look: (answer: SeenAnswer) => CheckResult,
): CheckResult {
  const isPoll =
    observed !== undefined &&
    transferHosts.some((host) => host === observed.url.host) &&
    observed.url.pathname.startsWith('/transfer/')
  return isPoll && observed.answer.status !== null ? look(observed.answer) : no
}

/** The path of a poll is the key that the tokens are sealed for, so the proof leaves it out. */
function polled({ url, status, ray }: SeenAnswer): string {
  const where = ray === undefined ? '' : ` (ray ${ray})`
  return `${new URL(url).host} returned ${status} to a poll for the tokens${where}.`
}

export const programChecks: readonly Check[] = [
  {
    id: 'metadata-missing',
    about: 'sign_in',
    evaluate: (facts) =>
      whenDiscovering(facts, ({ answer }) => {
        if (answer.status === null || metadataIn(answer) !== undefined) return no
        const { bare } = facts.seen
        if (bare === undefined) return ask('bare')
        if (!isGuard(bare)) return no
        return match(0.95, [
          `${told(answer, 'as observed')} It has no ${metadataHeaders.response}.`,
          told(bare, withoutCredentials),
        ])
      }),
  },
  {
    id: 'metadata-stale',
    about: 'sign_in',
    evaluate: (facts) =>
      whenDiscovering(facts, ({ answer }) => {
        if (metadataIn(answer) === undefined) return no
        // A saved exchange may be days old: only a header received now can be compared with the clock.
        const { metadata } = facts.seen
        if (metadata === undefined) return ask('metadata')
        const { iat } = readToken(metadataIn(metadata))?.claims ?? {}
        if (iat === undefined) return no
        const age = facts.ownNowMs - iat * 1000
        if (age <= oldest && age >= -furthestAhead) return no
        return match(0.95, [
          `${metadataHeaders.response} says that it was issued at ${timestampOf(iat)}, but the clock of this machine says ${timestampOf(Math.floor(facts.ownNowMs / 1000))}.`,
        ])
      }),
  },
  {
    id: 'transfer-pending',
    about: 'sign_in',
    evaluate: (facts) =>
      whenPolling(facts, (answer) => {
        const { status, body } = answer
        const isDone = status === 200 && body !== ''
        return isDone || (status ?? 0) >= 500 ? no : match(0.95, [polled(answer)])
      }),
  },
  {
    id: 'transfer-unavailable',
    about: 'sign_in',
    evaluate: (facts) =>
      whenPolling(facts, (answer) =>
        (answer.status ?? 0) >= 500 ? match(0.95, [polled(answer)]) : no,
      ),
  },
]
