/** Shared by the steps of a browser login: recognising the browser, refusing a step, returning to the application. */
import { createHash } from 'node:crypto'
import { cookieNames } from '../../../contracts/edge/endpoints.ts'
import type { AnswerReason } from '../../../contracts/errors/errors.ts'
import { cookieValues } from '../../../contracts/http/cookies.ts'
import { isHostName, offeredProviders, pinFrom } from '../../access/login.ts'
import { managedOauthOf } from '../../access/oauth.ts'
import type {
  Account,
  ApplicationRow,
  Change,
  IdentityProviderRow,
  LoginOrigin,
  LoginRow,
  RequestFacts,
} from '../../account/account.ts'
import { Html, html } from '../../http/html.ts'
import { because, type HeaderValue, type Reply } from '../../http/reply.ts'
import { hex } from '../../world/ids.ts'
import type { EdgeContext } from '../context.ts'
import { type PageControl, templatePolicy } from '../custom-page.ts'
import type { EdgeRequest } from '../request.ts'
import { htmlReply } from '../unknown.ts'
import { keepsFragment } from './card.ts'
import { designOf, type LoginDesign } from './design.ts'
import { type LoginDestination, messagePage } from './pages.ts'

const scriptless =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

/**
 * The policy of a page that loads nothing but images of these origins, must not be framed, and runs only these scripts.
 * @param scripts undefined if it runs none
 */
export function contentPolicy(scripts?: readonly string[], origins: readonly string[] = []) {
  const parts = [
    scriptless,
    ...(scripts === undefined ? [] : [`script-src ${scripts.map(hashOf).join(' ')}`]),
    ...(origins.length === 0 ? [] : [`img-src ${[...new Set(origins)].join(' ')}`]),
  ]
  return { 'content-security-policy': parts.join('; ') }
}

