/** A pair that may be good but that no policy admits (edge-service-token-include). */
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import type { KnownPolicy } from '../account.ts'
import { type Check, type CheckResult, match, no, out } from '../check.ts'
import { asServiceAuth, includingIn, includingToken, isOfIdentity, stepsFor } from './fixes.ts'
import {
  inferred,
  type RefusedGate,
  shown,
  told,
  whenRefused,
  withoutCredentials,
  withPair,
} from './refusal.ts'

/** What the application's own policies say; undefined if they contradict the row. */
type Judge = (refused: RefusedGate, policies: readonly KnownPolicy[]) => NamedRule | undefined
interface NamedRule {
  readonly sure: number
  readonly because: string
  /** What to do once the token itself is valid; replaces the catalogue's fix. */
  readonly todo?: string | undefined
}

function row(id: ModeId, edge: (refused: RefusedGate) => number | undefined, judge: Judge): Check {
  return {
    id,
    about: 'gate',
    evaluate: (facts) =>
      whenRefused(facts, (refused): CheckResult => {
        const { application, policies, pair, authenticated } = refused
        if (authenticated === 'no')
          return out('The pair does not authenticate, so no policy was evaluated for it.')
        const seen = [told(pair, withPair)]
        if (application === null) return no
        if (application === undefined || policies === undefined) {
          const sure = edge(refused)
          return sure === undefined ? no : match(sure, seen, { refused: 'pair' })
        }
        const found = judge(refused, policies)
        if (found === undefined) return no
        const fix = found.todo === undefined ? undefined : stepsFor(refused, facts, found.todo)
        return match(found.sure, [found.because, ...seen], { fix, refused: 'pair' })
      }),
  }
}

const isBlock = ({ pair }: RefusedGate) => pair.kind === 'blocked'
/** From outside: as likely as the others if it was a plain block, unlikely if a login was offered. */
const anywhere = (refused: RefusedGate) => (isBlock(refused) ? 0.5 : inferred)

/** No login is offered if a block comes first: an Allow policy without a login proves one. */
function isBlockedBeforeLogin({ bare }: RefusedGate, policies: readonly KnownPolicy[]): boolean {
  return bare.kind === 'blocked' && policies.some(({ decision }) => decision === 'allow')
}

const forMachines = ({ policy }: RefusedGate['standings'][number]) =>
  policy.decision === 'non_identity'

export const policyChecks: readonly Check[] = [
  row(
    'token-under-allow',
    ({ pair, bare }) => {
      if (pair.kind === 'login') return 0.7
      // If no login is offered there is no Allow policy, unless a block comes before it.
      return bare.kind === 'login' ? 0.5 : undefined
    },
    (refused) => {
      const { standings, pair, bare } = refused
      if (standings.some((each) => forMachines(each) && each.includes)) return undefined
      const found = standings.find(
        ({ policy, includes }) => policy.decision === 'allow' && includes,
      )
      if (found === undefined) return undefined
      const { name } = found.policy
      const isOffered = pair.kind === 'login' || bare.kind === 'login'
      return {
        sure: isOffered ? shown : 0.5,
        because: `The policy "${name}" includes the service token, but its decision is allow: it requires a login, so the exchange with the two headers is redirected, too.`,
        todo: `${asServiceAuth(found, refused)}; then send the two headers to the URL with every request`,
      }
    },
  ),
  row('token-not-included', anywhere, (refused, policies) => {
    const { standings, token, application } = refused
    if (token === null || token === undefined || policies.length === 0) return undefined
    const admits = standings.some(({ includes, policy }) => includes && policy.decision !== 'deny')
    if (admits) return undefined
    return {
      sure: shown,
      because: `No policy of the application "${application?.name ?? ''}" includes the service token "${token.name}".`,
      todo: includingIn(policies, refused),
    }
  }),
  row('policy-require-fails', anywhere, (refused) => {
    const found = refused.standings.find(
      (each) => forMachines(each) && each.includes && !each.excludes && each.requires.length > 0,
    )
    if (found === undefined) return undefined
    const { policy, requires } = found
    const because = `The policy "${policy.name}" includes the service token but requires ${requires.join(', ')}.`
    // No location gives a machine an identity.
    const todo = requires.some(isOfIdentity)
      ? includingToken(refused)
      : `send the request from where the policy "${policy.name}" allows it (${requires.join(', ')}), or change its require`
    return { sure: 0.8, because, todo }
  }),
  row('policy-exclude-matches', anywhere, ({ standings }) => {
    const found = standings.find(
      (each) =>
        forMachines(each) && each.includes && (each.excludes || each.otherExcludes.length > 0),
    )
    if (found === undefined) return undefined
    const { policy, excludes, otherExcludes } = found
    return excludes
      ? {
          sure: shown,
          because: `The policy "${policy.name}" both includes and excludes the service token.`,
          todo: `remove the rule that excludes the service token from the policy "${policy.name}", or from its group`,
        }
      : {
          sure: 0.6,
          because: `The policy "${policy.name}" includes the service token but has excludes on ${otherExcludes.join(', ')}.`,
          todo: `send the request from where the exclude of the policy "${policy.name}" does not match (${otherExcludes.join(', ')}), or change it`,
        }
  }),
  row(
    'policy-block-first',
    (refused) => (isBlock(refused) ? 0.5 : undefined),
    (refused, policies) => {
      const first = policies.find(({ decision }) => decision === 'allow' || decision === 'deny')
      if (first?.decision !== 'deny' || !isBlock(refused)) return undefined
      const isProven = isBlockedBeforeLogin(refused, policies)
      if (!isProven && refused.standings.some((each) => forMachines(each) && each.includes))
        return undefined
      return {
        sure: isProven ? shown : 0.4,
        because: `The Block policy "${first.name}" comes before every Allow policy. ${told(refused.bare, withoutCredentials)}`,
        // An Allow policy would block the service token, too.
        todo: includingToken(refused),
      }
    },
  ),
  row(
    'policy-missing',
    ({ bare }) => (bare.kind === 'blocked' ? 0.5 : undefined),
    (refused, policies) =>
      policies.length > 0
        ? undefined
        : {
            sure: shown,
            because: `The application "${refused.application?.name ?? ''}" has no policy.`,
            todo: includingToken(refused),
          },
  ),
]
