/** Hosts and paths that are open to everyone (edge-host-matching): why Access is not involved. */
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { ageOf, applicationOf, missing, policiesOf, youngSeconds } from '../account.ts'
import { isProtectedResource } from '../bodies.ts'
import { ask, type Check, type CheckResult, match, no, out } from '../check.ts'
import {
  coversHost,
  coversPath,
  destinationsOf,
  isDestination,
  isOtherLevel,
} from '../destinations.ts'
import { gateOf, isGuard } from '../gate.ts'
import type { ObservedFacts, ReadApplication, SeenAnswer } from '../observation.ts'
import { shown, told, withoutCredentials } from './refusal.ts'

interface OpenHost {
  readonly facts: ObservedFacts
  readonly bare: SeenAnswer
  readonly wellKnown: SeenAnswer
  /** Undefined without an API token. */
  readonly applications: readonly ReadApplication[] | undefined
}

/** The host is open: no challenge. Without credentials this may be an intended Bypass policy. */
function whenOpen(facts: ObservedFacts, look: (open: OpenHost) => CheckResult): CheckResult {
  const gate = gateOf(facts)
  if (gate.kind === 'ask') return gate
  if (gate.kind === 'guarded' || gate.kind === 'refused' || gate.kind === 'passed') {
    return out(told(gate.bare, withoutCredentials))
  }
  if (gate.kind !== 'open') return no
  const wellKnown = facts.seen.well_known
  if (wellKnown === undefined) return ask('well_known')
  const wanted = missing(facts, ['applications'])
  if (wanted !== undefined) return ask(wanted)
  return look({ facts, bare: gate.bare, wellKnown, applications: facts.account.applications })
}

/** No application answers here: the document that every application serves is missing, too. */
function row(id: ModeId, judge: (open: OpenHost) => CheckResult | undefined): Check {
  return {
    id,
    about: 'gate',
    evaluate: (facts) =>
      whenOpen(facts, (open) => {
        if (isProtectedResource(open.wellKnown)) return no
        const found = judge(open)
        if (found?.kind !== 'match') return found ?? no
        const seen = [
          `${told(open.bare, withoutCredentials)} It shows no sign of Access.`,
          `${told(open.wellKnown, withoutCredentials)} That is not the document that an Access application serves there.`,
        ]
        return { ...found, proof: [...found.proof, ...seen] }
      }),
  }
}

const alike = match(0.5, [])
const hostOf = ({ facts }: OpenHost) => facts.gateUrl.hostname

/** A destination that matches the host but not the path. */
function pathBeside({ applications, facts }: OpenHost): string | undefined {
  return applications
    ?.flatMap(destinationsOf)
    .find(
      (place) =>
        isDestination(place) &&
        coversHost(place, facts.gateUrl.hostname) &&
        !coversPath(place, facts.gateUrl.pathname),
    )
}

const malformed = (open: OpenHost) =>
  open.applications
    ?.flatMap(destinationsOf)
    .find((place) => !isDestination(place) && place.includes(hostOf(open)))
const otherLevel = (open: OpenHost) =>
  open.applications?.flatMap(destinationsOf).find((place) => isOtherLevel(place, hostOf(open)))

/** A destination of the account that misses the URL by little, where no application covers it. */
function nearMiss(
  open: OpenHost,
  find: (open: OpenHost) => string | undefined,
  says: (place: string) => string,
): CheckResult | undefined {
  if (open.applications === undefined) return alike
  const place = applicationOf(open.facts) ? undefined : find(open)
  return place === undefined ? undefined : match(shown, [says(place)])
}

/** Nothing in the account is close to the host. */
function nothingNear(open: OpenHost): boolean {
  if (applicationOf(open.facts)) return false
  return [pathBeside(open), malformed(open), otherLevel(open)].every((place) => place === undefined)
}

/** The application with the AUD tag that the client knows; null if the account has none. */
function known({ facts, applications }: OpenHost): ReadApplication | null | undefined {
  if (facts.aud === undefined || applications === undefined) return undefined
  return applications.find(({ aud }) => aud === facts.aud) ?? null
}

