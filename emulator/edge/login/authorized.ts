/** `/cdn-cgi/access/authorized` on the application's host: sets the login's token as a cookie (sign-in-authorized). */
import type { edge } from '../../../contracts/edge/endpoints.ts'
import type { ApplicationRow, PendingLoginRow } from '../../account/account.ts'
import { hasAppSession, isSameAppSession } from '../app-session.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { authorizationCookie, bindingCookie } from '../cookies.ts'
import { cookiePath } from '../pass.ts'
import { pathUnknown } from '../unknown.ts'
import { flowPage, redirect } from './flow.ts'
import { messagePage } from './pages.ts'

/** The 400 is recorded; the text was seen once on this path. */
const refused = flowPage(
  400,
  messagePage('Invalid login session.', 'Please try going to the URL of your application again.'),
)

export function authorized(context: EdgeContext): PathAnswer<typeof edge.authorized> {
  const { account, edgeRequest, place } = context
  if (place !== 'application') return { reply: pathUnknown(context) }
  const parameters = new URLSearchParams(edgeRequest.query)
  const waiting = account.logins.pending(parameters.get('nonce') ?? '')
  if (waiting === undefined || !isFor(context, waiting, parameters.get('state'))) {
    return { reply: refused }
  }
  const application = account.applications
    .on(edgeRequest.host)
    .map((placed) => placed.application)
    .find(({ id }) => id === waiting.application_id)
  if (application === undefined) return { reply: refused }
  // An absolute URL, so that no path can be mistaken for another host.
  const location = `https://${edgeRequest.host}${waiting.path}`
  const reply = redirect(location, { 'set-cookie': cookies(context, application, waiting) })
  return { reply, changes: [{ table: 'pending_logins', delete: waiting.id }] }
}

/** A nonce is valid only on the host where the login began, and in the browser that began it. */
function isFor(
  { account, edgeRequest, nowMs }: EdgeContext,
  { hostname, state, ends_at, app_session }: PendingLoginRow,
  given: string | null,
): boolean {
  const began = account.behaviour('login.bind_app_session')
    ? isSameAppSession(edgeRequest.headers, app_session)
    : hasAppSession(edgeRequest.headers)
  return began && hostname === edgeRequest.host && state === given && nowMs < ends_at
}

function cookies(
  { account }: EdgeContext,
  application: ApplicationRow,
  { token, exp: expires }: PendingLoginRow,
): readonly string[] {
  const path = cookiePath(application)
  return [
    authorizationCookie(token, {
      expires,
      httpOnly: application.http_only_cookie_attribute ?? true,
      path,
      sameSite: application.same_site_cookie_attribute,
    }),
    ...(application.enable_binding_cookie
      ? [bindingCookie(account.binding(token), { expires, path })]
      : []),
  ]
}
