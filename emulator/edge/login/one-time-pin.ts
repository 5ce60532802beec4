/** `/cdn-cgi/access/verify-code/{hostname}`: requests a One-time PIN, and shows the page to enter it (sign-in-request-pin). */
import type { edge } from '../../../contracts/edge/endpoints.ts'
import { isEmailAddress, pinLifetimeMs, returnPath } from '../../access/login.ts'
import type { LoginRow } from '../../account/account.ts'
import type { EdgeContext, PathAnswer } from '../context.ts'
import { applicationUnknown, pathUnknown } from '../unknown.ts'
import { withCertificate } from './complete-login.ts'
import {
  applicationFor,
  beginLogin,
  browserOf,
  destinationOf,
  flowPage,
  isForeignForm,
  loginAddress,
  loginError,
  providersOf,
  redirect,
} from './flow.ts'
import { pinPage as pageOfPin } from './pages.ts'

/** No valid address is longer. Limits what is stored. */
const longestEmail = 320

/** The answer does not reveal whether a policy admits the address. If none does, no PIN is made. */
export async function requestPin(
  context: EdgeContext,
  given: string,
): Promise<PathAnswer<typeof edge.requestPin>> {
  const { account, edgeRequest, place } = context
  if (place !== 'team') return { reply: pathUnknown(context) }
  const hostname = given.toLowerCase()
  const application = applicationFor(
    context,
    hostname,
    new URLSearchParams(edgeRequest.query).get('kid'),
  )
  if (application === undefined) return { reply: applicationUnknown(context) }
  if (isForeignForm(edgeRequest)) return { reply: loginError(context, 'login_login_invalid') }
  const browser = browserOf(edgeRequest)
  if (browser === undefined) return { reply: loginError(context, 'login_session_invalid') }
  const provider = providersOf(context, application).find(({ type }) => type === 'onetimepin')
  if (provider === undefined) return { reply: loginError(context, 'login_login_invalid') }

  const form = new URLSearchParams(context.body)
  const email = (form.get('email') ?? '').trim().slice(0, longestEmail)
  const path = returnPath(hostname, form.get('redirect_url') || '/')
  const identity = account.identityOf({ email, identity_provider_id: provider.id })
  const origin = account.logins.origin(browser, hostname)
  const asking = withCertificate(edgeRequest, { ...origin })
  const evaluation = account.evaluateSignIn(application, asking, identity)
  const isMailed = evaluation.verdict.kind === 'pass' && isEmailAddress(email)
  const begun = { application, hostname, path, provider, browser, origin, email, isMailed }
  const { nonce, changes } = beginLogin(context, begun)
  const query = `?kid=${application.aud}&nonce=${nonce}`
  const location = `/cdn-cgi/access/verify-code/${hostname}${query}`
  return { reply: redirect(location), evaluation, changes: [...changes] }
}

export function pinPage(context: EdgeContext, given: string): PathAnswer<typeof edge.pinPage> {
  const { account, edgeRequest, place } = context
  if (place !== 'team') return { reply: pathUnknown(context) }
  const login = account.logins.get(new URLSearchParams(edgeRequest.query).get('nonce') ?? '')
  if (login === undefined) return { reply: loginError(context, 'login_nonce_invalid') }
  if (browserOf(edgeRequest) === undefined)
    return { reply: loginError(context, 'login_session_invalid') }
  const application = account.applications.get(login.application_id)
  if (application === undefined) return { reply: applicationUnknown(context) }
  const isOther = login.browser !== browserOf(edgeRequest) || login.hostname !== given.toLowerCase()
  if (isOther || login.email === undefined)
    return { reply: loginError(context, 'login_login_invalid') }
  const destination = destinationOf(context, application, login.hostname)
  const newCode = loginAddress(application, login.hostname, login.path)
  const known = account.behaviour('login.show_pin') ? shown(login, login.email) : undefined
  const page = pageOfPin(destination, login.id, newCode, known)
  return { reply: flowPage(200, page, {}, destination.design) }
}

function shown({ pin, began_at, is_used: isUsed }: LoginRow, email: string) {
  const until = new Date(began_at + pinLifetimeMs).toUTCString()
  return { email, until, isUsed, ...(pin === undefined ? {} : { pin }) }
}
