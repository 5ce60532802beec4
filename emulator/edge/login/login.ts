/** `/cdn-cgi/access/login/{hostname}` of the team domain: a signed-in person goes on or is refused, the others choose how to sign in. */
import type { edge } from '../../../contracts/edge/endpoints.ts'
import { loginLifetimeMs, returnPath } from '../../access/login.ts'
import { appSessionOfMeta } from '../../access/tokens.ts'
import type {
  ApplicationRow,
  Change,
  IdentityProviderRow,
  LoginOrigin,
} from '../../account/account.ts'
import { hex } from '../../world/ids.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { loginSessionCookie } from '../cookies.ts'
import { type OwnPage, pageOf } from '../custom-page.ts'
import { applicationUnknown } from '../unknown.ts'
import { type CompletedLogin, completeLogin, sessionFor } from './complete-login.ts'
import { designOf } from './design.ts'
import {
  applicationFor,
  beginLogin,
  browserOf,
  controlOf,
  destinationOf,
  flowPage,
  loginAddress,
  loginPolicy,
  providersOf,
  redirect,
} from './flow.ts'
import { loginPage, nothingTyped, standInPage, waysToSignIn } from './pages.ts'
import { refusal } from './refusal.ts'

type LoginAnswer = PathAnswer<typeof edge.login>

interface LoginRequest {
  readonly application: ApplicationRow
  readonly hostname: string
  readonly path: string
  /** What `meta` says of it; undefined without one. */
  readonly origin: LoginOrigin | undefined
}

export async function login(context: EdgeContext, given: string): Promise<LoginAnswer> {
  const { account, world, edgeRequest, place } = context
  const hostname = given.toLowerCase()
  const parameters = new URLSearchParams(edgeRequest.query)
  const kid = parameters.get('kid')
  const application = place === 'team' ? applicationFor(context, hostname, kid) : undefined
  const facts = () => ({ host: hostname, aud: kid ?? '', application: application?.id })
  const hidden = await account.faults.at('login.application', facts, world.now(), ['unseen'])
  if (application === undefined || hidden !== undefined) {
    return { reply: applicationUnknown(context), acted: hidden?.fault }
  }
  const meta = parameters.get('meta')
  const { aud } = application
  const asked = {
    application,
    hostname,
    path: returnPath(hostname, parameters.get('redirect_url')),
    origin: meta === null ? undefined : await originOf(context, meta, { aud, hostname }),
  }
  const renewal = await renew(context, asked)
  if (renewal?.location !== undefined) {
    const { location, evaluation, acted, changes = [] } = renewal
    return { reply: redirect(location), evaluation, acted, changes: [...changes] }
  }
  const begun = beginFlow(context, asked)
  const { browser, changes } = begun
  const expires = Math.floor((context.nowMs + loginLifetimeMs) / 1000)
  const headers = {
    'set-cookie': loginSessionCookie(browser, expires),
    ...loginPolicy(designOf(account), account.behaviour('login.fragment') !== 'dropped'),
  }
  const evaluation = renewal?.evaluation
  const wanted = providersOf(context, application).find(({ id }) => id === parameters.get('idp'))
  // Whoever names a provider may be about to sign in as someone else.
  if (evaluation !== undefined && wanted === undefined && hearsRefusal(context)) {
    const { pin, others } = listed(asked, providersOf(context, application))
    const refused = { application, onwards: waysToSignIn(pin, others), headers }
    const reply = await refusal(context, refused, evaluation.verdict)
    return { reply, evaluation, changes: [...changes] }
  }
  const page = await choose(context, asked, wanted, begun)
  const reply = flowPage(200, page.html, {
    'cf-access-aud': application.aud,
    'cf-access-domain': application.domain ?? '',
    ...headers,
    ...page.headers,
  })
  return { reply, evaluation, changes: [...changes, ...page.changes] }
}

/**
 * Whether a signed-in person whom the policies do not admit is refused at once (sign-in-refused-session). Our page lists the
 * ways to sign in as someone else, as Cloudflare's does (sign-in-refused-reload): a link to the login would lead back here.
 */
function hearsRefusal({ account }: EdgeContext): boolean {
  return account.behaviour('login.refused_session') === 'refusal'
}

/** A browser that logs in, and what its next step has to know. */
interface LoginBegun {
  /** Its `CF_Session`. */
  readonly browser: string
  readonly origin: LoginOrigin | undefined
  readonly changes: readonly Change[]
}

