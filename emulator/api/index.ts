/** `/client/v4`: every declared group mounted, and honest words for all that is not. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { api } from '../../contracts/api.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors.ts'
import { isTooDeep } from '../../contracts/json.ts'
import { notBuilt } from '../../contracts/not-built.ts'
import { journaled, mount } from '../http/mount.ts'
import { write } from '../http/reply.ts'
import { authenticate } from './gateway.ts'
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
  // The gateway looks at credentials before anyone reads a body (api-facts §3).
  const refuseBody = (failure: Failure, request: Request, response: Response) => {
    const principal = authenticate(request, options.accounts)
    refuse(isFailure(principal) ? principal : failure, request, response)
  }

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(express.json({ limit: bodyLimit, strict: false }))
  app.use((request: Request, _response: Response, next: NextFunction) => {
    next(isTooDeep(request.body) ? new RangeError('the body is nested too deep') : undefined)
  })
  app.use(refuseOtherBodies(refuseBody))

  const mountGroup = <N extends keyof typeof api>(name: N) =>
    mount(app, api[name], handlers[name], surface)
  for (const name of Object.keys(api) as (keyof typeof api)[]) mountGroup(name)

  app.use((request: Request, response: Response) => {
    const principal = authenticate(request, options.accounts)
    refuse(isFailure(principal) ? principal : missing(request), request, response)
  })
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    refuseBody(bodyFailure(error), request, response)
  })
  return app
}

function refuseOtherBodies(
  refuse: (failure: Failure, request: Request, response: Response) => void,
) {
  return async (request: Request, response: Response, next: NextFunction) => {
    if (request.is('json') || request.is('+json') || !(await hasBody(request))) return next()
    refuse(
      fail('invalid_request', 'the body must be JSON, sent with content-type: application/json'),
      request,
      response,
    )
  }
}

/** Chunks may be none: whether a body is sent in them is known once the first has come, or the end. */
async function hasBody(request: Request): Promise<boolean> {
  if (request.get('transfer-encoding') === undefined) {
    return Number(request.get('content-length') ?? 0) > 0
  }
  // Read on to its end, or the connection's next request would wait behind it.
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

/** "Not built here" is never confused with "no such route". */
function missing(request: Request): Failure {
  const row = notBuilt().find(({ method, path }) => {
    const pattern = path.replaceAll(/\{\w+\}/g, '[^/]+')
    return method === request.method && new RegExp(`^${apiRoot}${pattern}$`).test(request.path)
  })
  return row === undefined
    ? fail('route_unknown', request.path)
    : fail('not_emulated', `${row.method} ${row.path} (${row.summary})`)
}
