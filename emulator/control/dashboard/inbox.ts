/** The page of One-time PINs that the emulator would have mailed. */
import { html } from '../../http/html.ts'
import { type ControlHandler, onAccount } from '../context.ts'
import { pinsOf } from '../sessions.ts'
import { accountsOf, page } from './layout.ts'
import { copyable, linkTo, table } from './parts.ts'

export const inboxPage: ControlHandler<'inboxPage'> = onAccount((account, _call, context) => {
  const rows = [...pinsOf(account)].reverse().map(
    ({ email, pin, hostname, application, asked_at, expires_at, used }) =>
      html`<tr><td data-name="To">${email}</td><td data-name="Code">${pin === null ? html`<span class="soft">none: no policy admits this address, so Cloudflare would send no mail</span>` : copyable(pin)}</td>
<td data-name="For"><a href="${linkTo('/applications', { account: account.id })}#${application}">${hostname}</a></td><td data-name="State">${used ? 'used' : `until ${expires_at.slice(11, 19)}`} <span class="soft">asked for at ${asked_at.slice(11, 19)}</span></td></tr>`,
  )
  const none = html`<p>No One-time PIN was asked for yet. The login page of an application asks for one.</p>`
  const body = html`<h1>Inbox</h1>
<p>The emulator sends no mail. These are the login codes that Cloudflare would have sent.</p>
${accountsOf('/inbox', account, context)}
<div id="inbox" data-live>${rows.length === 0 ? none : table(['To', 'Code', 'For', 'State'], rows, 'narrow')}</div>`
  return page({ title: 'Inbox', body, place: '/inbox', account }, context)
})
