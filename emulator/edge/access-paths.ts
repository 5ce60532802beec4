/** Access's own paths: `/cdn-cgi/access/*` and the well-known document, served from their contracts. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  accessPrefix,
  edge,
  headerNames,
  protectedResourcePath,
} from '../../contracts/edge/endpoints.ts'
import { oauthResourcePath, oauthServerPath } from '../../contracts/edge/oauth.ts'
import {
  type ExchangeFailureName,
  exchangeErrors,
  type Failure,
  fail,
} from '../../contracts/errors/errors.ts'
import { isOrUnder } from '../access/paths.ts'
import type { Account, Change } from '../account/account.ts'
import { accountSurface } from '../http/account-surface.ts'
import { apiFailureReply, isApiFailure } from '../http/failures.ts'
import { operationsLayer, textLayer, throughLayers } from '../http/layers.ts'
import { mount, type Surface } from '../http/mount.ts'
import { because, json, type Reply, type Stamp, write } from '../http/reply.ts'
import { createRoutes, type Operations, type Routed, routed } from '../http/routes.ts'
import type { Log } from '../world/log.ts'
import type { World } from '../world/world.ts'
import type { EdgeContext, PathHandlers } from './context.ts'
import { type ActingAtPath, faultAtPath } from './fault-at-path.ts'
import { flowAtPath, flowOf } from './flow/flow.ts'
import { answerWithoutRecord } from './gate.ts'
import { authorized } from './login/authorized.ts'
import { callback } from './login/callback.ts'
import { loginError } from './login/flow.ts'
import { login } from './login/login.ts'
import { pinPage, requestPin } from './login/one-time-pin.ts'
import { answer, note, noted } from './note.ts'
import { crossOriginPreflight, isOauthFailure, oauthFailureReply } from './oauth/failures.ts'
import {
  crossOriginPaths,
  oauthHandlers,
  readsOauthBody,
  saasHandlers,
  ssoHint,
} from './oauth/lazy.ts'
import type { EdgeRequest } from './request.ts'
import { serviceAuth } from './service-auth.ts'
import { pathUnknown } from './unknown.ts'
import { certs, getIdentity, logout, protectedResource } from './well-known.ts'

export type ServeAccessPath = (
  request: IncomingMessage,
  response: ServerResponse,
  edgeRequest: EdgeRequest,
) => void

/** Whether Access itself answers this path of an application host. */
export function isAccessPath(path: string): boolean {
  return path.startsWith(accessPrefix) || isOrUnder(protectedResourcePath, path)
}

/** Documents that are for a path, which stands behind their own. */
const ofPaths: readonly string[] = [protectedResourcePath, oauthResourcePath, oauthServerPath]

const handlers: PathHandlers<typeof edge> = {
  serviceAuth: (_call, context) => serviceAuth(context),
  certs: (_call, context) => certs(context),
  getIdentity: (_call, context) => getIdentity(context),
  logout: (_call, context) => logout(context),
  protectedResource: (_call, context) => protectedResource(context),
  login: (call, context) => login(context, call.params.hostname),
  requestPin: (call, context) => requestPin(context, call.params.hostname),
  pinPage: (call, context) => pinPage(context, call.params.hostname),
  callback: (_call, context) => callback(context),
  authorized: (_call, context) => authorized(context),
  // Loaded on demand, as are those of cloudflared: few accounts have an App Launcher.
  launcher: async (_call, context) => (await import('./launcher/launcher.ts')).launcher(context),
  cli: async (_call, context) => (await import('./cli/approval.ts')).cli(context),
  approveCli: async (_call, context) => (await import('./cli/approval.ts')).approveCli(context),
  certSign: async (_call, context) => (await import('./cli/cert-sign.ts')).certSign(context),
  ...oauthHandlers,
  ...saasHandlers,
}

/** A request with what the edge already knows about it. */
interface PathRequest extends Routed, Pick<EdgeContext, 'edgeRequest' | 'account'> {
  /** A fault that answers in place of whatever is at the path. */
  readonly acting: ActingAtPath | undefined
}

interface AccessPathOptions {
  readonly world: World
  readonly log: Log
  readonly noteExpected: EdgeContext['noteExpected']
}

