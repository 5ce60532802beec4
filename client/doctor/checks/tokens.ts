/** An application token that the edge refuses: its claims, compared with what the edge and the team say. */
import { cookieNames } from '../../../contracts/edge/endpoints.ts'
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { timestampOf } from '../../transport/clock.ts'
import { applicationOf, missing } from '../account.ts'
import { kidsIn, teamIn } from '../bodies.ts'
import { ask, type Check, type CheckResult, match, no } from '../check.ts'
import { isGuard } from '../gate.ts'
import type { TokenFacts } from '../jwt.ts'
import type { ObservedFacts, ProbedExchange, ProbeName, SeenAnswer } from '../observation.ts'
import { told } from './refusal.ts'

export interface TokenInHand {
  readonly token: TokenFacts
  readonly observed: ProbedExchange
  readonly bare: SeenAnswer
  /** The application's AUD tag, as named by the edge. */
  readonly aud: string | undefined
}

/** Runs if the failing exchange carried an application token that Access refused. */
function whenTokenRefused(
  facts: ObservedFacts,
  look: (held: TokenInHand) => CheckResult,
): CheckResult {
  const { observed } = facts
  const { token, tokenIn } = observed?.carried ?? {}
  if (observed === undefined || token === undefined || tokenIn === 'authorization') return no
  const isRefused = isGuard(observed.answer) || isUnknownTeam(observed.answer)
  if (!isRefused) return no
  const { bare } = facts.seen
  if (bare === undefined) return ask('bare')
  return look({ token, observed, bare, aud: bare.aud ?? observed.answer.aud ?? facts.aud })
}

const isUnknownTeam = ({ body }: SeenAnswer) =>
  body.includes('Unable to find your Access organization!')

/** The first problem found in a token explains its refusal. */
interface Wrong extends Pick<Extract<CheckResult, { kind: 'match' }>, 'refused'> {
  readonly id: ModeId
  readonly proof: readonly string[]
  readonly sure?: number
}

function wrongWith(facts: ObservedFacts, held: TokenInHand): Wrong | readonly Wrong[] | ProbeName {
  const { token, observed, bare, aud } = held
  const { exp = 0 } = token.claims
  // An old exchange is judged by its own date.
  const atMs = observed.answer.dateMs ?? facts.nowMs
  const seen = told(observed.answer, 'with the token')
  if (exp * 1000 <= atMs) {
    return { id: 'jwt-expired', proof: [`The token expired at ${timestampOf(exp)}.`, seen] }
  }
  if (!facts.seen.given_certs) return 'given_certs'
  const team = bare.team ?? facts.account.organization?.auth_domain ?? teamIn(facts.seen.well_known)
  if (team === undefined && facts.seen.well_known === undefined) return 'well_known'
  const certs = facts.seen.given_certs
  if (certs.status === 404 || (team !== undefined && token.team !== team)) {
    const issuer = `The token was issued by ${token.team}, but the application belongs to ${team ?? 'another team'}.`
    return { id: 'organization-renamed', proof: [issuer, told(certs, 'of the issuing team'), seen] }
  }
  if (aud !== undefined && !token.aud.includes(aud)) {
    const proof = `The token is for the AUD tag ${token.aud.join(', ')}, but the application has ${aud}.`
    return {
      id:
        facts.aud !== undefined && token.aud.includes(facts.aud)
          ? 'application-recreated'
          : 'jwt-other-application',
      proof: [proof, seen],
    }
  }
  if (token.kid !== undefined && certs.status === 200 && !kidsIn(certs).includes(token.kid)) {
    const proof = `The token was signed by the key ${token.kid.slice(0, 8)}…, which certs does not publish.`
    return { id: 'key-rotated', proof: [proof, told(certs, 'of the issuing team'), seen] }
  }
  const isStillGood = exp * 1000 > facts.nowMs
  if (isStillGood && facts.seen.token === undefined) return 'token'
  return wrongElse(facts, facts.seen.token ?? observed.answer, held)
}

