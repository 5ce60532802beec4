/** Pages that show the journal, and each request in it with the reason for its answer. */
import type { control } from '../../contracts/control/endpoints.ts'
import type { JournalEntry, Step } from '../../contracts/control/shapes.ts'
import { isFailure } from '../../contracts/errors.ts'
import type { Account } from '../account/account.ts'
import { type Html, html } from '../http/html.ts'
import type { ControlContext, ControlHandlers } from './context.ts'
import { entryOf } from './entry.ts'
import { explainedEntry } from './explain.ts'
import { rememberedBy, rememberedRay } from './journal.ts'
import { page } from './layout.ts'
import { addressOf, root, shortened, statusOf, words } from './page-parts.ts'

type PageHandlers = ControlHandlers<Pick<typeof control, 'journalPage' | 'requestPage'>>

export const journalPage: PageHandlers['journalPage'] = ({ query }, context) => {
  const remembered = rememberedBy(query, context)
  if (isFailure(remembered)) return remembered
  const { account: id, host, refresh } = query
  const account = id === undefined ? undefined : context.accounts.byId(id)
  const entries = remembered
    .filter(({ answered }) => host === undefined || answered.host === host)
    .map(entryOf)
    .reverse()
  const body = html`<h1>Access emulator</h1>
${standing(account ?? context.accounts.first(), context)}
<nav><a href="${followOf(id)}">Follow</a>${remembered.some(({ answered }) => answered.flow !== undefined) ? flowsLink : undefined}</nav>
${accountsOf(account, context)}
${entries.length === 0 ? nothingYet : tableOf(entries)}`
  return page({
    title: account === undefined ? 'Journal' : `Journal of ${account.name}`,
    body,
    refresh,
  })
}

const flowsLink = html` · <a href="${root}/flows">Sign-ins by programs</a>`

const nothingYet = html`<p>No requests yet. Requests to the API, the team domain and the hosts of your zones
appear here, each with the reason for its answer.</p>`

export const requestPage: PageHandlers['requestPage'] = ({ params, query }, context) => {
  const remembered = rememberedRay(query, params.ray, context)
  if (isFailure(remembered)) return remembered
  const entry = entryOf(remembered)
  const { application, reason, trail, would_pass_if } = explainedEntry(remembered, context)
  const account = entry.account === null ? undefined : context.accounts.byId(entry.account)
  const body = html`<nav><a href="${root}">Journal</a></nav>
<h1>${statusOf(entry)} <code>${entry.method} ${addressOf(entry)}</code></h1>
<p class="soft">${entry.at} · ray <code>${entry.ray}</code> · <code>${entry.operation}</code>
· ${account === undefined ? 'no account' : html`account ${account.name}`}</p>
${interference(entry)}
${entry.flow === undefined ? undefined : html`<p>${words(entry.flow.step)} of the <a href="${root}/flows/${entry.flow.id}">sign-in by a program ${entry.flow.id}</a></p>`}
${application === null ? undefined : html`<p>Application <b>${application.name}</b>, <code>${application.domain ?? ''}</code>, AUD <code>${application.aud}</code></p>`}
<h2>Why</h2>
<p>${entry.verdict === null ? 'No policy was evaluated.' : html`Verdict <b class="${verdictClass(entry)}">${entry.verdict}</b>${reason === null ? '' : `: ${words(reason)}`}`}</p>
<p>${entry.why}${entry.expected_only ? ' Only profile "expected" gives this answer; real Cloudflare would not.' : ''}</p>
${trail.length === 0 ? undefined : trailTable(trail)}
${would_pass_if.length === 0 ? undefined : html`<h2>It would pass if</h2><ul>${would_pass_if.map((hint) => html`<li>${hint}</li>`)}</ul>`}
<h2>The same as JSON</h2>
<p><code>POST ${root}/explain</code> with <code>{"ray":"${entry.ray}"}</code></p>`
  return page({ title: `${entry.status} ${shortened(addressOf(entry))}`, body })
}

