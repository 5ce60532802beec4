/** What keeps a verifier from accepting a token that the edge issued (edge-origin-claims). */
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { timestampOf } from '../../transport/clock.ts'
import { kidsIn } from '../bodies.ts'
import { ask, type Check, type CheckResult, match, no, out } from '../check.ts'
import { gateOf, isGuard } from '../gate.ts'
import type { TokenFacts } from '../jwt.ts'
import type { ObservedFacts, SeenAnswer } from '../observation.ts'
import { told, withoutCredentials } from './refusal.ts'

interface VerifierFacts {
  readonly token: TokenFacts
  readonly certs: SeenAnswer
}

/** A fresh token: issued for the pair just now, or forwarded to the origin that refuses it. */
function freshToken(facts: ObservedFacts): TokenFacts | undefined {
  const { observed, seen } = facts
  const isAtOrigin = observed?.carried.tokenIn === 'cf-access-jwt-assertion'
  return isAtOrigin ? observed?.carried.token : seen.pair?.token
}

function whenIssued(
  facts: ObservedFacts,
  look: (given: VerifierFacts) => CheckResult,
): CheckResult {
  const gate = gateOf(facts)
  if (gate.kind === 'ask') return gate
  const token = freshToken(facts)
  if (token === undefined) return no
  const { certs } = facts.seen
  return certs === undefined ? ask('certs') : look({ token, certs })
}

/** The origin's own refusal: a 401 or 403, not from Access, to a request that carried the assertion. */
function originRefusal({ observed }: ObservedFacts): SeenAnswer | undefined {
  if (observed?.carried.tokenIn !== 'cf-access-jwt-assertion') return undefined
  const { answer } = observed
  const isRefusal = answer.status !== null && answer.status >= 400 && !isGuard(answer)
  return isRefusal ? answer : undefined
}

/**
 * Wordings of the errors of common verifiers, by cause. The token is valid, so only the wording tells the causes
 * apart.
 */
const complaints: readonly (readonly [ModeId, RegExp])[] = [
  ['issuer-mismatch', /\biss(uer|ued by)?\b/i],
  [
    'claims-unexpected',
    /\b(email|nbf|aud(ience)?|sub(ject)?)\b.*\b(missing|required|invalid|unexpected|array|string)|\b(missing|required|unexpected)\b.*\b(email|nbf|aud(ience)?|sub(ject)?)\b/i,
  ],
  [
    'clock-skew',
    /\biat\b|\bin the (past|future)\b|\bnot (yet valid|active)\b|\bexpired?\b|\bexp\b/i,
  ],
  ['verifier-first-key', /\bsignature\b/i],
]

function complaint(id: ModeId, also: (facts: ObservedFacts) => CheckResult = () => no): Check {
  return {
    id,
    about: 'origin',
    evaluate(facts) {
      const refusal = originRefusal(facts)
      if (refusal === undefined) return also(facts)
      const named = complaints.find(([, words]) => words.test(refusal.body))
      if (named?.[0] !== id) return also(facts)
      return whenIssued(facts, ({ token, certs }) => {
        const isPublished = token.kid !== undefined && kidsIn(certs).includes(token.kid)
        if (id === 'verifier-first-key' && !isPublished) return no
        if (isExpired(token, refusal, facts)) return no
        return match(0.9, [
          `${told(refusal, 'with the assertion')} The message is about ${aboutWhat[id] ?? 'the token'}, but the token is valid.`,
        ])
      })
    },
  }
}

/** Whether the token had expired by the time of the refusal. */
function isExpired(
  { claims }: TokenFacts,
  { dateMs }: SeenAnswer,
  { nowMs }: ObservedFacts,
): boolean {
  return claims.exp !== undefined && claims.exp * 1000 <= (dateMs ?? nowMs)
}

const aboutWhat: Partial<Readonly<Record<ModeId, string>>> = {
  'issuer-mismatch': 'the issuer',
  'claims-unexpected': 'a claim',
  'clock-skew': 'the time',
  'verifier-first-key': 'the signature, though the key is published under its kid',
}

/** Clock skew that does no harm, in milliseconds. */
const tolerance = 120_000

function fromTheFuture(facts: ObservedFacts): CheckResult {
  return whenIssued(facts, ({ token }) => {
    const { iat } = token.claims
    if (iat === undefined || iat * 1000 <= facts.nowMs + tolerance) return no
    return match(
      0.9,
      [
        `The token was issued at ${timestampOf(iat)}, but the edge’s clock says ${timestampOf(Math.floor(facts.nowMs / 1000))}.`,
      ],
      { about: 'certs' },
    )
  })
}