function beginFlow(
  { account, world, edgeRequest }: EdgeContext,
  { hostname, origin }: LoginRequest,
): LoginBegun {
  const browser =
    browserOf(edgeRequest) ?? hex(world.bytes(8, 'login_session', account.id, edgeRequest.ray))
  if (origin === undefined) {
    return { browser, origin: account.logins.origin(browser, hostname), changes: [] }
  }
  return { browser, origin, changes: account.logins.putOrigin(browser, hostname, origin) }
}

async function originOf(
  { account }: EdgeContext,
  meta: string,
  login: { readonly aud: string; readonly hostname: string },
): Promise<LoginOrigin> {
  const counted = await account.logins.certificate(meta, login)
  return { app_session: appSessionOfMeta(meta), ...counted }
}

/** Skips the login page for a global session whose person the policies admit (sign-in-global-session). */
async function renew(
  context: EdgeContext,
  { application, hostname, path, origin: sent }: LoginRequest,
): Promise<CompletedLogin | undefined> {
  const session = await sessionFor(context, application)
  if (session === undefined) return undefined
  const browser = browserOf(context.edgeRequest)
  const kept = browser === undefined ? undefined : context.account.logins.origin(browser, hostname)
  return completeLogin(context, {
    ...{ ...session, application, hostname, path, ...(sent ?? kept) },
  })
}

/**
 * The list of providers, on the account's own page where the application has selected one, or the form of the provider that
 * is already chosen.
 */
async function choose(
  context: EdgeContext,
  asked: LoginRequest,
  wanted: IdentityProviderRow | undefined,
  begun: LoginBegun,
): Promise<OwnPage & { readonly changes: readonly Change[] }> {
  const { account, nowMs } = context
  const { application, hostname } = asked
  const offered = providersOf(context, application)
  const chosen = wanted ?? (skipsList(context, asked) ? offered[0] : undefined)
  if (chosen !== undefined && chosen.type !== 'onetimepin') {
    return { ...standIn(context, asked, chosen, begun), headers: {} }
  }
  const { pin, others } = listed(asked, chosen === undefined ? offered : [chosen])
  const selected = account.customPage(application, 'login')
  const keepsIt = account.behaviour('login.fragment') !== 'dropped'
  const own =
    selected && (await pageOf(selected, nowMs, controlOf(waysToSignIn(pin, others), keepsIt)))
  const destination = destinationOf(context, application, hostname)
  return { ...(own ?? { html: loginPage(destination, pin, others), headers: {} }), changes: [] }
}

/** How people sign in with these providers: by a form for the One-time PIN, by links for the others. */
function listed(asked: LoginRequest, providers: readonly IdentityProviderRow[]) {
  const pin = providers.find(({ type }) => type === 'onetimepin')
  const here = loginAddress(asked.application, asked.hostname, asked.path)
  const others = providers
    .filter(({ type }) => type !== 'onetimepin')
    .map(({ id, name }) => ({ name, href: `${here}&idp=${id}` }))
  return { pin: pin === undefined ? undefined : pinForm(asked, pin), others }
}

/** Whether `auto_redirect_to_identity` applies: only if the application allows exactly one provider (sign-in-auto-redirect). */
function skipsList(context: EdgeContext, { application }: LoginRequest): boolean {
  const skips =
    application.auto_redirect_to_identity ||
    context.account.organization()?.auto_redirect_to_identity
  return skips === true && providersOf(context, application).length === 1
}

/** The recorded form fields (sign-in-request-pin). */
function pinForm({ application, hostname, path }: LoginRequest, { id, type }: IdentityProviderRow) {
  return {
    action: `/cdn-cgi/access/verify-code/${hostname}?kid=${application.aud}`,
    fields: { client_id: '', connector_id: id, connector_type: type, redirect_url: path },
  }
}

/** Begins a login with a provider. Its page is the emulator's stand-in. */
function standIn(
  context: EdgeContext,
  { application, hostname, path }: LoginRequest,
  provider: IdentityProviderRow,
  { browser, origin }: LoginBegun,
) {
  const begun = { application, hostname, path, provider, browser, origin }
  const { nonce, changes } = beginLogin(context, begun)
  const destination = destinationOf(context, application, hostname)
  return { html: standInPage(destination, provider, nonce, nothingTyped, undefined), changes }
}
