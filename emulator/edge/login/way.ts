/** Where a signed-in person goes: to the application, or back to the endpoint that a program sent them to. */
import { oauthPaths } from '../../../contracts/edge/oauth.ts'
import { ssoPrefix } from '../../../contracts/edge/oidc.ts'
import { encodeState } from '../../access/login.ts'
import type { Identity } from '../../access/subject.ts'
import type { Evaluation } from '../../account/evaluation.ts'
import { globalSessionOf } from '../../account/global-session.ts'
import type { Issued } from '../../account/issue.ts'
import { teamOf } from '../../account/organization.ts'
import { admit, identityOf, judge } from '../../account/sign-in.ts'
import type { JournalNotes } from '../../http/handler.ts'
import type { Reply } from '../../http/reply.ts'
import { hex } from '../../ids.ts'
import type { ApplicationRow, UserRow } from '../../state/rows.ts'
import type { Change } from '../../state/state.ts'
import type { EdgeContext } from '../context.ts'
import { askingOf, loginAddress, providersOf, redirect } from './flow.ts'

/** Endpoints of the team domain that a login may return to. */
const programPath = new RegExp(
  `^(${oauthPaths.authorization}|${ssoPrefix}oidc/[\\w-]+/authorization)([?]|$)`,
)

/** A signed-in person on their way to an application. */
interface Traveller {
  readonly application: ApplicationRow
  readonly hostname: string
  readonly path: string
  readonly appSession: string | undefined
  readonly user: UserRow
  readonly identity: Identity
}

export interface Way extends Pick<JournalNotes, 'acted'> {
  readonly evaluation: Evaluation
  /** Undefined if the policies do not admit the person. */
  readonly location?: string
  readonly changes?: readonly Change[]
}

/** Evaluates the policies for a person. Returns where they go if they are admitted. */
export async function wayOf(context: EdgeContext, traveller: Traveller): Promise<Way> {
  const { account, world, edgeRequest } = context
  const { application, hostname, path, user, identity } = traveller
  const asked = {
    asking: askingOf(edgeRequest, hostname, path),
    user,
    identity,
    country: edgeRequest.country,
  }
  if (hostname === teamOf(account)) {
    const evaluation = judge(account, application, asked)
    const isTold = application.type === 'saas' && account.behaviour('oidc.denied') !== 'page'
    if (evaluation.verdict.kind !== 'pass' && !isTold) return { evaluation }
    return { evaluation, location: `https://${hostname}${programPath.test(path) ? path : '/'}` }
  }
  const { evaluation, issued } = await admit(account, world, application, asked)
  if (issued === undefined) return { evaluation }
  const location = toApplication(context, traveller, issued)
  return { evaluation, location, acted: issued.acted, changes: issued.changes }
}

/** How long a token waits for its browser (assumed). */
const waitsMs = 5 * 60_000

/** The URL on the application's host where the browser picks up its token. */
function toApplication(
  { account, world, edgeRequest, nowMs }: EdgeContext,
  { application, hostname, path, appSession }: Traveller,
  { token, exp }: Issued,
): string {
  const nonce = hex(world.bytes(16, 'authorized_nonce', account.id, edgeRequest.ray))
  const state = encodeState({
    hostname,
    redirectURL: path,
    isSSO: false,
    authDomain: teamOf(account) ?? '',
  })
  account.logins.wait({
    nonce,
    application: application.id,
    hostname,
    path,
    state,
    token,
    exp,
    endsMs: nowMs + waitsMs,
    appSession,
  })
  return `https://${hostname}/cdn-cgi/access/authorized?nonce=${nonce}&state=${encodeURIComponent(state)}`
}

/** The browser's global session, if the application allows its identity provider. */
export async function sessionFor(
  context: EdgeContext,
  application: ApplicationRow,
): Promise<Pick<Traveller, 'user' | 'identity'> | undefined> {
  const { account, world, edgeRequest } = context
  const session = await globalSessionOf(account, world, edgeRequest.headers)
  if (session === undefined) return undefined
  const { user, identity = identityOf(user, account) } = session
  const provider = identity.idp?.id
  const isAllowed =
    provider === undefined || providersOf(context, application).some(({ id }) => id === provider)
  return isAllowed ? { user, identity } : undefined
}

/** A redirect to the login page, which then returns to this request (sign-in-oauth-login). */
function loginForProgram(
  { account, edgeRequest }: EdgeContext,
  application: ApplicationRow,
): Reply {
  const path = edgeRequest.path + edgeRequest.query
  return redirect(loginAddress(application, teamOf(account) ?? '', path))
}

/** Somebody who is signed in, and what the policies say of them. */
interface SignedIn extends Pick<Traveller, 'user' | 'identity'> {
  readonly evaluation: Evaluation
}

/**
 * Who asks the authorization endpoint for an application: somebody whom the policies judged, or the way to the login.
 * Somebody whom they do not admit is sent there too, unless the client is to hear of it: another account may do.
 */
export async function personFor(
  context: EdgeContext,
  application: ApplicationRow,
): Promise<SignedIn | { readonly reply: Reply; readonly evaluation?: Evaluation }> {
  const { edgeRequest } = context
  const reply = loginForProgram(context, application)
  const session = await sessionFor(context, application)
  if (session === undefined) return { reply }
  const { evaluation, location } = await wayOf(context, {
    ...session,
    application,
    hostname: edgeRequest.host,
    path: edgeRequest.path,
    appSession: undefined,
  })
  if (location === undefined) return { reply, evaluation }
  const { user, identity } = session
  return { evaluation, user, identity: { ...identity, id: user.id } }
}