/** The token itself is valid. */
function wrongElse(
  facts: ObservedFacts,
  alone: SeenAnswer,
  held: TokenInHand,
): Wrong | readonly Wrong[] | ProbeName {
  const { observed, bare } = held
  const inOrder = 'Judging by its claims and key, the token is valid.'
  const both = [inOrder, told(observed.answer, 'as observed'), told(alone, 'with the token alone')]
  if (!isGuard(alone)) return { id: 'cookie-ignored-strict', proof: both }
  const proof = [...both, told(bare, 'without credentials')]
  const refused = facts.seen.token === undefined ? {} : ({ refused: 'token' } as const)
  if (bare.kind !== 'login') return { id: 'jwt-replay-refused', sure: 0.85, proof, ...refused }
  // With an Allow policy a valid token opens the application: it was revoked, or lacks the cookie it is bound to.
  const revoked: Wrong = { id: 'jwt-revoked', sure: 0.85, proof, ...refused }
  const isPersons = held.token.claims.common_name === undefined
  return isPersons && observed.carried.binding === undefined
    ? unbound(facts, observed, revoked)
    : revoked
}

/**
 * A person's token came without CF_Binding. Whether it needs one shows in the application's setting, or in the login
 * that set one.
 */
function unbound(
  facts: ObservedFacts,
  observed: ProbedExchange,
  revoked: Wrong,
): Wrong | readonly Wrong[] | ProbeName {
  const lacks = 'The request carries a person’s CF_Authorization cookie without CF_Binding.'
  const id = 'jwt-without-binding-cookie'
  const from = facts.earlier.find(
    (each) => each.url.host === observed.url.host && setsBinding(each),
  )
  if (from !== undefined) {
    const before = `${told(from.answer, 'earlier')} It set CF_Binding.`
    return { ...revoked, id, sure: 0.95, proof: [before, lacks, ...revoked.proof] }
  }
  const wanted = missing(facts, ['applications'])
  if (wanted !== undefined) return wanted
  const application = applicationOf(facts)
  if (!application) {
    return [
      { ...revoked, id, sure: 0.55, proof: [lacks, ...revoked.proof] },
      { ...revoked, sure: 0.4 },
    ]
  }
  if (application.enable_binding_cookie !== true) return revoked
  const setting = 'enable_binding_cookie of the application is true.'
  return { ...revoked, id, sure: 0.95, proof: [setting, lacks, ...revoked.proof] }
}

function setsBinding({ answer }: ProbedExchange): boolean {
  return answer.header('set-cookie')?.includes(`${cookieNames.binding}=`) ?? false
}

function row(id: ModeId): Check {
  return {
    id,
    about: 'token',
    evaluate: (facts) =>
      whenTokenRefused(facts, (held) => {
        const wrong = wrongWith(facts, held)
        if (typeof wrong === 'string') return ask(wrong)
        const found = [wrong].flat().find((each) => each.id === id)
        if (found === undefined) return no
        const { sure = 0.95, proof, refused } = found
        return match(sure, proof, refused && { refused })
      }),
  }
}

export const tokenChecks: readonly Check[] = [
  row('jwt-expired'),
  row('organization-renamed'),
  row('jwt-other-application'),
  row('application-recreated'),
  row('key-rotated'),
  row('cookie-ignored-strict'),
  row('jwt-without-binding-cookie'),
  row('jwt-revoked'),
  row('jwt-replay-refused'),
  {
    id: 'cookie-overwritten',
    about: 'token',
    evaluate({ observed }) {
      const before = observed?.carried.token
      const after = observed?.answer.token
      if (observed?.carried.clientId === undefined || !before || !after) return no
      if (after.aud.some((aud) => before.aud.includes(aud))) return no
      return match(0.9, [
        `The request carries the pair and a CF_Authorization for ${before.aud.join(', ')}; the response replaces it with one for ${after.aud.join(', ')}.`,
      ])
    },
  },
  {
    id: 'exchange-no-cookie',
    about: 'cookie',
    evaluate(facts) {
      const { observed, seen, kind } = facts
      // A missing token matters only to a client that sends the pair, or that hands in the answer without one.
      const isSubject = observed?.carried.clientId !== undefined && observed.answer === seen.pair
      const pair = isSubject || kind === 'exchange' ? seen.pair : undefined
      const { bare } = seen
      if (pair === undefined || bare === undefined || !isGuard(bare)) return no
      const isIn = pair.kind === 'not_access' && pair.status !== null && pair.status < 400
      if (!isIn) return no
      return match(0.9, [
        `${told(pair, 'with the pair')} The response did not set CF_Authorization.`,
        told(bare, 'without credentials'),
      ])
    },
  },
]
