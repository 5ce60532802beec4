/** The page of credentials to copy: service tokens, API tokens and ids. A secret is in the page only if it was asked for. */
import { shownApiToken } from '../../account/api-tokens.ts'
import { teamOf } from '../../account/organization.ts'
import { type Html, html } from '../../http/html.ts'
import { type ControlHandler, onAccount } from '../context.ts'
import { knownOf } from '../known.ts'
import { accountsOf, page } from './layout.ts'
import { copyable, linkTo, table } from './parts.ts'

export const credentialsPage: ControlHandler<'credentialsPage'> = onAccount(
  (account, { query }, context) => {
    const { show } = query
    const { service_tokens, api_tokens } = account.state.tables
    const states = new Map(
      knownOf(account, context.nowMs).serviceTokens.map(({ id, state }) => [id, state]),
    )
    const secret = (id: string, name: string, value: string): Html =>
      show === id
        ? html`${copyable(value)} <a href="${linkTo('/credentials', { account: account.id })}">Hide</a>`
        : html`<a href="${linkTo('/credentials', { account: account.id, show: id })}#${id}" aria-label="Show the secret of ${name}">Show</a>`
    const tokens = service_tokens
      .all()
      .map(
        ({ id, name, client_id, client_secret }) =>
          html`<tr id="${id}"><td data-name="Name"><b>${name}</b> <span class="soft">${states.get(id)}</span></td><td data-name="Client ID">${copyable(client_id)}</td><td data-name="Client Secret">${secret(id, name, client_secret)}</td></tr>`,
      )
    const limited = api_tokens.all().map((row) => {
      const { id, name, kind, status } = shownApiToken(row, context.nowMs)
      return html`<li><b>${name}</b> <span class="soft">${kind}, ${status}</span> <code>${id}</code></li>`
    })
    const values = html`
<tr><td>Account ID</td><td>${copyable(account.id)}</td></tr>
${account.zones.map(({ id, name }) => html`<tr><td>Zone ${name}</td><td>${copyable(id)}</td></tr>`)}
<tr><td>Team domain</td><td>${copyable(teamOf(account) ?? '')}</td></tr>
<tr id="api-token"><td>API token that may do everything</td><td>${secret('api-token', 'the API token', account.api_token)}</td></tr>`
    const body = html`<h1>Credentials</h1>
<p>They are worth nothing outside this emulator. A secret is in this page only after you ask for it.</p>
${accountsOf('/credentials', account, context)}
<h2>Service tokens</h2>
${tokens.length === 0 ? html`<p>None.</p>` : table(['Name', 'Client ID', 'Client Secret'], tokens, 'narrow')}
<h2>For programs</h2>
${table(['What', 'Value'], values, 'narrow')}
${limited.length === 0 ? undefined : html`<h2>API tokens with permissions</h2><p class="soft">Their values were shown when they were made.</p><ul>${limited}</ul>`}`
    return page({ title: 'Credentials', body, place: '/credentials', account }, context)
  },
)
