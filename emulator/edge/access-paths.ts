/** Access's own paths: `/cdn-cgi/access/*` and the well-known document, served by Express from their contracts. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Request, type Response } from 'express'
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
} from '../../contracts/errors.ts'
import { isOrUnder } from '../access/paths.ts'
import type { Account } from '../account/account.ts'
import { applicationsOn } from '../account/evaluate.ts'
import { accountSurface } from '../http/account-surface.ts'
import { apiFailureReply, isApiFailure } from '../http/failures.ts'
import type { Handlers } from '../http/handler.ts'
import { expressPath, mount, type Surface } from '../http/mount.ts'
import { because, json, type Reply, type Stamp, write } from '../http/reply.ts'
import type { Log } from '../log.ts'
import type { Change } from '../state/state.ts'
import type { World } from '../world.ts'
import type { EdgeContext } from './context.ts'
import { answerWithoutRecord } from './dns.ts'
import { type ActingAtPath, faultAtPath } from './fault-at-path.ts'
import { flowAtPath, flowOf } from './flow/flow.ts'
import { authorized } from './login/authorized.ts'
import { callback } from './login/callback.ts'
import { loginError } from './login/flow.ts'
import { login } from './login/login.ts'
import { pinPage, requestPin } from './login/one-time-pin.ts'
import { answer, note, noted } from './note.ts'
import { crossOriginPreflight, isOauthFailure, oauthFailureReply } from './oauth/failures.ts'
import {
  crossOriginPaths,
  lazyOauthHandlers,
  lazySaasHandlers,
  readsOauthBody,
  ssoHint,
} from './oauth/lazy.ts'
import type { EdgeRequest } from './request.ts'
import { serviceAuth } from './service-auth.ts'
import { pathUnknown } from './unknown.ts'
import { certs, getIdentity, logout, protectedResource } from './well-known.ts'

export type ServeAccessPath = (
  place: EdgeContext['place'],
  request: IncomingMessage,
  response: ServerResponse,
  edgeRequest: EdgeRequest,
  account: Account,
) => void

/** Whether Access itself answers this path of an application host. */
export function isAccessPath(path: string): boolean {
  return path.startsWith(accessPrefix) || isOrUnder(protectedResourcePath, path)
}

/** Documents that are for a path, which stands behind their own. */
const ofPaths: readonly string[] = [protectedResourcePath, oauthResourcePath, oauthServerPath]

const handlers: Handlers<typeof edge, EdgeContext, Change[]> = {
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
  ...lazyOauthHandlers,
  ...lazySaasHandlers,
}

/** What the edge already knows about a request, passed through Express in `response.locals`. */
interface Locals extends Pick<EdgeContext, 'edgeRequest' | 'account' | 'place'> {
  /** A fault that answers in place of whatever is at the path. */
  readonly acting: ActingAtPath | undefined
}

type EdgeResponse = Response<unknown, Locals>

interface AccessPathOptions {
  readonly world: World
  readonly log: Log
  readonly noteExpected: EdgeContext['noteExpected']
}

