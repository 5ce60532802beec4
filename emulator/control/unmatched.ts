/** Explains requests that no application covers: they pass, unless the organization denies them. */
import { type Advice, adviceInWords } from '../../contracts/control/advice.ts'
import type { Explanation } from '../../contracts/control/shapes.ts'
import type { hostReasons } from '../../contracts/reasons/answers.ts'
import { reasons } from '../../contracts/reasons/table.ts'
import { adviseUnmatched } from '../access/advice/unmatched.ts'
import type { Subject } from '../access/subject.ts'
import type { Account } from '../account/account.ts'
import type { RequestFacts } from '../account/evaluate.ts'
import type { RememberedEntry } from '../account/journal.ts'
import { zoneOf } from '../account/known-hosts.ts'
import { isStrict } from '../account/organization.ts'
import { deniesUnmatched, unmatchedSubject } from '../account/unmatched.ts'
import type { World } from '../world/world.ts'
import type { Controlled } from './context.ts'
import { knownOf } from './known.ts'

/** Advice for a request of the journal that was denied because no application covers it; otherwise empty. */
export function adviceOnUnmatched(
  { account: id, answered: { host, because } }: RememberedEntry,
  { accounts, world }: Pick<Controlled, 'accounts' | 'world'>,
): Advice[] {
  const account = accounts.byId(id ?? '')
  if (account === undefined || because?.subject === undefined) return []
  return adviceFor(because.subject, host, account, world)
}

/** Explains a hypothetical request. */
export function explainedUnmatched(
  asking: RequestFacts,
  account: Account,
  world: World,
): Explanation {
  const { host } = asking
  const nothing = { application: null, trail: [], would_pass_if: [], advice: [] }
  if (!deniesUnmatched(account, host)) {
    return { ...nothing, verdict: 'pass', ...told('no_application_covers_this_host_and_path') }
  }
  const advice = adviceFor(unmatchedSubject(account, world, asking), host, account, world)
  return {
    ...nothing,
    verdict: 'deny',
    ...told('unmatched_host_denied'),
    would_pass_if: advice.map(adviceInWords),
    advice,
  }
}

function told(reason: keyof typeof hostReasons) {
  return { reason, why: `${reasons[reason].text}.` }
}

function adviceFor(subject: Subject, host: string, account: Account, world: World): Advice[] {
  const { behaviour } = account
  const rulebook = {
    policies: [],
    groups: () => undefined,
    groupDepth: 0,
    behaviour,
    strict: isStrict(account),
  }
  const unmatched = { subject, rulebook, host, zone: zoneOf(account, host)?.name }
  return [...adviseUnmatched(unmatched, knownOf(account, world.now()))]
}
