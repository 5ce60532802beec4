/** The page that tries a request: what Access would decide, without sending it. */
import type { Explanation } from '../../../contracts/control/shapes.ts'
import type { PersonInput } from '../../../contracts/edge/person.ts'
import type { Account } from '../../account/account.ts'
import { type Html, html } from '../../http/html.ts'
import { type ControlContext, type ControlHandler, onAccount } from '../context.ts'
import { explain } from '../explain.ts'
import { call } from './call.ts'
import { decision } from './decision.ts'
import { accountsOf, page } from './layout.ts'
import { field, linkTo, option } from './parts.ts'

type TryQuery = Parameters<ControlHandler<'tryPage'>>[0]['query']

export const tryPage: ControlHandler<'tryPage'> = onAccount(async (account, { query }, context) => {
  const said = query.url ? await decided(query.url, query, account, context) : undefined
  const body = html`<h1>Try a request</h1>
<p>What Access decides about it, without sending it: no origin is asked, and the list of requests stays as it is.</p>
${accountsOf('/try', account, context)}
${form(query, account)}
${said}`
  return page({ title: 'Try a request', body, place: '/try', account }, context)
})

const nothingElse = { params: {}, extra: {}, reset: new Set<string>(), method: 'POST' } as const

async function decided(
  url: string,
  query: TryQuery,
  account: Account,
  context: ControlContext,
): Promise<Html> {
  const whole = /^https?:\/\//i.test(url) ? url : `https://${url}`
  if (!URL.canParse(whole))
    return alert('This is not a URL: give a host, and a path if it matters.')
  const tried = asCall(whole, query, account)
  const call = { ...nothingElse, query: { account: account.id }, body: tried }
  const answer = await explain(call, context)
  if (typeof answer === 'function' || !('result' in answer)) return alert('The path is not valid.')
  return verdictOn(answer.result, tried, account)
}

function alert(text: string): Html {
  return html`<p class="bad" role="alert">${text}</p>`
}

interface Tried {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Record<string, string>
  }
  readonly identity?: PersonInput
}

/** The form as the body of `POST /__access/explain`. */
function asCall(url: string, query: TryQuery, account: Account): Tried {
  const { method, service_token, email, groups, country, ip, certificate } = query
  const token = account.state.tables.service_tokens.get(service_token ?? '')
  const headers = {
    ...(token && {
      'CF-Access-Client-Id': token.client_id,
      'CF-Access-Client-Secret': token.client_secret,
    }),
    ...(service_token === 'wrong' && wrongPair),
    ...(ip && { 'access-emulator-client-ip': ip }),
    ...(country && { 'access-emulator-country': country }),
    ...(certificate && { 'access-emulator-certificate-common-name': certificate }),
  }
  const list =
    groups
      ?.split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '') ?? []
  const identity = email
    ? { email, ...(list.length > 0 && { groups: list }), ...(country && { country }) }
    : undefined
  const request = { method: method || 'GET', url, headers }
  return identity === undefined ? { request } : { request, identity }
}

const wrongPair = {
  'CF-Access-Client-Id': '00000000000000000000000000000000.access',
  'CF-Access-Client-Secret': '0'.repeat(64),
}

function form(query: TryQuery, account: Account): Html {
  const tokens = account.state.tables.service_tokens.all()
  const { method, service_token } = query
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
  const input = (name: keyof TryQuery & string, kind = 'text') =>
    html`<input name="${name}" type="${kind}" value="${query[name] ?? ''}">`
  const credentials = html`<select name="service_token">${[
    option('', 'none', service_token),
    ...tokens.map(({ id, name }) => option(id, name, service_token)),
    option('wrong', 'one that does not exist', service_token),
  ]}</select>`
  return html`<form class="card" method="get" action="${linkTo('/try')}"><input type="hidden" name="account" value="${account.id}">
<div class="grid">
${field('URL', html`<input name="url" required value="${query.url ?? ''}">`, 'host and path')}
${field('Method', html`<select name="method">${methods.map((each) => option(each, each, method ?? 'GET'))}</select>`)}
${field('Service token', credentials)}
${field('Signed in as', input('email', 'email'), 'email')}
${field('Groups', input('groups'), 'of the person, by commas')}
${field('Country', input('country'), 'two letters')}
${field('Address', input('ip'), 'IP')}
${field('Client certificate', input('certificate'), 'common name')}
</div>
<p><button>Decide</button></p></form>`
}

function carriedBy({ request, identity }: Tried, account: Account): string {
  const { headers, method, url } = request
  const id = headers['CF-Access-Client-Id']
  const [token] = id === undefined ? [] : account.state.tables.service_tokens.by('client_id', id)
  const pair =
    token === undefined ? 'a service token that does not exist' : `service token "${token.name}"`
  const parts = [
    `${method} ${url}`,
    id === undefined ? '' : pair,
    identity === undefined ? '' : `signed in as ${identity.email}`,
    id === undefined && identity === undefined ? 'no credentials' : '',
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

function verdictOn(explained: Explanation, tried: Tried, account: Account): Html {
  const { application, would_pass_if, why } = explained
  const of =
    application === null
      ? undefined
      : html`<p>Application <a href="${linkTo('/applications', { account: account.id })}#${application.id}">${application.name}</a></p>`
  const { identity } = tried
  const signIn =
    identity === undefined || application === null
      ? undefined
      : html`<p>${call({ operation: 'createSession', query: { account: account.id }, body: { ...identity, application: application.id } }, `Sign ${identity.email} in`)} <span class="soft">and get the cookie for a test</span></p>`
  return html`<section id="verdict"><h2>${why}</h2>
${of}
${decision(explained, { carried: carriedBy(tried, account), account })}
${would_pass_if.length === 0 ? undefined : html`<h3>It would pass if</h3><ul>${would_pass_if.map((way) => html`<li>${way}</li>`)}</ul>`}
${signIn}</section>`
}