/** A script as `script-src` names it. */
function hashOf(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`
}

/** A control of Access for a template of the account; it carries the URL's fragment on, as our own pages do. */
export function controlOf(content: readonly Html[], keepsIt: boolean): PageControl {
  const script = keepsIt ? html`\n<script>${new Html(keepsFragment)}</script>` : undefined
  const policy = templatePolicy(keepsIt ? hashOf(keepsFragment) : undefined)
  return { control: html`${content}${script}`.text, policy }
}

/** Login pages contain a nonce and perhaps a PIN. */
const guarded = { 'cache-control': 'no-store', ...contentPolicy([keepsFragment]) } as const

/** The policy of a login page with the organization's logo; the first page of a login that drops the fragment has no script. */
export function loginPolicy(design: LoginDesign | undefined, hasScript: boolean) {
  const logo = design?.logo
  return contentPolicy(hasScript ? [keepsFragment] : undefined, logo && [logo.origin])
}

export function flowPage(
  status: number,
  body: string,
  headers: Readonly<Record<string, HeaderValue>> = {},
  design?: LoginDesign,
): Reply {
  const reply = htmlReply(status, body)
  const policy = design === undefined ? {} : loginPolicy(design, true)
  return { ...reply, headers: { ...reply.headers, ...guarded, ...policy, ...headers } }
}

export function redirect(
  location: string,
  headers: Readonly<Record<string, HeaderValue>> = {},
): Reply {
  return { status: 302, headers: { location, 'cache-control': 'no-store', ...headers }, body: '' }
}

/** Cloudflare's texts for a step that fails (sign-in-session-errors, sign-in-error-texts). */
const problems = {
  login_session_invalid: 'Invalid session. Please try logging in again',
  login_nonce_invalid: 'Invalid nonce. Please try logging in again.',
  login_login_invalid: 'Invalid login session.',
} as const satisfies { readonly [R in AnswerReason]?: string }

export function loginError({ account }: EdgeContext, reason: keyof typeof problems): Reply {
  const text = 'Please try going to the URL of your application again.'
  const page = flowPage(
    account.behaviour('login.error_status'),
    messagePage(problems[reason], text),
  )
  return because(page, reason, problems[reason])
}

/** The browser's `CF_Session`. */
export function browserOf({ headers }: Pick<EdgeRequest, 'headers'>): string | undefined {
  const sent = cookieValues(headers('cookie'), cookieNames.loginSession)
  return sent.find((value) => /^[0-9a-f]{16}$/.test(value))
}

/** Whether a page of another origin submitted the form. */
export function isForeignForm({ headers, host }: EdgeRequest): boolean {
  const [site] = headers('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const [origin] = headers('origin')
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).hostname !== host)
}

/** The application given by `kid` or the host. It must be on that host: a browser is never sent to any other. */
export function applicationFor(
  { account }: EdgeContext,
  hostname: string,
  kid: string | null,
): ApplicationRow | undefined {
  if (!isHostName(hostname)) return undefined
  if (hostname === account.team()) return applicationAtTeam(account, kid)
  if (kid === null) return account.applications.at(hostname, '/')
  const named = account.applications.withAud(kid)
  const onHost = account.applications.on(hostname)
  return onHost.some(({ application }) => application.id === named?.id) ? named : undefined
}

/**
 * One that people sign in to at the team domain itself: the App Launcher, or one whose program asked them to, so that its
 * host is not where they go back to (sign-in-oauth-login).
 */
function applicationAtTeam(account: Account, kid: string | null): ApplicationRow | undefined {
  const named = kid === null ? undefined : account.applications.withAud(kid)
  if (named === undefined) return undefined
  const isAtTeam = named.type === 'saas' || named.type === 'app_launcher'
  return isAtTeam || managedOauthOf(named) !== undefined ? named : undefined
}

/** The identity providers that an application allows. */
export function providersOf(
  { account }: EdgeContext,
  { allowed_idps }: ApplicationRow,
): readonly IdentityProviderRow[] {
  return offeredProviders(account.providers.all(), allowed_idps)
}

/** What the pages name: the application's own host, also where people sign in at the team domain. */
export function destinationOf(
  { account }: Pick<EdgeContext, 'account'>,
  { name, domain }: ApplicationRow,
  hostname: string,
): LoginDestination {
  const isAtTeam = hostname === account.team()
  const design = designOf(account)
  return { name: name ?? '', hostname: isAtTeam ? (domain ?? hostname) : hostname, design }
}

/** The URL of the login page for a path on an application's host. */
export function loginAddress(application: ApplicationRow, hostname: string, path: string): string {
  const redirectUrl = encodeURIComponent(path)
  return `/cdn-cgi/access/login/${hostname}?kid=${application.aud}&redirect_url=${redirectUrl}`
}

/** The request for which policies are evaluated at sign-in: the requested URL and the client's location, no credentials. */
export function askingOf(
  { ip, country, certificate }: Pick<EdgeRequest, 'ip' | 'country' | 'certificate'>,
  hostname: string,
  path: string,
): RequestFacts {
  return {
    host: hostname,
    path,
    method: 'GET',
    headers: () => [],
    ip,
    country,
    ...(certificate === undefined ? {} : { certificate }),
  }
}

/** Starts a login with a provider. `nonce` is that by which the next step finds it. */
export function beginLogin(
  { account, world, edgeRequest, nowMs }: EdgeContext,
  begun: Pick<LoginRow, 'browser' | 'hostname' | 'path' | 'email'> & {
    readonly application: ApplicationRow
    readonly provider: IdentityProviderRow
    readonly origin: LoginOrigin | undefined
    /** Whether a One-time PIN would be mailed. */
    readonly isMailed?: boolean
  },
): { readonly nonce: string; readonly changes: readonly Change[] } {
  const { application, provider, origin, isMailed = false, ...known } = begun
  const nonce = hex(world.bytes(16, 'login_nonce', account.id, edgeRequest.ray))
  const changes = account.logins.put({
    id: nonce,
    ...known,
    application_id: application.id,
    identity_provider_id: provider.id,
    began_at: nowMs,
    ...(isMailed ? { pin: pinFrom(world.bytes(4, 'pin', nonce)) } : {}),
    is_used: false,
    ...origin,
  })
  return { nonce, changes }
}
