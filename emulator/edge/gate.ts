/** The gate in front of an application: turns a verdict into an answer, or lets the request pass to the origin. */
import type { Fault } from '../../contracts/control/faults.ts'
import { headerNames, protectedResourcePath } from '../../contracts/edge/endpoints.ts'
import type { AnswerReason } from '../../contracts/errors/errors.ts'
import type { Account, Evaluation, Guard, PerhapsLater } from '../account/account.ts'
import { because, type Reply } from '../http/reply.ts'
import type { World } from '../world/world.ts'
import { block, preflightAnswer, unmatchedBlock } from './answers.ts'
import { addressed, askToLogIn } from './ask-to-log-in.ts'
import { deny } from './denial.ts'
import { bypass, type GateOutcome, type Pass, passed } from './pass.ts'
import type { EdgeRequest } from './request.ts'

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

function isPreflight(edgeRequest: EdgeRequest): boolean {
  return (
    edgeRequest.method === 'OPTIONS' &&
    edgeRequest.headers('access-control-request-method').length > 0
  )
}

export type VisibleApplication = Guard & { readonly acted?: Fault }

/** The application that covers a host and path, unless a fault hides it. */
export function visibleApplication(
  edgeRequest: Pick<EdgeRequest, 'host' | 'path'>,
  account: Account,
  world: World,
): PerhapsLater<VisibleApplication> {
  const guard = account.applications.guardAt(edgeRequest.host, edgeRequest.path)
  const { application } = guard
  if (application === undefined) return guard
  const facts = () => ({
    host: edgeRequest.host,
    path: edgeRequest.path,
    application: application.id,
  })
  const hidden = account.faults.at('edge.application', facts, world.now(), ['unseen'])
  const seen = (by: Awaited<typeof hidden>) => (by === undefined ? guard : { acted: by.fault })
  return hidden instanceof Promise ? hidden.then(seen) : seen(hidden)
}

/**
 * Stands in for NXDOMAIN, and so comes before Access. (Cloudflare's own 1016 comes after Access, if the record's target does
 * not resolve.)
 */
const nameless: Reply = {
  because: { reason: 'host_without_record' },
  status: 530,
  headers: {
    'content-type': 'text/plain; charset=UTF-8',
    'cache-control': 'no-store',
    'cf-error-type': '1016',
    [headerNames.evidence]: 'emulator_only',
  },
  body: 'error code: 1016',
}

/** The answer for a host that does not exist; undefined if it does, or if records are not required. */
export function answerWithoutRecord(
  { host, hasOrigin }: Pick<EdgeRequest, 'host' | 'hasOrigin'>,
  account: Account,
): Reply | undefined {
  const required = account.behaviour('edge.requires_dns_record')
  if (required === false) return undefined
  const exists =
    required === 'even_with_application'
      ? account.hosts.hasRecord(host)
      : hasOrigin || account.hosts.isKnown(host)
  return exists ? undefined : nameless
}
