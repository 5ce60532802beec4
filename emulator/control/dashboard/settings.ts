/** The page of the clock and of the behaviours: those that differ from the profile first. */
import type { Account } from '../../account/account.ts'
import { holdingOf, limitOf, quantities } from '../../account/quota.ts'
import { type Html, html } from '../../http/html.ts'
import { behaviourRows } from '../behaviours.ts'
import { type ControlHandler, onAccount } from '../context.ts'
import { call } from './call.ts'
import { accountsOf, page } from './layout.ts'
import { field, table } from './parts.ts'

type BehaviourRow = ReturnType<typeof behaviourRows>[number]

export const settingsPage: ControlHandler<'settingsPage'> = onAccount(
  (account, { query }, context) => {
    const rows = behaviourRows(account, context)
    const differing = rows.filter(({ value, default: usual }) => value !== usual)
    const { now, mode } = context.world.clock.state()
    const time = new Date(now).toISOString()
    const at = html`${field('Freeze at', html`<input name="at" required value="${time.replace(/\.\d+Z$/, 'Z')}" size="22">`)}`
    const body = html`<h1>Clock and behaviours</h1>
<h2>Clock</h2>
<p id="clock" data-live>${time} <b>${mode}</b></p>
<p>${call({ operation: 'setClock', body: { advance: 3600 } }, 'Advance 1 hour')}${call({ operation: 'setClock', body: { advance: 86_400 } }, 'Advance 1 day')}${call({ operation: 'setClock', body: { real: true } }, 'Real time')}${call({ operation: 'setClock' }, 'Freeze', { fields: at })}</p>
<h2>Behaviours</h2>
<p>A profile is a table of behaviours. This one is <b>${context.profile}</b>; each behaviour can be overridden.</p>
${accountsOf('/settings', account, context)}
<div id="differing" data-live>
<h3>That differ from the profile</h3>
${differing.length === 0 ? html`<p>None.</p>` : behaviourTable(differing, account)}</div>
<details><summary>All behaviours</summary>${behaviourTable(rows, account)}</details>
${heldBy(account)}<h2>Start over</h2>
<details><summary>Objects, behaviours, failure modes, requests and the clock return to what they were at the start</summary>${call({ operation: 'reset', query: { account: query.account } }, 'Reset to the seed')}</details>`
    return page({ title: 'Clock and behaviours', body, place: '/settings', account }, context)
  },
)

/** What an account that was made with terms holds, and may hold. */
function heldBy(account: Account): Html | undefined {
  if (account.lease === undefined) return undefined
  const held = holdingOf(account)
  const [objects, bytes] = quantities.map((of) => {
    const most = limitOf(account.lease, of)
    return html`<b>${held[of]}</b> ${most === null ? of : `of at most ${most} ${of}`}`
  })
  return html`<h2>Quota</h2>
<p id="quota" data-live>This account holds ${objects} and ${bytes}.</p>
`
}

function behaviourTable(rows: readonly BehaviourRow[], account: Account): Html {
  const body = rows.map((row) => {
    const { name, value, default: usual, evidence, about } = row
    return html`<tr><td><code>${name}</code><br><span class="soft">${about}</span></td><td data-name="Value"><b>${`${value}`}</b>${value === usual ? undefined : html` <span class="soft">profile: ${`${usual}`}</span>`}</td><td data-name="Evidence">${evidence}</td><td>${change(row, account)}</td></tr>`
  })
  return table(['Behaviour', 'Value', 'Evidence', 'Action'], body, 'narrow')
}

function change({ name, value, default: usual, values }: BehaviourRow, account: Account): Html {
  const about = { operation: 'setBehaviours', query: { account: account.id } } as const
  if (value !== usual)
    return call({ ...about, body: { [name]: null } }, 'As in the profile', { about: name })
  const others = values.filter((each) => each !== value)
  const options = others.map(
    (each) => html`<option value="${JSON.stringify(each)}">${`${each}`}</option>`,
  )
  const choice = html`<select name="${name}" data-json aria-label="New value of ${name}">${options}</select>`
  return others.length === 0 ? html`` : call(about, 'Set', { fields: choice, about: name })
}
