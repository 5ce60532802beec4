/** The pages of failure modes: the catalogue with what is set, and each mode with what to expect. */
import type { ExpectedAnswer } from '../../../contracts/control/expected-answer.ts'
import { fail } from '../../../contracts/errors/errors.ts'
import { isModeId, type ModeId, modes } from '../../../contracts/modes/catalogue.ts'
import { appearances, credentialKinds, type RequestRecipe } from '../../../contracts/modes/mode.ts'
import type { Account } from '../../account/account.ts'
import { type Html, html } from '../../http/html.ts'
import { type ControlHandler, onAccount } from '../context.ts'
import { call } from './call.ts'
import { accountsOf, page } from './layout.ts'
import { linkTo, searchFor, table } from './parts.ts'

export const failureModesPage: ControlHandler<'failureModesPage'> = onAccount(
  (account, { query }, context) => {
    const wanted = query.q?.toLowerCase() ?? ''
    const ids = (Object.keys(modes) as ModeId[]).filter((id) =>
      `${id} ${modes[id].title} ${modes[id].cause}`.toLowerCase().includes(wanted),
    )
    const set = ids.filter((id) => account.modes.has(id))
    const rest = ids.filter((id) => !account.modes.has(id))
    const body = html`<h1>Failure modes</h1>
<p>Each sets up one known way to fail: on an application of its own, unless a test names another. Requests are then answered as Cloudflare would.</p>
${accountsOf('/failure-modes', account, context)}
${searchFor('Find', { path: '/failure-modes', account: account.id, text: query.q })}
<div id="modes" data-live>
${set.length === 0 ? undefined : html`<h2>Set</h2>${listed(set, account)}`}
<h2>${set.length === 0 ? 'All' : 'The others'}</h2>${rest.length === 0 ? html`<p>None.</p>` : listed(rest, account)}</div>`
    return page({ title: 'Failure modes', body, place: '/failure-modes', account }, context)
  },
)

function listed(ids: readonly ModeId[], account: Account): Html {
  const rows = ids.map(
    (id) =>
      html`<tr><td><a href="${linkTo(`/failure-modes/${id}`, { account: account.id })}">${modes[id].title}</a><br><code class="soft">${id}</code></td><td data-name="Looks like">${appearances[modes[id].alike]}</td><td>${toggle(id, account)}</td></tr>`,
  )
  return table(['Mode', 'Looks like', 'Action'], rows, 'narrow')
}

function toggle(id: ModeId, account: Account): Html {
  const about = { params: { id }, query: { account: account.id } }
  return account.modes.has(id)
    ? call({ operation: 'endMode', ...about }, 'End it', { about: id })
    : call({ operation: 'setMode', ...about }, 'Set it', { about: id })
}

export const failureModePage: ControlHandler<'failureModePage'> = onAccount(
  (account, { params }, context) => {
    const { id } = params
    if (!isModeId(id)) return fail('unknown', `There is no failure mode "${id}".`)
    const mode = modes[id]
    const host = `${id}.modes.${account.zones[0]?.name ?? ''}`
    const alike = (Object.keys(modes) as ModeId[]).filter(
      (other) => other !== id && modes[other].alike === mode.alike,
    )
    const body = html`<h1>${mode.title}</h1>
<p class="soft"><code>${id}</code> · looks like: ${appearances[mode.alike]}</p>
<div id="state" data-live><p>${account.modes.has(id) ? html`<b class="turn">Set</b>` : 'Not set'} ${toggle(id, account)}</p></div>
<h2>Cause</h2><p>${mode.cause}</p>
<h2>What to expect</h2>
<p>The request: <code>${requestInWords(mode.request, host)}</code></p>
<p>The answer, in profile ${context.profile}: ${answerInWords(mode.answer[context.profile])}</p>
<h2>How to tell</h2><p>${mode.tell}</p>
<h2>Fix</h2><p>${mode.fix}</p>
${alike.length === 0 ? undefined : html`<h2>Looks the same from outside</h2><ul>${alike.map((other) => html`<li><a href="${linkTo(`/failure-modes/${other}`, { account: account.id })}">${modes[other].title}</a></li>`)}</ul>`}`
    return page({ title: mode.title, body, place: '/failure-modes', account }, context)
  },
)

function requestInWords(
  { method = 'GET', path = '/', to = 'application', credentials = 'none' }: RequestRecipe,
  host: string,
): string {
  const where = to === 'application' ? `https://${host}` : `the ${to}: `
  const sent = credentials === 'none' ? '' : `, with ${credentialKinds[credentials]}`
  return `${method} ${where}${path}${sent}`
}

function answerInWords({
  status,
  absent,
  headers = {},
  body,
  note,
  evidence,
}: ExpectedAnswer): Html {
  const shown = Object.entries(headers).map(([name, value]) =>
    value === false ? `no ${name}` : value === true ? name : `${name}: ${value}…`,
  )
  const said = body === undefined ? '' : body.kind === 'empty' ? 'an empty body' : bodyInWords(body)
  const parts = [...shown, said, note ?? ''].filter((part) => part !== '')
  return html`<b>${status ?? 'the connection is cut'}</b>${parts.length === 0 ? undefined : html` · <code>${parts.join(' · ')}</code>`} <span class="soft">(${evidence})</span>${absent === undefined ? undefined : html`<br>The mode cannot occur in this profile: ${absent}.`}`
}

function bodyInWords(
  body: Exclude<NonNullable<ExpectedAnswer['body']>, { kind: 'empty' }>,
): string {
  switch (body.kind) {
    case 'api_error':
      return `error ${body.code}${body.says === undefined ? '' : `, ${body.says}`}`
    case 'json':
      return `JSON with ${JSON.stringify(body.has)}`
    default:
      return `the body says "${body.says}"`
  }
}
