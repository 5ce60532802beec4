/** A decision as a drawing: what the request carried, the stages with their policies and rules, and the verdict. */

import type { RuleLists } from '../../../contracts/api/rules.ts'
import type { Explanation, Step } from '../../../contracts/control/shapes.ts'
import { type ReasonRow, reasons } from '../../../contracts/reasons/table.ts'
import type { PairCheck, Subject } from '../../access/subject.ts'
import type { Account } from '../../account/account.ts'
import { type Html, html } from '../../http/html.ts'
import { verdictOf, words } from './parts.ts'
import { namesIn, ruleInWords } from './rule-words.ts'

/** Titles of the stages in `emulator/access/order.ts`. */
const titles: Readonly<Record<string, string>> = {
  credentials: 'The service token',
  policies: 'The policies',
  non_identity: 'Service Auth and Bypass policies',
  application_token: 'The application token',
  identity: 'Allow and Block policies, for the person',
  service_token: 'Allow and Block policies, for the service token',
  login: 'Is a login offered?',
}

interface DrawnStage {
  readonly stage: string
  readonly steps: readonly Step[]
}

/** What the drawing adds to an explanation. */
interface DecisionFacts {
  /** What the request carried, in words. */
  readonly carried: string
  /** Its policies say what their rules are. */
  readonly account: Account | undefined
}

export function decision({ trail, verdict, reason }: Explanation, facts: DecisionFacts): Html {
  const decided = html`<li class="end ${kindOf(verdict)}"><h3>Verdict ${verdictOf(verdict)}${reason === null ? '' : `: ${words(reason)}`}</h3></li>`
  const request = html`<li><h3>The request</h3><p>${facts.carried}</p></li>`
  const stages = byStage(trail).map((stage) => stageOf(stage, facts.account))
  const none = trail.length > 0 ? [] : [html`<li><p>No policy was evaluated.</p></li>`]
  return html`<ol class="decision">${[request, ...stages, ...none, decided]}</ol>`
}

function kindOf(verdict: string): string {
  return verdict === 'pass' ? 'good' : verdict === 'login' ? 'turn' : 'bad'
}

export function carriedBy({
  ip,
  country,
  certificate,
  pair,
  applicationToken,
  identity,
}: Subject): string {
  const { holder } = applicationToken ?? {}
  const parts = [
    ip === undefined
      ? ''
      : `from ${ip}${country === undefined || country === 'XX' ? '' : ` (${country})`}`,
    pairInWords(pair),
    holder === undefined
      ? ''
      : `an application token of ${holder.kind === 'person' ? holder.identity.email : holder.name}`,
    identity === undefined ? '' : `signed in as ${identity.email}`,
    certificate === undefined ? '' : `client certificate ${certificate.common_name}`,
  ].filter((part) => part !== '')
  const isBare = pair.status === 'absent' && holder === undefined && identity === undefined
  return [...parts, ...(isBare ? ['no credentials'] : [])].join(' · ')
}

function pairInWords(pair: PairCheck): string {
  switch (pair.status) {
    case 'valid':
      return `service token "${pair.name}"`
    case 'invalid':
      return `a service token that does not authenticate (${words(pair.reason)})`
    case 'unusable':
      return `headers that are not one service token (${words(pair.reason)})`
    default:
      return ''
  }
}

function byStage(trail: readonly Step[]): readonly DrawnStage[] {
  const found: DrawnStage[] = []
  for (const step of trail) {
    const last = found.at(-1)
    if (last?.stage === step.stage) {
      found[found.length - 1] = { ...last, steps: [...last.steps, step] }
    } else {
      found.push({ stage: step.stage, steps: [step] })
    }
  }
  return found
}

function stageOf({ stage, steps }: DrawnStage, account: Account | undefined): Html {
  const rest = steps.filter(({ policy }) => policy === undefined)
  const policies = [...new Set(steps.flatMap(({ policy }) => policy?.id ?? []))]
  const drawn = policies.map((id) =>
    policyOf(
      steps.filter(({ policy }) => policy?.id === id),
      account,
    ),
  )
  return html`<li class="soft"><h3>${titles[stage] ?? words(stage)}</h3>
${rest.map((step) => html`<p>${mark(step.outcome)} ${reasonInWords(step.reason)}</p>`)}
${drawn}</li>`
}

function policyOf(steps: readonly Step[], account: Account | undefined): Html {
  const whole = steps.find(({ rule }) => rule === undefined) ?? steps[0]
  if (whole?.policy === undefined) return html``
  const { policy, outcome, reason } = whole
  const rules = steps.filter(({ rule }) => rule !== undefined)
  const kind =
    outcome === 'match'
      ? reason === 'blocks'
        ? 'blocks'
        : 'match'
      : outcome === 'needs_identity'
        ? 'open'
        : ''
  return html`<div class="policy ${kind}"><b>${policy.name}</b> <span class="soft">${decisionInWords(policy.decision)}</span> ${mark(outcome)} ${reasonInWords(reason)}
${rules.length === 0 ? undefined : html`<ul>${rules.map((rule) => ruleOf(rule, account))}</ul>`}</div>`
}

function ruleOf(
  { policy, rule = '', outcome, counted_as, reason }: Step,
  account: Account | undefined,
): Html {
  const counted = counted_as === undefined ? '' : ` (counted as ${words(counted_as)})`
  const meant = account === undefined ? undefined : ruleAt(account, policy?.id ?? '', rule)
  return html`<li>${mark(outcome)} <code>${rule}</code>${meant === undefined ? undefined : html` <b>${meant}</b>`}: ${reasonInWords(reason)}${counted}</li>`
}

/** A rule of a policy in words, by its place, such as `include.0.email`. */
function ruleAt(account: Account, policy: string, place: string): string | undefined {
  const [, list, index] = /^(include|require|exclude)\.(\d+)\.[^.]+$/.exec(place) ?? []
  const row = account.state.tables.policies.get(policy)
  if (row === undefined || list === undefined) return undefined
  const rule = row[list as keyof RuleLists][Number(index)]
  return rule && ruleInWords(rule, namesIn(account))
}

/** The sentence of a reason; its name where the sentence needs more than the trail has. */
function reasonInWords(reason: string): string {
  const rows: Readonly<Record<string, ReasonRow>> = reasons
  const text = Object.hasOwn(rows, reason) ? rows[reason]?.text : undefined
  return text === undefined || text.includes('{') ? words(reason) : text
}

/** For the eye; the words after it say the same. */
function mark(outcome: string): Html {
  const [kind, sign] =
    outcome === 'match' ? ['good', '✓'] : outcome === 'no_match' ? ['bad', '✗'] : ['turn', '?']
  return html`<span class="${kind}" aria-hidden="true">${sign}</span>`
}

const decisions: Readonly<Record<string, string>> = {
  allow: 'Allow',
  deny: 'Block',
  non_identity: 'Service Auth',
  bypass: 'Bypass',
}

export function decisionInWords(decision: string): string {
  return decisions[decision] ?? decision
}