function standing(
  account: Account | undefined,
  { profile, seedName, world }: ControlContext,
): Html {
  const { now, mode } = world.clock.state()
  const overrides = Object.entries(account?.overrides() ?? {}).map(
    ([name, value]) => `${name}=${value}`,
  )
  const modes = [...(account?.modes.keys() ?? [])]
  const whose = account === undefined ? 'no account' : `account ${account.name}`
  return html`<p class="soft">profile <b>${profile}</b> · seed <b>${seedName}</b> · ${whose} · clock ${new Date(now).toISOString()} (${mode})
${overrides.length === 0 ? undefined : html`<br>behaviours set: <code>${overrides.join(', ')}</code>`}
${modes.length === 0 ? undefined : html`<br>failure modes set: <code>${modes.join(', ')}</code>`}</p>`
}

function accountsOf(account: Account | undefined, { accounts }: ControlContext): Html | undefined {
  const all = accounts.all()
  if (all.length < 2) return undefined
  const links = all.map((each) =>
    each === account
      ? html`<b>${each.name}</b>`
      : html`<a href="${journalOf(each)}">${each.name}</a>`,
  )
  const whole = account === undefined ? html`<b>all</b>` : html`<a href="${root}">all</a>`
  return html`<nav>Accounts: ${[whole, ...links]}</nav>`
}

function tableOf(entries: readonly JournalEntry[]): Html {
  const rows = entries.map((entry) => {
    const link = `${root}/requests/${entry.ray}`
    return html`<tr><td class="soft">${entry.at.slice(11, 23)}</td><td>${statusOf(entry)}</td><td>${entry.method}</td>
<td class="path"><a href="${link}">${shortened(addressOf(entry))}</a></td><td>${entry.verdict ?? ''}</td><td>${reasonOf(entry)}</td></tr>`
  })
  return html`<table><thead><tr><th>Time</th><th>Status</th><th>Method</th><th>Request</th><th>Verdict</th><th>Reason</th></tr></thead>
<tbody>${rows}</tbody></table>`
}

function trailTable(trail: readonly Step[]): Html {
  const rows = trail.map(
    ({ stage, policy, rule, outcome, counted_as, reason }) =>
      html`<tr><td>${words(stage)}</td><td>${policy === undefined ? '' : html`${policy.name} <span class="soft">${policy.decision}</span>`}</td>
<td><code>${rule ?? ''}</code></td><td>${words(outcome)}${counted_as === undefined ? '' : ` (counted as ${words(counted_as)})`}</td><td>${words(reason)}</td></tr>`,
  )
  return html`<table><thead><tr><th>Stage</th><th>Policy</th><th>Rule</th><th>Outcome</th><th>Reason</th></tr></thead>
<tbody>${rows}</tbody></table>`
}

function interference({ fault, mode }: JournalEntry): Html | undefined {
  if (fault === null && mode === null) return undefined
  const parts = [mode === null ? '' : `mode ${mode}`, fault === null ? '' : `fault ${fault}`]
  return html`<p class="turn">Altered on purpose: ${parts.filter((part) => part !== '').join(', ')}</p>`
}

function reasonOf({ mode, fault, trail, reason, verdict, why, status }: JournalEntry): string {
  if (mode !== null) return `mode ${mode}`
  if (fault !== null) return `fault ${fault}`
  if (verdict === null && trail.length === 0) return reason === null && status < 400 ? '' : why
  const last = trail.at(-1)
  // For a pass, and for a rule whose outcome was counted differently, the policy's own step has the reason.
  const isOfPolicy = verdict === 'pass' || last?.counted_as !== undefined
  const deciding = isOfPolicy ? trail.findLast(({ rule }) => rule === undefined) : last
  return words(deciding?.reason ?? '')
}

function journalOf(account: Account): string {
  return `${root}?account=${account.id}`
}

function followOf(account: string | undefined): string {
  return account === undefined ? `${root}?refresh=2` : `${root}?account=${account}&refresh=2`
}

function verdictClass({ verdict }: JournalEntry): string {
  return verdict === 'pass' ? 'good' : verdict === 'deny' ? 'bad' : 'turn'
}
