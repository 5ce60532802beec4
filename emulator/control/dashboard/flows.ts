/** Pages of the sign-ins by programs: the list, and one of them with its steps. */
import { ssoPrefix } from '../../../contracts/edge/oidc.ts'
import { fail, isFailure } from '../../../contracts/errors/errors.ts'
import type { FlowValues } from '../../account/flows.ts'
import type { RememberedEntry } from '../../account/journal.ts'
import { type Html, html } from '../../http/html.ts'
import type { ControlContext, ControlHandler } from '../context.ts'
import { entryOf } from '../entry.ts'
import { type FlowState, isWaitingPoll, stateOf } from '../flow-state.ts'
import { flowIds, ofFlow } from '../flows.ts'
import { rememberedBy } from '../journal.ts'
import { accountsOf, page } from './layout.ts'
import { addressOf, root, statusOf, words } from './parts.ts'

const mostListed = 100
const colours = { stopped: 'bad', waiting: 'turn', done: 'good' } as const

export const flowsPage: ControlHandler<'flowsPage'> = async ({ query }, context) => {
  const remembered = await rememberedBy(query, context)
  if (isFailure(remembered)) return remembered
  const ids = flowIds(remembered).slice(0, mostListed)
  const rows = ids.map((id) => listed(id, ownOf(remembered, id), context))
  const none = html`<p>No sign-ins by programs yet. A client of an application with Managed OAuth, a client of a SaaS
application by OpenID Connect, and cloudflared appear here.</p>`
  const account = context.accounts.byId(query.account ?? '')
  const body = html`<h1>Sign-ins by programs</h1>
${accountsOf('/flows', account, context)}
<div id="flows" data-live>${rows.length === 0 ? none : html`<ul class="card">${rows}</ul>`}</div>`
  return page({ title: 'Sign-ins by programs', body, place: '/flows', account }, context)
}

function listed(id: string, own: readonly RememberedEntry[], context: ControlContext): Html {
  const state = stateOf(own, context)
  const at = own.at(-1)?.answered.nowMs ?? 0
  return html`<li><a href="${root}/flows/${id}">${nameOf(own)}</a> <span class="soft">${new Date(at).toISOString()}</span>
<br>${standing(state)}</li>`
}

export const flowPage: ControlHandler<'flowPage'> = async ({ params, query }, context) => {
  const remembered = await rememberedBy(query, context)
  if (isFailure(remembered)) return remembered
  const { flow: id } = params
  const own = ownOf(remembered, id)
  const [first] = own
  if (first === undefined) return fail('unknown', `The journal has no flow "${id}".`)
  const state = stateOf(own, context)
  const all = [...ofFlow(remembered, id)]
  const account = context.accounts.byId(first.account ?? '')
  const body = html`<h1>${nameOf(own)}</h1>
<p class="soft">flow <code>${id}</code> · ${account === undefined ? 'no account' : `account ${account.name}`}</p>
<div id="flow" data-live><p>${standing(state)}</p>
${state.fixes.length === 0 ? undefined : html`<h2>What to do next</h2><ul>${state.fixes.map((fix) => html`<li>${fix}</li>`)}</ul>`}
<h2>Steps</h2>
${[...gone(own), ...sharedNote(all, id)]}
<ol>${runsOf(all).map(stepOf)}</ol></div>
<h2>The same as JSON</h2>
<p><code>GET ${root}/journal?flow=${id}</code></p>`
  const title = `Sign-in by a program: ${state.kind} at ${words(state.step)}`
  return page({ title, body, place: '/flows', account }, context)
}

function ownOf(remembered: readonly RememberedEntry[], id: string): readonly RememberedEntry[] {
  return remembered.filter(({ answered }) => answered.flow?.id === id)
}

function standing({ kind, step, text }: FlowState): Html {
  const at =
    kind === 'done' ? 'Done' : `${kind === 'stopped' ? 'Stopped' : 'Waiting'} at ${words(step)}`
  return html`<b class="${colours[kind]}">${at}</b>: ${text}`
}

/** Who signs in, as far as the requests that are left say. */
function nameOf(own: readonly RememberedEntry[]): string {
  const operations = own.map(({ answered }) => answered.operation)
  if (operations.some((each) => each.startsWith('transfer.') || each.startsWith('edge.cli'))) {
    return 'Transfer to cloudflared'
  }
  const kind = own.some(({ answered }) => answered.path.startsWith(ssoPrefix))
    ? 'OpenID Connect'
    : 'Managed OAuth'
  const flows = own.map(({ answered }) => answered.flow)
  const client = flows
    .map((flow) => flow?.sent.client_id ?? flow?.answered.client_id)
    .find((each) => each !== undefined && each !== '')
  return client === undefined ? kind : `${kind}, client ${client}`
}

/** The journal is bounded. Each account counts the requests of a flow. */
function gone(own: readonly RememberedEntry[]): readonly Html[] {
  const firsts = own.filter(
    ({ account }, at) => own.findIndex((each) => each.account === account) === at,
  )
  const count = firsts.reduce((sum, { answered }) => sum + (answered.flow?.nth ?? 1) - 1, 0)
  return count === 0
    ? []
    : [
        html`<p class="turn">The journal no longer has ${count === 1 ? 'one earlier request' : `${count} earlier requests`} of this flow.</p>`,
      ]
}

function sharedNote(all: readonly RememberedEntry[], id: string): readonly Html[] {
  const isShared = all.some(
    ({ answered: { flow } }) => flow?.step === 'discovery' && flow.id !== id,
  )
  return isShared
    ? [
        html`<p class="soft">Discovery names no authorization: of each document, the latest request before the others is shown.</p>`,
      ]
    : []
}

/** Polls that wait, one after the other, are one step. */
interface Run {
  readonly entry: RememberedEntry
  readonly count: number
}

function runsOf(entries: readonly RememberedEntry[]): readonly Run[] {
  const runs: Run[] = []
  for (const entry of entries) {
    const last = runs.at(-1)
    if (last !== undefined && isWaitingPoll(last.entry) && isWaitingPoll(entry)) {
      runs[runs.length - 1] = { entry, count: last.count + 1 }
    } else {
      runs.push({ entry, count: 1 })
    }
  }
  return runs
}

function stepOf({ entry: remembered, count }: Run): Html {
  const entry = entryOf(remembered)
  const { flow, method, ray, at, why, path, reason, verdict, fault, mode } = entry
  // Nothing to add to its status.
  const isPlain = [reason, verdict, fault, mode].every((each) => each === null)
  const address = addressOf({ ...entry, path: path.split('?')[0] ?? '' })
  return html`<li><b>${words(flow?.step ?? '')}</b> ${statusOf(entry)} <a href="${root}/requests/${ray}"><code>${method} ${address}</code></a>
<span class="soft">${at.slice(11, 23)}${count === 1 ? '' : ` · the last of ${count}`}</span>
${valuesOf('sent', flow?.sent)}
${valuesOf('answered', flow?.answered)}
${isPlain ? undefined : html`<br>${why}`}</li>`
}

function valuesOf(title: string, values: FlowValues = {}): Html | undefined {
  const pairs = Object.entries(values)
  if (pairs.length === 0) return undefined
  const shown = pairs.map(([name, value]) =>
    name === '…' ? html`<span class="soft">${value}</span>` : html`<code>${name}=${value}</code>`,
  )
  return html`<br><span class="soft">${title}</span> ${shown}`
}
