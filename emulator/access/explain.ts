/** What would let a refused request in: changes that were tried on the decision itself, as plain sentences. */
import type { Rule } from '../../contracts/rules.ts'
import { evaluate, includedRules, plainly } from './evaluate.ts'
import { decide } from './policy.ts'
import type { Pair, RefusedToken, Subject } from './subject.ts'
import type { AccessPolicy, Rulebook, Verdict } from './verdict.ts'

interface Change {
  readonly says: string
  readonly of: (subject: Subject) => Subject
}

/** Changes that belong together. */
type Way = readonly Change[]

/**
 * Sentences, each of which is enough alone. A change is offered only if the decision passes with it, so the
 * list may be empty, and what nobody can bring about here (a device posture, say) is not in it.
 */
export function wouldPassIf(rulebook: Rulebook, subject: Subject, verdict: Verdict): string[] {
  if (verdict.kind === 'pass') return []
  const passes = (book: Rulebook, way: Way) => decide(book, changed(subject, way)).kind === 'pass'
  // The policies let this subject in, so no change of theirs would help: only the code is wrong.
  if (passes(rulebook, [])) return mendingCode(verdict)
  const ofPolicies = rulebook.policies.flatMap((policy) => {
    const ways = waysToMeet(policy, rulebook, subject)
    const enough = ways.filter((way) => passes(rulebook, way))
    const rewritten = rewritings(policy, rulebook).flatMap(({ says, book }) => {
      if (passes(book, [])) return [says]
      const both = enough.length > 0 ? [] : ways.filter((way) => passes(book, way))
      return shortest(both).map((way) => `${say(way)}, and ${says}`)
    })
    return [...shortest(enough).map(say), ...rewritten]
  })
  const ofToken = mendingToken(subject).filter((change) => passes(rulebook, [change]))
  const ofSettings = settings(rulebook, subject).filter(({ book }) => passes(book, []))
  return [...new Set([...ofPolicies, ...[...ofToken, ...ofSettings].map(({ says }) => says)])]
}

/** Without those that only add to another. */
function shortest(ways: readonly Way[]): readonly Way[] {
  const adds = (way: Way, other: Way) =>
    way.length > other.length && other.every(({ says }) => way.some((own) => own.says === says))
  return ways.filter((way) => !ways.some((other) => adds(way, other)))
}

function changed(subject: Subject, changes: Way): Subject {
  return changes.reduce((now, { of }) => of(now), subject)
}

function say(changes: Way): string {
  return changes.map(({ says }) => says).join(' and ')
}

interface Rewriting {
  readonly says: string
  readonly book: Rulebook
}

function rewritings(policy: AccessPolicy, rulebook: Rulebook): readonly Rewriting[] {
  const { policies } = rulebook
  const title = `policy "${policy.name}"`
  if (policy.decision === 'allow') {
    const rewritten = { ...policy, decision: 'non_identity' } as const
    const book = { ...rulebook, policies: policies.map((p) => (p === policy ? rewritten : p)) }
    return [{ says: `change the decision of ${title} from allow to non_identity`, book }]
  }
  if (policy.decision !== 'deny') return []
  const book = { ...rulebook, policies: policies.filter((p) => p !== policy) }
  return [{ says: `remove the deny ${title}, or narrow it`, book }]
}

function settings(rulebook: Rulebook, { pair }: Subject): readonly Rewriting[] {
  const lenient = {
    says: 'turn off strict_service_token_auth of the organization',
    book: { ...rulebook, strict: false },
  }
  if (pair.status !== 'valid') return [lenient]
  const added: AccessPolicy = {
    id: '',
    name: '',
    decision: 'non_identity',
    precedence: 0,
    include: [{ service_token: { token_id: pair.token_id } }],
    require: [],
    exclude: [],
  }
  return [
    lenient,
    {
      says: `add a policy with the decision non_identity that includes the service token "${pair.name}"`,
      book: { ...rulebook, policies: [...rulebook.policies, added] },
    },
  ]
}

/** For each rule of the include: that one, and all that the other lists ask; with and without a login. */
function waysToMeet(policy: AccessPolicy, facts: Rulebook, subject: Subject): readonly Way[] {
  if (policy.decision === 'deny') return []
  const none = { include: [], require: [], exclude: [] }
  const isMet = (part: 'include' | 'require' | 'exclude') => (rule: Rule) =>
    evaluate({ ...none, [part]: [rule] }, { subject, facts, reading: plainly })[part] === 'match'
  const bring = (rule: Rule) => bringing(rule, policy, subject)
  const unmet = (part: 'require' | 'exclude') => policy[part].filter((rule) => !isMet(part)(rule))
  const others = [...unmet('require').map(bring), ...unmet('exclude').map(avoiding)]
  const isIncluded = isMet('include')
  return includedRules(policy.include, facts.groups).flatMap((rule) => {
    const needed = isIncluded(rule) ? others : [bring(rule), ...others]
    const way = needed.filter((change) => change !== undefined)
    if (way.length < needed.length) return []
    return [way, [...way, someone]].filter(({ length }) => length > 0)
  })
}