export function createAccessPaths(options: AccessPathOptions): ServeAccessPath {
  const { world, noteExpected } = options
  const contextOf = ({ body }: Request, { locals }: EdgeResponse): EdgeContext => {
    const { edgeRequest, account, place } = locals
    const { ray, nowMs } = edgeRequest
    const text = typeof body === 'string' ? body : ''
    return { edgeRequest, account, place, world, body: text, ray, nowMs, noteExpected }
  }

  const app = express()
  app.disable('x-powered-by')
  // Skips empty bodies: reading one would cost a turn of the event loop.
  const hasBody = ({ headers }: IncomingMessage) => headers['content-length'] !== '0'
  app.use(express.text({ type: hasBody, limit: '64kb' }))
  /** Answers for a path, not an operation. */
  const answerAtPath = (
    request: Request,
    response: EdgeResponse,
    replyTo: (context: EdgeContext) => Reply,
  ) => {
    const context = contextOf(request, response)
    const { acting } = response.locals
    const reply = acting?.effect ?? replyTo(context)
    write(request, response, reply, context)
    const flow = flowAtPath(context, reply)
    note(context.edgeRequest, { ...noted(reply, 'edge.path'), fault: acting?.fault, flow })
  }
  // The body is read first: it tells which flow the fault is in the way of.
  app.use((request: Request, response: EdgeResponse, next) => {
    if (response.locals.acting === undefined) next()
    else answerAtPath(request, response, pathUnknown)
  })
  mount(app, edge, handlers, surfaceOf(options, contextOf))
  app.all(edge.serviceAuth.path, (request: Request, response: EdgeResponse) => {
    answerAtPath(request, response, wrongMethod)
  })
  app.options(crossOriginPaths, (request: Request, response: EdgeResponse) => {
    answerAtPath(request, response, ({ account }) => crossOriginPreflight(account))
  })
  app.use((request: Request, response: EdgeResponse) => {
    answerAtPath(request, response, (context) => {
      const hint = ssoHint(context.edgeRequest.path)
      const nothing = pathUnknown(context)
      return hint === undefined ? nothing : because(nothing, 'sso_path_unknown', hint)
    })
  })
  app.use((error: unknown, request: Request, response: EdgeResponse, _next: unknown) => {
    const { ray } = response.locals.edgeRequest
    options.log.warn({ err: error, ray }, 'a request could not be read')
    answerAtPath(request, response, (context) => unreadable(request, context))
  })

  return (place, request, response, edgeRequest, account) => {
    const acting = faultAtPath(edgeRequest, account, world)
    const refusal = acting === undefined ? withoutPaths(place, edgeRequest, account) : undefined
    if (refusal !== undefined) {
      answer(request, response, refusal, edgeRequest)
      return
    }
    const locals: Locals = { edgeRequest, account, place, acting }
    Object.assign(response, { locals })
    // Express routes by `url` only: it must be the normalised path that was matched above.
    request.url = edgeRequest.path + edgeRequest.query
    app(request, response)
  }
}

/** The answer of a host on which Access has no paths. */
function withoutPaths(
  place: EdgeContext['place'],
  edgeRequest: EdgeRequest,
  account: Account,
): Reply | undefined {
  if (place === 'team') return undefined
  const unresolved = answerWithoutRecord(edgeRequest, account)
  if (unresolved !== undefined) return unresolved
  // Without an application on the host (edge-host-without-application).
  return applicationsOn(account, edgeRequest.host).length === 0
    ? because(pathUnknown({ account, place }), 'no_application_on_host')
    : undefined
}

function surfaceOf(
  options: AccessPathOptions,
  contextOf: (request: Request, response: EdgeResponse) => EdgeContext,
): Surface<EdgeContext, Change[]> {
  return {
    ...accountSurface(options, ({ edgeRequest }: EdgeContext) => edgeRequest.host),
    paths: (endpoint) => {
      const path = expressPath(endpoint.path)
      return ofPaths.includes(endpoint.path) ? [path, `${path}/*rest`] : [path]
    },
    context: (request, _endpoint, response: EdgeResponse) => contextOf(request, response),
    plausible: () => true,
    flow: flowOf,
    failure: failureReply,
    stamp: () => {
      throw new Error('every request to the edge has a context')
    },
    refused() {
      throw new Error('every request to the edge has a context')
    },
  }
}

/** The answer to a request whose body cannot be read. Only the exchange and login forms need one; elsewhere it is ignored. */
function unreadable({ path, method }: Request, context: EdgeContext): Reply {
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
  const { account } = context
  const hasExchange = account.behaviour('service_auth.endpoint') === 'exchange'
  const refuses = hasExchange && account.behaviour('service_auth.wrong_method') === 405
  const reply = refuses
    ? { status: 405, headers: { allow: 'POST' }, body: '' }
    : pathUnknown(context)
  return because(reply, hasExchange ? 'service_auth_wrong_method' : 'service_auth_absent')
}
