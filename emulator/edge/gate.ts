/** The gate in front of an application: turns a verdict into an answer, or lets the request pass to the origin. */
import type { Fault } from '../../contracts/control/faults.ts'
import { protectedResourcePath } from '../../contracts/edge/endpoints.ts'
import type { AnswerReason } from '../../contracts/errors/errors.ts'
import type { Verdict } from '../access/verdict.ts'
import type { Account, ApplicationRow, Because, Evaluation, Issued } from '../account/account.ts'
import { because, type Reply } from '../http/reply.ts'
import { perRow } from '../state/per-row.ts'
import type { World } from '../world/world.ts'
import { block, preflightAnswer, unmatchedBlock } from './answers.ts'
import { addressed, askToLogIn } from './ask-to-log-in.ts'
import { authorizationCookie } from './cookies.ts'
import { deny } from './denial.ts'
import { answerWithoutRecord } from './dns.ts'
import type { EdgeRequest } from './request.ts'
import { visibleApplication } from './visible-application.ts'

/** What the origin gets in addition to the request itself; becomes part of a `Forward`. */
export interface Pass {
  readonly assertion: string | undefined
  readonly claims: unknown
  readonly email: string | undefined
  readonly cookie: string | undefined
  /** Whether to remove the client id and secret from the request. */
  readonly stripPair: boolean
  readonly stripHeader: string | undefined
  /** For the client, beside those of the origin. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export type GateOutcome = {
  /** Undefined if nothing protects the host, or Access answers a preflight itself. */
  readonly evaluation?: Evaluation | undefined
  /** The fault that acted on the decision. */
  readonly acted?: Fault | undefined
  /** Why no policy was evaluated. */
  readonly because?: Because | undefined
} & ({ readonly pass: Pass } | { readonly reply: Reply })

const bypass: Pass = {
  assertion: undefined,
  claims: undefined,
  email: undefined,
  cookie: undefined,
  stripPair: false,
  stripHeader: undefined,
}

/** The request goes to the origin, without any policy having decided. */
function openBecause(reason: AnswerReason): GateOutcome & { readonly pass: Pass } {
  return { pass: bypass, because: { reason } }
}

const preflightPasses = openBecause('preflight_bypassed')
/** No application covers the host and path. */
export const openHost = openBecause('no_application')

const openByOverride = openBecause('worker_path_overridden')
const webSocketRefused = because({ status: 403, headers: {}, body: '' }, 'worker_websocket_refused')

/** Decides on a request to a host of this account. */
export async function decideRequest(
  edgeRequest: EdgeRequest,
  account: Account,
  world: World,
  { isUpgrade = false } = {},
): Promise<GateOutcome> {
  const unresolved = answerWithoutRecord(edgeRequest, account)
  if (unresolved !== undefined) return { reply: unresolved }
  const visible = visibleApplication(edgeRequest, account, world)
  const { application, acted, byWorker, isOverridden } =
    visible instanceof Promise ? await visible : visible
  if (isOverridden) return openByOverride
  if (isUpgrade && byWorker && account.behaviour('worker_destination.websocket') === 'refused') {
    return { reply: webSocketRefused }
  }
  if (application === undefined) return { ...unmatched(edgeRequest, account), acted }
  if (application.options_preflight_bypass && edgeRequest.method === 'OPTIONS')
    return preflightPasses
  if (isPreflight(edgeRequest) && application.cors_headers !== undefined) {
    const preflight = preflightAnswer(application.cors_headers, edgeRequest.headers)
    return { reply: because(preflight, 'preflight_answered') }
  }
  return answer(edgeRequest, account, world, await account.evaluate(application, edgeRequest))
}

/** If no application covers the host, the origin answers, unless the organization denies it (edge-unmatched-hosts). */
function unmatched(edgeRequest: EdgeRequest, account: Account): GateOutcome {
  if (edgeRequest.path.startsWith(protectedResourcePath)) return { reply: notFound }
  if (!account.hosts.deniesUnmatched(edgeRequest.host)) return openHost
  const subject = account.unmatchedSubject(edgeRequest)
  return {
    reply: {
      ...unmatchedBlock(edgeRequest, account.behaviour),
      because: { reason: 'unmatched_host_denied', subject },
    },
  }
}

