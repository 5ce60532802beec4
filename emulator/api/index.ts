/** `/client/v4`: mounts every declared group, and answers clearly for everything that is not implemented. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { api } from '../../contracts/api/operations.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors.ts'
import { isTooDeep } from '../../contracts/json.ts'
import { journaled, mount } from '../http/mount.ts'
import { write } from '../http/reply.ts'
import { authenticate, hindered } from './gateway.ts'
import { handlers } from './handlers.ts'
import { type ApiOptions, apiRoot, createApiSurface, failureReply, noteRefusal } from './surface.ts'

const bodyLimit = '1mb'

export function createApi(options: ApiOptions): Express {
  const surface = createApiSurface(options)
  const refuse = (failure: Failure, request: Request, response: Response) => {
    const stamp = surface.stamp()
    const reply = failureReply(failure, stamp, options.accounts)
    write(request, response, reply, stamp)
    noteRefusal(request, { ...stamp, ...journaled(request, reply, 'api') }, options.accounts)
  }
  // The gateway checks credentials before the body is read (api-gateway-order).
  const refuseBody = async (failure: Failure, request: Request, response: Response) => {
    const principal = authenticate(request, options.accounts, options.world.now())
    const first = isFailure(principal)
      ? principal
      : (hindered(principal, request) ?? (await missing(request, surface.plausible)))
    refuse(first ?? failure, request, response)
  }

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  const body = express.Router()
  body.use(express.json({ limit: bodyLimit, strict: false }))
  body.use((request: Request, _response: Response, next: NextFunction) => {
    next(isTooDeep(request.body) ? new RangeError('the body is nested too deep') : undefined)
  })
  body.use(refuseOtherBodies(refuseBody))
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (mayHaveBody(request)) body(request, response, next)
    else next()
  })

  const mountGroup = <N extends keyof typeof api>(name: N) =>
    mount(app, api[name], handlers[name], surface)
  for (const name of Object.keys(api) as (keyof typeof api)[]) mountGroup(name)

  app.use((request: Request, response: Response) =>
    refuseBody(fail('route_unknown', request.path), request, response),
  )
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    refuseBody(bodyFailure(error), request, response),
  )
  return app
}

/** Whether a request may have a body: most have none, and need no parser. */
function mayHaveBody({ headers }: Request): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

function refuseOtherBodies(
  refuse: (failure: Failure, request: Request, response: Response) => Promise<void>,
) {
  return async (request: Request, response: Response, next: NextFunction) => {
    if (request.is('json') || request.is('+json') || !(await hasBody(request))) return next()
    await refuse(
      fail('invalid_request', 'the body must be JSON, sent with content-type: application/json'),
      request,
      response,
    )
  }
}

/** Whether there is a body. A chunked one may be empty, which is known only at the first chunk or the end. */
async function hasBody(request: Request): Promise<boolean> {
  if (request.get('transfer-encoding') === undefined) {
    return Number(request.get('content-length') ?? 0) > 0
  }
  // Reads to the end; otherwise the connection's next request would be blocked.
  return new Promise((resolve) => {
    request.once('data', () => resolve(true))
    request.once('end', () => resolve(false))
    request.once('close', () => resolve(true))
  })
}

function bodyFailure(error: unknown): Failure {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : ''
  if (type === 'entity.too.large') return fail('body_too_large')
  if (type === 'entity.parse.failed') return fail('invalid_request', 'the body is not valid JSON')
  return fail('invalid_request', 'the request could not be read')
}

/**
 * The failure for an unimplemented operation (`not_emulated`) or an unknown route (`route_unknown`), which are never confused.
 * Undefined if the operation is implemented.
 */
async function missing(
  request: Request,
  plausible: (params: Readonly<Record<string, string>>) => boolean,
): Promise<Failure | undefined> {
  const { operationAt, paramsAt } = await import('./known-operations.ts')
  const path = request.path.slice(apiRoot.length)
  const found = request.path.startsWith(`${apiRoot}/`)
    ? operationAt(request.method, path)
    : undefined
  if (found === undefined) return fail('route_unknown', request.path)
  const { account_id, zone_id, ...params } = paramsAt(found, path)
  const scope = { ...(account_id && { account_id }), ...(zone_id && { zone_id }) }
  // Formats of other parameters are known only for implemented operations: elsewhere the same names may mean something else.
  if (!plausible(found.isBuilt ? { ...scope, ...params } : scope)) {
    return fail('route_unknown', request.path)
  }
  if (found.isBuilt) return undefined
  const summary = found.summary === undefined ? '' : ` (${found.summary})`
  return fail('not_emulated', `${found.method} ${found.path}${summary}`)
}
