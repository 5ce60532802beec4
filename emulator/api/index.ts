/** `/client/v4`: mounts every declared group, and answers clearly for everything that is not implemented. */
import type { RequestListener, ServerResponse } from 'node:http'
import { api } from '../../contracts/api/operations.ts'
import { isTooDeep } from '../../contracts/declaration/json.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import { isOfType, jsonLayer, mayHaveBody, operationsLayer, throughLayers } from '../http/layers.ts'
import { journaled, mount } from '../http/mount.ts'
import { write } from '../http/reply.ts'
import { createRoutes, type Operations, type Routed, routed } from '../http/routes.ts'
import { authenticate, hindered } from './gateway.ts'
import { handlers } from './handlers.ts'
import {
  type ApiOptions,
  apiRoot,
  couldName,
  createApiSurface,
  failureReply,
  noteRefusal,
} from './surface.ts'

export function createApi(options: ApiOptions): RequestListener {
  const surface = createApiSurface(options)
  const refuse = (failure: Failure, request: Routed, response: ServerResponse) => {
    const stamp = surface.stamp()
    const reply = failureReply(failure, stamp, options.accounts)
    write(request, response, reply, stamp)
    noteRefusal(request, { ...stamp, ...journaled(request, reply, 'api') }, options.accounts)
  }
  // The gateway checks credentials before the body is read (api-gateway-order).
  const refuseBody = async (failure: Failure, request: Routed, response: ServerResponse) => {
    const principal = authenticate(request, options.accounts, options.world.now())
    const first = isFailure(principal)
      ? principal
      : (hindered(principal, request) ?? (await missing(request)))
    refuse(first ?? failure, request, response)
  }

  const operations: Operations<Routed> = createRoutes()
  const mountGroup = <N extends keyof typeof api>(name: N) =>
    mount(operations, api[name], handlers[name], surface)
  for (const name of Object.keys(api) as (keyof typeof api)[]) mountGroup(name)

  const serve = throughLayers(
    [
      jsonLayer({ limit: '1mb', strict: false }),
      async (request, response, next) => {
        if (isTooDeep(request.body)) throw new RangeError('the body is nested too deep')
        if (mayHaveBody(request) && (await hasOtherBody(request))) {
          await refuseBody(notJson, request, response)
        } else next()
      },
      operationsLayer(operations),
      (request, response) => refuseBody(fail('route_unknown', request.path), request, response),
    ],
    (error, request, response) => refuseBody(bodyFailure(error), request, response),
  )
  return (message, response) => serve(routed(message), response)
}

const notJson = fail(
  'invalid_request',
  'the body must be JSON, sent with content-type: application/json',
)

/** Whether there is a body of another type. A chunked one may be empty, which is known only at the first chunk or the end. */
async function hasOtherBody(request: Routed): Promise<boolean> {
  if (isOfType(request, /^(application\/json|[^/]+\/[^/]+\+json)$/i)) return false
  const { headers } = request
  if (headers['transfer-encoding'] === undefined) return Number(headers['content-length']) > 0
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
async function missing(request: Routed): Promise<Failure | undefined> {
  const { operationAt, paramsAt } = await import('./known-operations.ts')
  const path = request.path.slice(apiRoot.length)
  const found = request.path.startsWith(`${apiRoot}/`)
    ? operationAt(request.method, path)
    : undefined
  if (found === undefined) return fail('route_unknown', request.path)
  const { account_id, zone_id, ...params } = paramsAt(found, path)
  const scope = { ...(account_id && { account_id }), ...(zone_id && { zone_id }) }
  // Formats of other parameters are known only for implemented operations: elsewhere the same names may mean something else.
  if (!couldName(found.isBuilt ? { ...scope, ...params } : scope)) {
    return fail('route_unknown', request.path)
  }
  if (found.isBuilt) return undefined
  const summary = found.summary === undefined ? '' : ` (${found.summary})`
  return fail('not_emulated', `${found.method} ${found.path}${summary}`)
}
