/** The page of one request: why it was answered so, what would let it in, and what it would get now. */
import type { JournalEntry } from '../../../contracts/control/shapes.ts'
import { isFailure } from '../../../contracts/errors/errors.ts'
import type { RememberedEntry } from '../../account/journal.ts'
import { type Html, html } from '../../http/html.ts'
import type { ControlContext, ControlHandler } from '../context.ts'
import { entryOf } from '../entry.ts'
import { explainedEntry } from '../explain.ts'
import { rememberedRay } from '../journal.ts'
import { waysIn } from './advice.ts'
import { call } from './call.ts'
import { carriedBy, decision } from './decision.ts'
import { page } from './layout.ts'
import { verdictNow } from './now.ts'
import { addressOf, linkTo, root, shortened, statusOf, verdictOf, words } from './parts.ts'

export const requestPage: ControlHandler<'requestPage'> = async ({ params, query }, context) => {
  const remembered = await rememberedRay(query, params.ray, context)
  if (isFailure(remembered)) return remembered
  const entry = entryOf(remembered)
  const explained = explainedEntry(remembered, context)
  const account = entry.account === null ? undefined : context.accounts.byId(entry.account)
  const { application } = explained
  const body = html`<h1>${statusOf(entry)} <code>${entry.method} ${addressOf(entry)}</code></h1>
<p class="soft">${entry.at} · ray <code>${entry.ray}</code> · <code>${entry.operation}</code>
· ${account === undefined ? 'no account' : html`account ${account.name}`}</p>
<div id="why" data-live>
${interference(entry)}
${entry.flow === undefined ? undefined : html`<p>${words(entry.flow.step)} of the <a href="${root}/flows/${entry.flow.id}">sign-in by a program ${entry.flow.id}</a></p>`}
${application === null ? undefined : html`<p>Application <a href="${linkTo('/applications', { account: account?.id })}#${application.id}">${application.name}</a>, <code>${application.domain ?? ''}</code></p>`}
<h2>Why</h2>
<p>${entry.why}${entry.expected_only ? ' Only profile "expected" gives this answer; real Cloudflare would not.' : ''}</p>
${decision(explained, { carried: remembered.evaluation === undefined ? `${entry.method} ${entry.host}` : carriedBy(remembered.evaluation.subject), account })}
${nowLine(remembered, context)}
${waysIn(explained, remembered, account?.id)}
</div>
<h2>The same as JSON</h2>
<p><code>POST ${root}/explain</code> with <code>{"ray":"${entry.ray}"}</code> ${call({ operation: 'explain', body: { ray: entry.ray } }, 'Show')}</p>`
  const title = `${entry.status} ${shortened(addressOf(entry))}`
  return page({ title, body, place: '', account }, context)
}

function interference({ fault, mode }: JournalEntry): Html | undefined {
  if (fault === null && mode === null) return undefined
  const parts = [mode === null ? '' : `mode ${mode}`, fault === null ? '' : `fault ${fault}`]
  return html`<p class="turn">Altered on purpose: ${parts.filter((part) => part !== '').join(', ')}</p>`
}

/** What has changed since, in one line. */
function nowLine(remembered: RememberedEntry, context: ControlContext): Html | undefined {
  const verdict = verdictNow(remembered, context)
  if (verdict === undefined || verdict === remembered.evaluation?.verdict.kind) return undefined
  return html`<p class="card" id="now">The same request now: ${verdictOf(verdict)}. The account has changed since.</p>`
}