const notFound = because({ status: 404, headers: {}, body: '' }, 'no_application_on_host')

async function answer(
  edgeRequest: EdgeRequest,
  account: Account,
  world: World,
  evaluation: Evaluation,
): Promise<GateOutcome> {
  const { verdict, application } = evaluation
  switch (verdict.kind) {
    case 'pass':
      return passed(edgeRequest, account, evaluation, verdict)
    case 'login': {
      const target = addressed(edgeRequest, application)
      const reply = isPreflight(edgeRequest)
        ? block(target, 403, account.behaviour)
        : await askToLogIn(target, edgeRequest, account, world, evaluation)
      return { evaluation, reply }
    }
    case 'deny': {
      const target = addressed(edgeRequest, application)
      const reply = await deny(target, account, evaluation, verdict, world.now())
      return { evaluation, reply }
    }
    default:
      return verdict satisfies never
  }
}

async function passed(
  edgeRequest: EdgeRequest,
  account: Account,
  evaluation: Evaluation,
  verdict: Verdict & { kind: 'pass' },
): Promise<GateOutcome> {
  const { subject, application, rulebook, token } = evaluation
  if (verdict.by === 'bypass') return { evaluation, pass: bypass }
  const stripHeader = application.read_service_tokens_from_header || undefined
  if (verdict.by === 'service_token' && subject.pair.status === 'valid') {
    account.touchLastSeen(subject.pair.token_id)
    const issued = await account.issueForServiceToken(application, {
      client_id: subject.pair.client_id,
      hostname: edgeRequest.host,
      session_duration: verdict.policy?.session_duration,
    })
    const pass = {
      assertion: issued.token,
      claims: issued.claims,
      email: undefined,
      cookie: rulebook.strict ? undefined : serviceTokenCookie(issued, account, application),
      stripPair: true,
      stripHeader,
    }
    return { evaluation, acted: issued.acted, pass }
  }
  if (verdict.by === 'linked_app_token' && subject.linkedToken?.status === 'valid') {
    const issued = await account.signForLinked(application, subject.linkedToken, {
      hostname: edgeRequest.host,
      policy_id: verdict.policy.id,
    })
    const pass = {
      assertion: issued.token,
      claims: issued.claims,
      email: issued.claims.email,
      cookie: undefined,
      stripPair: true,
      stripHeader,
    }
    return { evaluation, acted: issued.acted, pass }
  }
  const claims = subject.applicationToken?.claims
  const pass = {
    assertion: token,
    claims,
    email: claims?.email,
    cookie: undefined,
    stripPair: true,
    stripHeader,
  }
  return { evaluation, pass }
}

/** The cookie that a non-strict organization sets for a service token (edge-service-token-cookie). */
export function cookieOf(issued: Issued, account: Account, application: ApplicationRow): string {
  return authorizationCookie(issued.token, {
    expires: issued.exp,
    httpOnly: account.behaviour('cookie.service_token_http_only'),
    path: cookiePath(application),
    sameSite: application.same_site_cookie_attribute,
  })
}

/** Written once for each token. */
const serviceTokenCookie = perRow(cookieOf)

/** The `Path` of an application's cookie (edge-cookie-documented). */
export function cookiePath(application: ApplicationRow): string {
  const slash = application.domain?.indexOf('/') ?? -1
  if (!application.path_cookie_attribute || slash < 0) return '/'
  return application.domain?.slice(slash).replace(/\*.*$/, '') ?? '/'
}

function isPreflight(edgeRequest: EdgeRequest): boolean {
  return (
    edgeRequest.method === 'OPTIONS' &&
    edgeRequest.headers('access-control-request-method').length > 0
  )
}
