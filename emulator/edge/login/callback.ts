import type { edge } from '../../../contracts/edge/endpoints.ts'
import { type PinReason, reasons } from '../../../contracts/reasons/table.ts'
import { hasNoTryLeft, loginLifetimeMs, pinLifetimeMs, pinProblem } from '../../access/login.ts'
import { deny, type Trail, type Verdict } from '../../access/verdict.ts'
import type { LoginRow } from '../../account/account.ts'
import { Outrun } from '../../state/log.ts'
import type { EdgeContext, PathAnswer, PathDeferred } from '../context.ts'
import { applicationUnknown, pathUnknown } from '../unknown.ts'
import { withCertificate } from './complete-login.ts'
import {
  browserOf,
  destinationOf,
  flowPage,
  isForeignForm,
  loginAddress,
  loginError,
} from './flow.ts'
import { messagePage, standInPage } from './pages.ts'
import { refusedFor } from './refusal.ts'
import { type CallbackState, refusedAt, type SignInAnswer, signIn } from './sign-in.ts'
import { personTyped } from './stand-in.ts'

type CallbackAnswer = PathAnswer<typeof edge.callback>
type CallbackDeferred = PathDeferred<typeof edge.callback>

export async function callback(context: EdgeContext): Promise<CallbackAnswer | CallbackDeferred> {
  const { account, edgeRequest, place, nowMs } = context
  if (place !== 'team') return { reply: pathUnknown(context) }
  const form = new URLSearchParams(context.body)
  const browser = browserOf(edgeRequest)
  if (browser === undefined) return { reply: loginError(context, 'login_session_invalid') }
  const login = account.logins.get(form.get('nonce') ?? '')
  if (login === undefined) return { reply: loginError(context, 'login_nonce_invalid') }
  const provider = account.providers.get(login.identity_provider_id)
  const isOver = nowMs >= login.began_at + loginLifetimeMs
  if (provider === undefined || isOver || login.browser !== browser || isForeignForm(edgeRequest)) {
    return { reply: loginError(context, 'login_login_invalid') }
  }
  const application = account.applications.get(login.application_id)
  if (application === undefined) return { reply: applicationUnknown(context) }
  const standing = { login, application, provider }
  return login.email === undefined
    ? byStandIn(context, standing, form)
    : byPin(context, standing, login.email, form.get('code') ?? '')
}

/** A wrong PIN gets the same answer as a refused account (documented), and may be tried again. */
async function byPin(
  context: EdgeContext,
  standing: CallbackState,
  email: string,
  code: string,
): Promise<CallbackAnswer | CallbackDeferred> {
  const problem = problemWith(context, standing.login, email, code)
  if (problem !== undefined) return () => refusedPin(context, standing, email, problem)
  const signedIn = await signIn(context, standing, {
    email,
    identity_provider_id: standing.provider.id,
  })
  // Another request with this PIN, or with wrong ones, may have come in between.
  return () => {
    const login = latest(context, standing.login)
    if (login === undefined) return { reply: loginError(context, 'login_nonce_invalid') }
    const problem = problemWith(context, login, email, code)
    return problem === undefined
      ? withUsed(context, login, signedIn)
      : refusedPin(context, { ...standing, login }, email, problem)
  }
}

/** Why a PIN does not sign in. */
function problemWith(
  { account, nowMs }: EdgeContext,
  login: LoginRow,
  email: string,
  code: string,
): PinReason | undefined {
  // Checked before the PIN itself: the answer must not reveal whether one was sent.
  const isOver = hasNoTryLeft(login, {
    ofAddress: account.logins.wrongPins(email, nowMs - pinLifetimeMs),
    most: account.behaviour('login.pin_tries'),
  })
  return isOver ? 'pin_tries_exceeded' : pinProblem(login, code, nowMs)
}

function refusedPin(
  context: EdgeContext,
  standing: CallbackState,
  email: string,
  problem: PinReason,
): CallbackAnswer {
  const { login, application, provider } = standing
  const { account, edgeRequest } = context
  const person = { email, identity_provider_id: provider.id }
  const asking = withCertificate(edgeRequest, login)
  const found = account.evaluateSignIn(application, asking, account.identityOf(person))
  const evaluation = { ...found, verdict: notByPin(problem, found.verdict.trail) }
  if (problem === 'pin_tries_exceeded')
    return { reply: loginError(context, 'login_login_invalid'), evaluation }
  if (problem !== 'pin_used') {
    const reply = refusedFor(context, refusedAt(standing), reasons[problem].text)
    const { tries = 0, ...known } = latest(context, login) ?? login
    const counts = problem === 'pin_differs' || problem === 'pin_not_sent'
    const changes = counts ? account.logins.put({ ...known, tries: tries + 1 }) : []
    return { reply, evaluation, changes }
  }
  const href = loginAddress(application, login.hostname, login.path)
  const page = messagePage(
    'This One-Time PIN has already been used',
    'A PIN can be used only once.',
    {
      name: 'Request new code',
      href,
    },
  )
  return { reply: flowPage(account.behaviour('login.error_status'), page), evaluation }
}

function latest({ account }: EdgeContext, { id }: LoginRow): LoginRow | undefined {
  return account.logins.get(id)
}

/** What came of a sign-in, by a login that cannot be used again. */
function withUsed(
  { account, nowMs }: EdgeContext,
  login: LoginRow,
  { admitted, changes, ...signedIn }: SignInAnswer,
): CallbackAnswer {
  const used = account.logins.put({ ...login, is_used: true })
  if (admitted === undefined) return { ...signedIn, changes: used }
  const enrolled = account.enrol(admitted.person, nowMs)
  // Deleted in the meantime: the token would be that of nobody.
  if (enrolled.user.id !== admitted.user_id) throw new Outrun()
  return { ...signedIn, changes: [...used, ...enrolled.changes, ...changes] }
}

/** The verdict for an invalid PIN, whatever the policies decide for the address; none was sent to one that they refuse. */
function notByPin(reason: PinReason, trail: Trail): Verdict {
  const step = { stage: 'credentials', outcome: 'no_match', reason } as const
  // The deciding step comes last.
  return reason === 'pin_not_sent'
    ? deny([step, ...trail], 'identity_not_admitted')
    : deny([...trail, step], 'credentials_invalid')
}

async function byStandIn(
  context: EdgeContext,
  standing: CallbackState,
  form: URLSearchParams,
): Promise<CallbackAnswer | CallbackDeferred> {
  const { login, application, provider } = standing
  if (login.is_used) return { reply: loginError(context, 'login_nonce_invalid') }
  const { typed, person, problem } = personTyped(form)
  if (person === undefined) {
    const destination = destinationOf(context, application, login.hostname)
    const page = standInPage(destination, provider, login.id, typed, problem)
    return { reply: flowPage(400, page, {}, destination.design) }
  }
  const signedIn = await signIn(context, standing, { ...person, identity_provider_id: provider.id })
  // Another request with this form may have come in between.
  return () => {
    const now = latest(context, login)
    return now === undefined || now.is_used
      ? { reply: loginError(context, 'login_nonce_invalid') }
      : withUsed(context, now, signedIn)
  }
}