const someone: Change = {
  says: 'sign in',
  of: (subject) => ({
    ...subject,
    identity: subject.identity ?? { email: 'somebody@example.com' },
  }),
}

/** How to meet a rule, or undefined where no request can be made to. */
function bringing(rule: Rule, { name }: AccessPolicy, { pair }: Subject): Change | undefined {
  if ('ip' in rule) {
    const range = rule.ip.ip
    const [ip = ''] = range.split('/')
    const says = `send the request from ${range.includes('/') ? `an address in ${range}` : range}`
    return { says, of: (subject) => ({ ...subject, ip }) }
  }
  if ('geo' in rule) {
    const country = rule.geo.country_code
    return { says: `send the request from ${country}`, of: (subject) => ({ ...subject, country }) }
  }
  if ('common_name' in rule) {
    const { common_name } = rule.common_name
    const says = `present a client certificate for "${common_name}"`
    return { says, of: (subject) => ({ ...subject, certificate: { common_name } }) }
  }
  if ('certificate' in rule) {
    const certificate = { common_name: '' }
    return { says: 'present a client certificate', of: (subject) => ({ ...subject, certificate }) }
  }
  if ('email' in rule) return signingIn(rule.email.email, `sign in as ${rule.email.email}`)
  if ('email_domain' in rule) {
    const domain = rule.email_domain.domain.replace(/^@/, '')
    return signingIn(`somebody@${domain}`, `sign in with an address at ${domain}`)
  }
  if ('service_token' in rule) {
    return sending(rule.service_token.token_id, `that policy "${name}" includes`, pair)
  }
  if ('any_valid_service_token' in rule) return sending('any', 'that is valid', pair)
  return undefined
}

function signingIn(email: string, says: string): Change {
  return { says, of: (subject) => ({ ...subject, identity: { email } }) }
}

const mendToken: Readonly<Partial<Record<RefusedToken['reason'], string>>> = {
  jwt_of_other_application: 'send an application token of this application',
  jwt_of_unknown_application: 'send an application token of this application',
  jwt_of_other_issuer: 'send an application token issued under the present name of the team',
  jwt_of_other_type: 'send an application token, and no token of another type',
  jwt_expired: 'send an application token that has not expired',
  jwt_not_yet_valid: 'send an application token whose nbf has come',
  jwt_revoked: 'send an application token issued after the revocation',
  jwt_not_bound: 'send the application token with the CF_Binding that was set beside it',
  jwt_sent_as_bearer: 'send the application token as the cookie CF_Authorization',
}

/** The refused token in good order; nothing where nobody knows what it would say. */
function mendingToken({ refusedToken }: Subject): readonly Change[] {
  const signed = refusedToken?.signed
  const says = refusedToken === undefined ? undefined : mendToken[refusedToken.reason]
  if (signed === undefined || says === undefined) return []
  const mended = ({ refusedToken: _, ...subject }: Subject) => ({
    ...subject,
    applicationToken: signed,
  })
  return [{ says, of: mended }]
}

const mendCode: Readonly<Record<string, string>> = {
  pin_differs: 'enter the code that was sent',
  pin_tries_exceeded: 'request a new code and enter it, ten minutes later if that is refused too',
  pin_used: 'request a new code and enter it',
  pin_expired: 'request a new code and enter it',
}

function mendingCode({ trail }: Verdict): string[] {
  return trail.flatMap(({ stage, reason }) => {
    const says = stage === 'credentials' ? mendCode[reason] : undefined
    return says === undefined ? [] : [says]
  })
}

const mend = {
  unknown: 'send the client id of a service token that exists',
  wrong_secret: 'send the right secret of the service token',
  expired: 'extend the expired service token',
  disabled: 'enable the service token',
  previous_secret_expired: 'send the secret of the last rotation',
} as const

function sending(token_id: string, which: string, pair: Pair): Change {
  const valid: Pair = { status: 'valid', token_id, client_id: '', name: '' }
  const ofIt =
    pair.status === 'invalid'
      ? `${mend[pair.reason]}, if it is one ${which}`
      : pair.status === 'unusable'
        ? `send one complete client id and secret of a service token ${which}`
        : `send a service token ${which}`
  return { says: ofIt, of: (subject) => ({ ...subject, pair: valid }) }
}

/** How not to meet a rule of an exclude. Documentation addresses and a code of no country stand for "elsewhere". */
function avoiding(rule: Rule): Change | undefined {
  if ('ip' in rule) {
    const ip = rule.ip.ip.startsWith('192.0.2.') ? '198.51.100.1' : '192.0.2.1'
    const says = `send the request from an address outside ${rule.ip.ip}`
    return { says, of: (subject) => ({ ...subject, ip }) }
  }
  if ('geo' in rule) {
    const says = `send the request from another country than ${rule.geo.country_code}`
    return { says, of: (subject) => ({ ...subject, country: 'ZZ' }) }
  }
  if ('service_token' in rule || 'any_valid_service_token' in rule) {
    return {
      says: 'send no service token',
      of: (subject) => ({ ...subject, pair: { status: 'absent' } }),
    }
  }
  return undefined
}
