/** The last step of a login: the policies decide, and the browser returns to the application or to the OAuth endpoint. */
import { oauthPaths } from '../../../contracts/edge/oauth.ts'
import { ssoPrefix } from '../../../contracts/edge/oidc.ts'
import { encodeState } from '../../access/login.ts'
import type { Identity, Subject } from '../../access/subject.ts'
import type {
  ApplicationRow,
  Change,
  Evaluation,
  Issued,
  LoginOrigin,
  UserRow,
} from '../../account/account.ts'
import type { JournalNotes } from '../../http/handler.ts'
import type { Reply } from '../../http/reply.ts'
import { hex } from '../../world/ids.ts'
import type { EdgeContext } from '../context.ts'
import type { EdgeRequest } from '../request.ts'
import { askingOf, loginAddress, providersOf, redirect } from './flow.ts'

/** Endpoints of the team domain that a login may return to. */
const returnPaths = new RegExp(
  `^(${oauthPaths.authorization}|${ssoPrefix}oidc/[\\w-]+/authorization)([?]|$)`,
)

/** A login whose person is known, before the policies have decided. */
interface AuthenticatedLogin extends LoginOrigin {
  readonly application: ApplicationRow
  readonly hostname: string
  readonly path: string
  readonly user: UserRow
  readonly identity: Identity
}

export interface CompletedLogin extends Pick<JournalNotes, 'acted'> {
  readonly evaluation: Evaluation
  /** Undefined if the policies do not admit the person. */
  readonly location?: string
  readonly changes?: readonly Change[]
}

/** The facts of a request to the team domain, with the certificate of the application's host in place of its own. */
export function withCertificate(
  { ip, country, certificate: own }: EdgeRequest,
  { certificate = own }: { readonly certificate?: Subject['certificate'] },
) {
  return { ip, country, certificate }
}

/** Evaluates the policies for a person. If they are admitted, the result has the URL to redirect to. */
export async function completeLogin(
  context: EdgeContext,
  login: AuthenticatedLogin,
): Promise<CompletedLogin> {
  const { account, edgeRequest } = context
  const { application, hostname, path, user } = login
  const identity = ofThisLogin(login)
  const asked = {
    asking: askingOf(withCertificate(edgeRequest, login), hostname, path),
    user,
    identity,
    country: edgeRequest.country,
  }
  if (hostname === account.team()) {
    const evaluation = account.judge(application, asked)
    const hearsOfDenial = application.type === 'saas' && account.behaviour('oidc.denied') !== 'page'
    if (evaluation.verdict.kind !== 'pass' && !hearsOfDenial) return { evaluation }
    return { evaluation, location: `https://${hostname}${returnPaths.test(path) ? path : '/'}` }
  }
  const { evaluation, issued } = await account.admit(application, asked)
  if (issued === undefined) return { evaluation }
  const pending = pickUp(context, login, issued)
  const changes = [...issued.changes, ...pending.changes]
  return { evaluation, location: pending.location, acted: issued.acted, changes }
}

/** The person, with the certificate that this login began with, not one of an earlier login (edge-mtls-login). */
function ofThisLogin({ identity, mtls_auth }: AuthenticatedLogin): Identity {
  const { mtls_auth: _, ...known } = identity
  return mtls_auth === undefined ? known : { ...known, mtls_auth }
}

/** How long an issued token waits to be picked up by the browser (assumed). */
const pickUpMs = 5 * 60_000

/** Keeps the token at a URL on the application's host, where the browser picks it up. */
function pickUp(
  { account, world, edgeRequest, nowMs }: EdgeContext,
  { application, hostname, path, app_session }: AuthenticatedLogin,
  { token, exp }: Issued,
) {
  const nonce = hex(world.bytes(16, 'authorized_nonce', account.id, edgeRequest.ray))
  const state = encodeState({
    hostname,
    redirectURL: path,
    isSSO: false,
    authDomain: account.team() ?? '',
  })
  const put = {
    id: nonce,
    application_id: application.id,
    hostname,
    path,
    state,
    token,
    exp,
    ends_at: nowMs + pickUpMs,
    app_session,
  }
  const changes = account.logins.putPending(put)
  const location = `https://${hostname}/cdn-cgi/access/authorized?nonce=${nonce}&state=${encodeURIComponent(state)}`
  return { location, changes }
}

/** The browser's global session, if the application allows its identity provider. */
export async function sessionFor(
  context: EdgeContext,
  application: ApplicationRow,
): Promise<Pick<AuthenticatedLogin, 'user' | 'identity'> | undefined> {
  const { account, edgeRequest } = context
  const session = await account.globalSession(edgeRequest.headers)
  if (session === undefined) return undefined
  const { user, identity = account.identityOf(user) } = session
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
  return redirect(loginAddress(application, account.team() ?? '', path))
}

/** A signed-in person, and what the policies decided for them. */
interface SignedInPerson extends Pick<AuthenticatedLogin, 'user' | 'identity'> {
  readonly evaluation: Evaluation
}

/**
 * The signed-in person behind a request to an authorization endpoint, or the redirect to the login. A person whom the
 * policies do not admit is redirected too, since another account of theirs may be admitted, unless the client gets an error.
 */
export async function personFor(
  context: EdgeContext,
  application: ApplicationRow,
): Promise<SignedInPerson | { readonly reply: Reply; readonly evaluation?: Evaluation }> {
  const { edgeRequest } = context
  const reply = loginForProgram(context, application)
  const session = await sessionFor(context, application)
  if (session === undefined) return { reply }
  const { evaluation, location } = await completeLogin(context, {
    ...session,
    application,
    hostname: edgeRequest.host,
    path: edgeRequest.path,
  })
  if (location === undefined) return { reply, evaluation }
  const { user, identity } = session
  return { evaluation, user, identity: { ...identity, id: user.id } }
}