export const hostChecks: readonly Check[] = [
  row('host-not-protected', (open) => {
    if (open.applications === undefined) return alike
    if (!nothingNear(open) || known(open) === null) return undefined
    return match(shown, [`No application in the account covers ${hostOf(open)}.`])
  }),
  row('application-deleted', (open) => {
    const { facts, applications } = open
    if (applications === undefined) return alike
    if (known(open) !== null || !nothingNear(open)) return undefined
    return match(shown, [
      `No application in the account covers ${hostOf(open)}, and none has the AUD tag ${facts.aud}.`,
    ])
  }),
  row('path-not-covered', (open) => {
    const { below } = open.facts.seen
    if (below === undefined) return ask('below')
    if (isGuard(below)) return match(shown, [told(below, withoutCredentials)])
    const { pathname } = open.facts.gateUrl
    return nearMiss(
      open,
      pathBeside,
      (place) => `An application covers ${place}, which is not ${pathname}.`,
    )
  }),
  row('domain-malformed', (open) =>
    nearMiss(
      open,
      malformed,
      (place) => `An application has the domain "${place}", which is not a valid host and path.`,
    ),
  ),
  row('wildcard-level', (open) =>
    nearMiss(
      open,
      otherLevel,
      (place) =>
        `An application covers ${place}, and ${hostOf(open)} has a different number of labels.`,
    ),
  ),
  row('propagation-application', (open) => {
    const { facts, applications } = open
    if (applications === undefined) return alike
    const application = applicationOf(facts)
    if (application?.updated_at === undefined) return undefined
    const age = ageOf(application.updated_at, facts.nowMs)
    const proof = `The application "${application.name ?? ''}" covers the URL and was changed ${Math.max(0, Math.round(age))} s ago.`
    return age <= youngSeconds ? match(shown, [proof]) : out(proof)
  }),
  {
    id: 'policy-bypass',
    about: 'gate',
    evaluate: (facts) =>
      whenOpen(facts, ({ bare, wellKnown }) => {
        const seen = [
          `${told(bare, withoutCredentials)} It shows no sign of Access.`,
          told(wellKnown, 'says that an application covers the URL: it'),
        ]
        if (!isProtectedResource(wellKnown) || facts.pair.status !== 'usable') return no
        const application = applicationOf(facts)
        const policies = application ? policiesOf(application) : undefined
        const bypass = policies?.find(({ decision }) => decision === 'bypass')
        if (policies !== undefined && bypass === undefined) return no
        const named = bypass === undefined ? [] : [`The policy "${bypass.name}" is Bypass.`]
        return match(bypass === undefined ? 0.9 : shown, [...named, ...seen])
      }),
  },
  {
    id: 'host-unmatched-denied',
    about: 'gate',
    evaluate(facts) {
      const gate = gateOf(facts)
      if (gate.kind === 'ask') return gate
      const { bare } = facts.seen
      // A block that names no application (assumed): it is worth checking whether one exists.
      const isBlock = bare !== undefined && isGuard(bare) && bare.kind !== 'login'
      const isUnnamed = isBlock && bare.aud === undefined && bare.status !== 401
      if ((gate.kind !== 'refused' && gate.kind !== 'guarded') || !isUnnamed) return no
      if (facts.seen.well_known === undefined) return ask('well_known')
      if (facts.seen.well_known.status !== 404) return no
      const wanted = missing(facts, ['applications', 'organization'])
      if (wanted !== undefined) return ask(wanted)
      if (applicationOf(facts)) return no
      const setting = facts.account.organization?.deny_unmatched_requests
      const proof = [
        ...(setting
          ? ['The organization has deny_unmatched_requests, and no application covers the host.']
          : []),
        told(bare, withoutCredentials),
        told(facts.seen.well_known, withoutCredentials),
      ]
      return match(shown, proof, {
        about: 'form',
        refused: gate.kind === 'refused' ? 'pair' : 'bare',
      })
    },
  },
]
