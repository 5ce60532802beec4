/** The page of applications: their policies in words, and who gets in right now. */
import type { Identity } from '../../access/subject.ts'
import type { Account } from '../../account/account.ts'
import { evaluate, rulebookOf } from '../../account/evaluate.ts'
import { identityOf } from '../../account/sign-in.ts'
import { type Html, html } from '../../http/html.ts'
import type { ApplicationRow } from '../../state/rows.ts'
import { hostsOf } from '../../state/state.ts'
import { type ControlContext, type ControlHandler, onAccount } from '../context.ts'
import { plainAsking } from '../sessions.ts'
import { decisionInWords } from './decision.ts'
import { accountsOf, page } from './layout.ts'
import { copyable, linkTo, searchFor, table, verdictOf } from './parts.ts'
import { namesIn, rulesInWords } from './rule-words.ts'

/** The most applications on one page, and the most people and service tokens that are tried for each. */
const most = { applications: 50, tried: 12 } as const

export const applicationsPage: ControlHandler<'applicationsPage'> = onAccount(
  async (account, { query }, context) => {
    const wanted = query.q?.toLowerCase() ?? ''
    const found = account.state.tables.applications
      .all()
      .filter((each) =>
        `${each.name} ${hostsOf(each).join(' ')} ${each.aud}`.toLowerCase().includes(wanted),
      )
    const shown = found.slice(0, most.applications)
    const cards = await Promise.all(shown.map((each) => card(each, query, account, context)))
    const body = html`<h1>Applications</h1>
${accountsOf('/applications', account, context)}
${searchFor('Name, domain or AUD tag', { path: '/applications', account: account.id, text: query.q })}
<div id="applications" data-live>${cards.length === 0 ? html`<p>No application${wanted === '' ? ' yet' : ' fits'}.</p>` : cards}
${found.length > shown.length ? html`<p class="soft">${found.length - shown.length} more: filter to see them.</p>` : undefined}</div>`
    return page({ title: 'Applications', body, place: '/applications', account }, context)
  },
)

async function card(
  application: ApplicationRow,
  { q, who }: { readonly q?: string | undefined; readonly who?: string | undefined },
  account: Account,
  context: ControlContext,
): Promise<Html> {
  const { id, name, type, aud, session_duration } = application
  const hosts = hostsOf(application)
  const { policies } = rulebookOf(account, application)
  const names = namesIn(account)
  const listed = policies.map(
    (policy) =>
      html`<li><b>${decisionInWords(policy.decision)}</b> ${rulesInWords(policy, names)} <span class="soft">(${policy.name})</span></li>`,
  )
  const [host] = hosts
  return html`<article class="card" id="${id}"><h2>${name === undefined || name === '' ? (host ?? id) : name} <span class="soft">${type}</span></h2>
<p>${hosts.length === 0 ? 'No host of its own' : html`<code>${hosts.join(', ')}</code>`} · session ${session_duration ?? '24h'} · AUD ${copyable(aud)}</p>
${listed.length === 0 ? html`<p>No policies: no one gets in.</p>` : html`<ol>${listed}</ol>`}
${who === id && host !== undefined ? await whoGetsIn(application, account, context) : undefined}
<p><a href="${linkTo('', { account: account.id, of: id })}">Its requests</a>${host === undefined ? undefined : html` · <a href="${linkTo('/applications', { account: account.id, q, who: id })}#${id}">Who gets in</a> · <a href="${linkTo('/try', { account: account.id, url: `https://${host.replaceAll('*', 'any')}/` })}">Try a request</a>`}</p></article>`
}

/** Decided for each, as a request from this machine. */
async function whoGetsIn(
  application: ApplicationRow,
  account: Account,
  { world }: ControlContext,
): Promise<Html> {
  const { service_tokens, users } = account.state.tables
  const asking = plainAsking(application, 'XX')
  const tokens = service_tokens.all().slice(0, most.tried)
  const people = users.all().slice(0, most.tried)
  const verdictFor = async (sent: Readonly<Record<string, string>>, identity?: Identity) => {
    const headers = (name: string) => [sent[name.toLowerCase()] ?? []].flat()
    const given = { ...asking, headers }
    const { verdict } = await evaluate(account, world, application, given, identity)
    return verdictOf(verdict.kind)
  }
  const rows = [
    html`<tr><td>No credentials</td><td>${await verdictFor({})}</td></tr>`,
    ...(await Promise.all(
      tokens.map(async ({ name, client_id, client_secret }) => {
        const headers = {
          'cf-access-client-id': client_id,
          'cf-access-client-secret': client_secret,
        }
        return html`<tr><td>Service token <b>${name}</b></td><td>${await verdictFor(headers)}</td></tr>`
      }),
    )),
    ...(await Promise.all(
      people.map(
        async (person) =>
          html`<tr><td><b>${person.email}</b>, signed in</td><td>${await verdictFor({}, identityOf(account, person))}</td></tr>`,
      ),
    )),
  ]
  return html`<h3>Who gets in</h3>${table(['With', 'Verdict'], rows)}`
}