function otherTeam(facts: ObservedFacts): CheckResult {
  const { team } = facts
  if (team === undefined) return no
  return whenIssued(facts, ({ token, certs }) =>
    token.team === team
      ? out(`The token was issued by ${team}, as given.`)
      : match(0.9, [
          `The token was issued by ${token.team}, but the origin expects ${team}.`,
          told(certs, 'of the issuing team'),
        ]),
  )
}

export const verifierChecks: readonly Check[] = [
  complaint('issuer-mismatch', otherTeam),
  complaint('claims-unexpected'),
  complaint('verifier-first-key'),
  complaint('clock-skew', fromTheFuture),
  {
    id: 'application-recreated',
    about: 'origin',
    evaluate: whenAudDiffers,
  },
  {
    id: 'jwt-expired',
    about: 'origin',
    evaluate(facts) {
      const refusal = originRefusal(facts)
      const token = freshToken(facts)
      if (refusal === undefined || token === undefined) return no
      if (!isExpired(token, refusal, facts)) return no
      return match(0.95, [
        `The token expired at ${timestampOf(token.claims.exp ?? 0)}. ${told(refusal, 'with the assertion')}`,
      ])
    },
  },
  {
    id: 'certs-stale',
    about: 'certs',
    evaluate: (facts) =>
      whenIssued(facts, ({ token, certs }) => {
        if (certs.status !== 200 || token.kid === undefined) return no
        const kids = kidsIn(certs)
        if (kids.includes(token.kid)) return out('certs publishes the current signing key.')
        return match(0.95, [
          `A token issued just now is signed by the key ${token.kid.slice(0, 8)}…, which is not among the ${kids.length} that certs publishes.`,
          told(certs, 'of the issuing team'),
        ])
      }),
  },
  {
    id: 'certs-unreachable',
    about: 'certs',
    evaluate(facts) {
      const isCerts = facts.kind === 'team' && facts.url.pathname.endsWith('/certs')
      if (!isCerts) {
        return whenPassed(facts, unreachable)
      }
      const { asked } = facts.seen
      return asked === undefined ? ask('asked') : unreachable(asked)
    },
  },
  // A team that was renamed and one that never existed look alike.
  { id: 'organization-unknown', about: 'certs', evaluate: whenTeamDiffers },
  { id: 'organization-renamed', about: 'certs', evaluate: whenTeamDiffers },
]

/**
 * A request that is let in carries a token of the current application; an origin that expects another one refuses it.
 */
function whenAudDiffers(facts: ObservedFacts): CheckResult {
  if (facts.aud === undefined || facts.kind !== 'application') return no
  const gate = gateOf(facts)
  if (gate.kind === 'ask') return gate
  if (gate.kind !== 'passed' && gate.kind !== 'guarded') return no
  const named = facts.seen.pair?.token?.aud ?? (gate.bare.aud === undefined ? [] : [gate.bare.aud])
  if (named.length === 0) return no
  if (named.includes(facts.aud)) {
    return out(`The AUD tag of the application is ${facts.aud}, as given.`)
  }
  return match(0.9, [
    `The application has the AUD tag ${named.join(', ')}, but ${facts.aud} was given.`,
    told(gate.bare, withoutCredentials),
  ])
}

/** A request that is let in reaches an origin that needs certs; if no answer names the team, the document does. */
function whenPassed(facts: ObservedFacts, look: (certs: SeenAnswer) => CheckResult): CheckResult {
  const gate = gateOf(facts)
  if (gate.kind === 'ask') return gate
  const { bare, pair, well_known, certs } = facts.seen
  if (gate.kind !== 'passed') return no
  const isNamed = bare?.team !== undefined || pair?.token !== undefined
  if (!isNamed && well_known === undefined) return ask('well_known')
  return certs === undefined ? ask('certs') : look(certs)
}

function unreachable(certs: SeenAnswer): CheckResult {
  const isUp = certs.status !== null && certs.status < 500
  return isUp ? out(told(certs, 'of the team')) : match(0.95, [told(certs, 'of the team')])
}

/** The given team differs from the team of the redirect, and no longer exists. */
function whenTeamDiffers(facts: ObservedFacts): CheckResult {
  if (facts.team === undefined || facts.observed !== undefined) return no
  const gate = gateOf(facts)
  if (gate.kind === 'ask') return gate
  const named = facts.seen.bare?.team
  if (named === undefined || named === facts.team) return no
  const certs = facts.seen.given_certs
  if (certs === undefined) return ask('given_certs')
  if (certs.status !== 404) return no
  return match(0.5, [
    `The application belongs to ${named}, but ${facts.team} was given.`,
    told(certs, 'of the given team'),
  ])
}
