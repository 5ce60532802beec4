/** `POST /cdn-cgi/access/callback`: signs a person in by PIN or by the stand-in for a provider (sign-in-callback). */
import type { PersonInput } from '../../../contracts/control/shapes.ts'
import { type edge, headerNames } from '../../../contracts/edge/endpoints.ts'
import { type PinReason, reasons } from '../../../contracts/reasons/table.ts'
import {
  hasNoTryLeft,
  loginLifetimeMs,
  pinLifetimeMs,
  pinProblem,
  unaskedSteps,
} from '../../access/login.ts'
import { deny, type Trail, type TrailStep, type Verdict } from '../../access/verdict.ts'
import { evaluateSignIn } from '../../account/evaluate.ts'
import { issueGlobalSession } from '../../account/global-session.ts'
import type { Login } from '../../account/logins.ts'
import { enrol, identityOf } from '../../account/sign-in.ts'
import type { Answer } from '../../http/handler.ts'
import { hex } from '../../ids.ts'
import type { ApplicationRow, IdentityProviderRow } from '../../state/rows.ts'
import type { Change } from '../../state/state.ts'
import type { EdgeContext } from '../context.ts'
import { deviceCookie, globalSessionCookie } from '../cookies.ts'
import { applicationUnknown, pathUnknown } from '../unknown.ts'
import { completeLogin, withCertificate } from './complete-login.ts'
import {
  browserOf,
  destinationOf,
  flowPage,
  isForeignForm,
  loginAddress,
  loginError,
  redirect,
} from './flow.ts'
import { linkTo, messagePage, standInPage } from './pages.ts'
import { type RefusedPerson, refusal, refusedFor } from './refusal.ts'
import { personTyped } from './stand-in.ts'

type CallbackAnswer = Answer<typeof edge.callback, Change[]>

/** The login that a callback continues. */
interface CallbackState {
  readonly login: Login
  readonly application: ApplicationRow
  readonly provider: IdentityProviderRow
}

export async function callback(context: EdgeContext): Promise<CallbackAnswer> {
  const { account, edgeRequest, place, nowMs } = context
  if (place !== 'team') return { reply: pathUnknown(context) }
  const form = new URLSearchParams(context.body)
  const browser = browserOf(edgeRequest)
  if (browser === undefined) return { reply: loginError(context, 'login_session_invalid') }
  const login = account.logins.find(form.get('nonce') ?? '')
  if (login === undefined) return { reply: loginError(context, 'login_nonce_invalid') }
  const { applications, identity_providers } = account.state.tables
  const provider = identity_providers.get(login.provider)
  const isOver = nowMs >= login.beganMs + loginLifetimeMs
  if (provider === undefined || isOver || login.browser !== browser || isForeignForm(edgeRequest)) {
    return { reply: loginError(context, 'login_login_invalid') }
  }
  const application = applications.get(login.application)
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
): Promise<CallbackAnswer> {
  const { login, application, provider } = standing
  const { account, edgeRequest, nowMs } = context
  const person = { email, identity_provider_id: provider.id }
  // Checked before the PIN itself: the answer must not reveal whether one was sent.
  const isOver = hasNoTryLeft(login, {
    ofAddress: account.logins.wrongCodes(email, nowMs - pinLifetimeMs),
    most: account.behaviour('login.pin_tries'),
  })
  const problem = isOver ? 'pin_tries_exceeded' : pinProblem(login, code, nowMs)
  if (problem === undefined) {
    account.logins.put({ ...login, isUsed: true })
    return signIn(context, standing, person)
  }
  if (problem === 'pin_differs' || problem === 'pin_not_sent') {
    account.logins.put({ ...login, tries: (login.tries ?? 0) + 1 })
  }
  const asking = withCertificate(edgeRequest, login)
  const found = evaluateSignIn(account, application, asking, identityOf(person, account))
  const evaluation = { ...found, verdict: notByPin(problem, found.verdict.trail) }
  if (problem === 'pin_tries_exceeded')
    return { reply: loginError(context, 'login_login_invalid'), evaluation }
  if (problem !== 'pin_used') {
    return { reply: refusedFor(context, refusedAt(standing), reasons[problem].text), evaluation }
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
): Promise<CallbackAnswer> {
  const { login, application, provider } = standing
  if (login.isUsed) return { reply: loginError(context, 'login_nonce_invalid') }
  const { typed, person, problem } = personTyped(form)
  if (person === undefined) {
    const destination = destinationOf(context, application, login.hostname)
    const page = standInPage(destination, provider, login.nonce, typed, problem)
    return { reply: flowPage(400, page, {}, destination.design) }
  }
  context.account.logins.put({ ...login, isUsed: true })
  return signIn(context, standing, { ...person, identity_provider_id: provider.id })
}

async function signIn(
  context: EdgeContext,
  standing: CallbackState,
  person: PersonInput,
): Promise<CallbackAnswer> {
  const { login, application, provider } = standing
  const { account, world, edgeRequest, nowMs } = context
  const { hostname, path, appSession, certificate, mtls_auth } = login
  const { user, changes } = enrol(account, person, nowMs)
  const known = identityOf(person, account)
  const completed = await completeLogin(context, {
    application,
    hostname,
    path,
    appSession,
    certificate,
    mtls_auth,
    user,
    identity: known,
  })
  const { evaluation, location, acted } = completed
  if (location === undefined) {
    const reply = await refusal(context, refusedAt(standing), evaluation.verdict)
    return { reply, evaluation }
  }
  const { identity = known } = evaluation.subject
  const session = await issueGlobalSession(account, world, application, user, identity)
  const device = hex(world.bytes(16, 'device', account.id, edgeRequest.ray))
  const cookies = [
    globalSessionCookie(session.token, session.exp),
    ...(provider.type === 'onetimepin' ? [deviceCookie(device, nowMs)] : []),
  ]
  const { verdict } = evaluation
  const skipped = stepsSkipped(context, verdict.policy?.id)
  const reply = redirect(location, {
    'set-cookie': cookies,
    ...(skipped.length === 0 ? {} : { [headerNames.evidence]: 'emulator_only' }),
  })
  return {
    reply,
    changes: [...changes, ...(completed.changes ?? []), ...session.changes],
    evaluation: { ...evaluation, verdict: { ...verdict, trail: [...verdict.trail, ...skipped] } },
    acted,
  }
}

/** Steps that real Cloudflare would require before it lets the person in. `POST /__access/sessions` skips them too. */
function stepsSkipped(
  { account }: EdgeContext,
  policyId: string | undefined,
): readonly TrailStep[] {
  const policy = account.state.tables.policies.get(policyId ?? '')
  if (policy === undefined) return []
  const { id, name, decision } = policy
  return unaskedSteps(policy).map((reason) => ({
    stage: 'identity',
    policy: { id, name, decision },
    outcome: 'not_evaluable',
    reason,
  }))
}

/** What was refused, with the way back to the login. */
function refusedAt({ login, application }: CallbackState): RefusedPerson {
  const href = loginAddress(application, login.hostname, login.path)
  return { application, onwards: [linkTo({ name: 'Back to the login', href })] }
}