export function createAccessPaths(options: AccessPathOptions): ServeAccessPath {
  const { world, noteExpected } = options
  const contextOf = ({ edgeRequest, account, body }: PathRequest): EdgeContext => ({
    edgeRequest,
    account,
    place: edgeRequest.place,
    world,
    body: typeof body === 'string' ? body : '',
    ray: edgeRequest.ray,
    nowMs: edgeRequest.nowMs,
    noteExpected,
  })

  /** Answers for a path, not an operation. */
  const answerAtPath = (
    request: PathRequest,
    response: ServerResponse,
    replyTo: (context: EdgeContext) => Reply,
  ) => {
    const context = contextOf(request)
    const { acting } = request
    const reply = acting?.effect ?? replyTo(context)
    write(request, response, reply, context)
    const flow = flowAtPath(context, reply)
    note(context.edgeRequest, { ...noted(reply, 'edge.path'), fault: acting?.fault, flow })
  }

  const operations: Operations<PathRequest> = createRoutes()
  mount(operations, edge, handlers, surfaceOf(options, contextOf))
  operations.add({
    method: 'ANY',
    path: edge.serviceAuth.path,
    handler: (request, response) => answerAtPath(request, response, wrongMethod),
  })
  for (const path of crossOriginPaths) {
    const handler = (request: PathRequest, response: ServerResponse) =>
      answerAtPath(request, response, ({ account }) => crossOriginPreflight(account))
    operations.add({ method: 'OPTIONS', path, handler })
  }

  const serve = throughLayers<PathRequest>(
    [
      textLayer({ limit: '64kb' }),
      // The body is read first: it tells which flow the fault is in the way of.
      (request, response, next) => {
        if (request.acting === undefined) next()
        else answerAtPath(request, response, pathUnknown)
      },
      operationsLayer(operations),
      (request, response) => answerAtPath(request, response, nothingThere),
    ],
    (error, request, response) => {
      const { ray } = request.edgeRequest
      options.log.warn({ err: error, ray }, 'a request could not be read')
      answerAtPath(request, response, (context) => unreadable(request, context))
    },
  )

  return async (request, response, edgeRequest) => {
    const { account } = edgeRequest
    if (account === undefined) throw new Error('only hosts of an account have such paths')
    const acting = await faultAtPath(edgeRequest, account, world)
    const refusal = acting === undefined ? withoutPaths(edgeRequest, account) : undefined
    if (refusal !== undefined) {
      answer(request, response, refusal, edgeRequest)
      return
    }
    // Routed by the normalised path that was matched above.
    request.url = edgeRequest.path + edgeRequest.query
    serve(Object.assign(routed(request), { edgeRequest, account, acting }), response)
  }
}

function nothingThere(context: EdgeContext): Reply {
  const hint = ssoHint(context.edgeRequest.path)
  const nothing = pathUnknown(context)
  return hint === undefined ? nothing : because(nothing, 'sso_path_unknown', hint)
}

/** The answer of a host on which Access has no paths. */
function withoutPaths(edgeRequest: EdgeRequest, account: Account): Reply | undefined {
  const { place } = edgeRequest
  if (place === 'team') return undefined
  const unresolved = answerWithoutRecord(edgeRequest, account)
  if (unresolved !== undefined) return unresolved
  // Without an application on the host (edge-host-without-application).
  return account.applications.on(edgeRequest.host).length === 0
    ? because(pathUnknown({ account, place }), 'no_application_on_host')
    : undefined
}

function surfaceOf(
  options: AccessPathOptions,
  context: (request: PathRequest) => EdgeContext,
): Surface<EdgeContext, Change[], PathRequest> {
  return {
    ...accountSurface(options, ({ edgeRequest }: EdgeContext) => edgeRequest.host),
    excess: ({ account }, changes) => account.excess(changes),
    paths: ({ path }) => (ofPaths.includes(path) ? [path, `${path}/*`] : [path]),
    context,
    flow: flowOf,
    failure: failureReply,
    stamp: withoutContext,
    refused: withoutContext,
  }
}

function withoutContext(): never {
  throw new Error('every request to the edge has a context')
}

/** The answer to a request whose body cannot be read. Only the exchange and login forms need one; elsewhere it is ignored. */
function unreadable({ path, method }: Routed, context: EdgeContext): Reply {
  const isExchange =
    path === edge.serviceAuth.path &&
    context.account.behaviour('service_auth.endpoint') === 'exchange'
  if (isExchange) return failureReply(fail('body_invalid'), context)
  if (method === 'POST' && readsOauthBody(path) && context.place === 'team') {
    return oauthFailureReply(fail('oauth_invalid_request', 'The body could not be read'), context)
  }
  if (path === edge.certSign.path && method === 'POST' && context.place === 'team') {
    const refusal = json(400, { message: 'Bad Request. The body could not be read.' })
    return because(refusal, 'body_unreadable')
  }
  const [verifyCode = ''] = edge.requestPin.path.split('{')
  const isForm = method === 'POST' && (path === edge.callback.path || path.startsWith(verifyCode))
  if (!isForm || context.place !== 'team') return pathUnknown(context)
  return because(loginError(context, 'login_login_invalid'), 'body_unreadable')
}

function failureReply(failure: Failure, context: EdgeContext | Stamp): Reply {
  if (isApiFailure(failure)) return apiFailureReply(failure)
  if (isOauthFailure(failure) && 'account' in context) return oauthFailureReply(failure, context)
  const code = failure.failure as ExchangeFailureName
  const { status, message } = exchangeErrors[code]
  const error = { status, code, message, ray_id: context.ray.slice(0, 16) }
  const headers = { 'cache-control': 'no-store', [headerNames.evidence]: 'expected' }
  return because(json(status, { error }, headers), code)
}

/** The answer to GET and other methods on the exchange endpoint (edge-wrong-method). */
function wrongMethod(context: EdgeContext): Reply {
  const hasExchange = context.account.behaviour('service_auth.endpoint') === 'exchange'
  const refuses = hasExchange && context.account.behaviour('service_auth.wrong_method') === 405
  const reply = refuses
    ? { status: 405, headers: { allow: 'POST' }, body: '' }
    : pathUnknown(context)
  return because(reply, hasExchange ? 'service_auth_wrong_method' : 'service_auth_absent')
}
