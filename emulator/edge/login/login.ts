/** `/cdn-cgi/access/login/{hostname}` of the team domain: who is signed in already goes on, the others choose how to sign in. */
import type { edge } from '../../../contracts/edge/endpoints.ts'
import { loginLifetimeMs, returnPath } from '../../access/login.ts'
import { appSessionOfMeta } from '../../access/tokens.ts'
import { certificateOfMeta } from '../../account/login-certificate.ts'
import type { LoginOrigin } from '../../account/logins.ts'
import { organizationOf } from '../../account/organization.ts'
import type { Answer } from '../../http/handler.ts'
import { hex } from '../../ids.ts'
import type { ApplicationRow, IdentityProviderRow } from '../../state/rows.ts'
import type { Change } from '../../state/state.ts'
import type { EdgeContext } from '../context.ts'
import { loginSessionCookie } from '../cookies.ts'
import { applicationUnknown } from '../unknown.ts'
import { type CompletedLogin, completeLogin, sessionFor } from './complete-login.ts'
import { designOf } from './design.ts'
import {
  applicationFor,
  beginLogin,
  browserOf,
  destinationOf,
  flowPage,
  loginAddress,
  loginPolicy,
  providersOf,
  redirect,
} from './flow.ts'
import { loginPage, nothingTyped, standInPage } from './pages.ts'

type LoginAnswer = Answer<typeof edge.login, Change[]>

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
  const hidden = account.faults.at('login.application', facts, world.now(), ['unseen'])
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
  const { html, browser } = choose(context, asked, parameters.get('idp'))
  const expires = Math.floor((context.nowMs + loginLifetimeMs) / 1000)
  const reply = flowPage(200, html, {
    'cf-access-aud': application.aud,
    'cf-access-domain': application.domain ?? '',
    'set-cookie': loginSessionCookie(browser, expires),
    ...loginPolicy(designOf(account), account.behaviour('login.fragment') !== 'dropped'),
  })
  return { reply, evaluation: renewal?.evaluation }
}

async function originOf(
  { account, world }: EdgeContext,
  meta: string,
  login: { readonly aud: string; readonly hostname: string },
): Promise<LoginOrigin> {
  const certificate = await certificateOfMeta(account, world, meta, login)
  return { appSession: appSessionOfMeta(meta), certificate }
}

/** Skips the login page for a global session whose person the policies admit (sign-in-global-session). */
async function renew(
  context: EdgeContext,
  { application, hostname, path, origin: sent }: LoginRequest,
): Promise<CompletedLogin | undefined> {
  const session = await sessionFor(context, application)
  if (session === undefined) return undefined
  const browser = browserOf(context.edgeRequest)
  const kept =
    browser === undefined ? undefined : context.account.logins.originOf(browser, hostname)
  const { appSession, certificate } = sent ?? kept ?? {}
  return completeLogin(context, {
    ...{ ...session, application, hostname, path, appSession, certificate },
  })
}

/** The list of providers, or the form of the one that is already chosen. */
function choose(context: EdgeContext, asked: LoginRequest, wanted: string | null) {
  const { world, edgeRequest, account } = context
  const { application, hostname } = asked
  const browser =
    browserOf(edgeRequest) ?? hex(world.bytes(8, 'login_session', account.id, edgeRequest.ray))
  if (asked.origin !== undefined) account.logins.cameFrom(browser, hostname, asked.origin)
  const offered = providersOf(context, application)
  const chosen =
    offered.find(({ id }) => id === wanted) ?? (skipsList(context, asked) ? offered[0] : undefined)
  if (chosen !== undefined && chosen.type !== 'onetimepin') {
    return { browser, html: standIn(context, asked, { provider: chosen, browser }) }
  }
  const shown = chosen === undefined ? offered : [chosen]
  const pin = shown.find(({ type }) => type === 'onetimepin')
  const here = loginAddress(application, hostname, asked.path)
  const others = shown
    .filter(({ type }) => type !== 'onetimepin')
    .map(({ id, name }) => ({ name, href: `${here}&idp=${id}` }))
  const form = pin === undefined ? undefined : pinForm(asked, pin)
  return { browser, html: loginPage(destinationOf(context, application, hostname), form, others) }
}

/** Whether `auto_redirect_to_identity` applies: only if the application allows exactly one provider (sign-in-auto-redirect). */
function skipsList(context: EdgeContext, { application }: LoginRequest): boolean {
  const skips =
    application.auto_redirect_to_identity ||
    organizationOf(context.account)?.auto_redirect_to_identity
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
  { provider, browser }: { readonly provider: IdentityProviderRow; readonly browser: string },
): string {
  const nonce = beginLogin(context, { application, hostname, path, provider, browser })
  const destination = destinationOf(context, application, hostname)
  return standInPage(destination, provider, nonce, nothingTyped, undefined)
}
