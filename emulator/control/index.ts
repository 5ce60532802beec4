/** `/__access`: the emulator's own control API, open to this machine, closed to web pages of other origins. */
import type { RequestListener, ServerResponse } from 'node:http'
import { control } from '../../contracts/control/endpoints.ts'
import { type Failure, fail, isFailure } from '../../contracts/errors/errors.ts'
import { controlFailureReply } from '../http/failures.ts'
import { operationsLayer, throughLayers } from '../http/layers.ts'
import { mount, type Surface } from '../http/mount.ts'
import { type Stamp, write } from '../http/reply.ts'
import { createRoutes, type Operations, type Routed, routed } from '../http/routes.ts'
import type { Log } from '../world/log.ts'
import { createBodyLimit } from './body-limit.ts'
import { type ControlCaller, reachableBy } from './caller.ts'
import type { ControlContext, Controlled } from './context.ts'
import { callerOf, foreign, isForeign, mayOfferSignIn } from './guard.ts'
import { handlers } from './handlers.ts'
import { signInLayer, signInPage, signInPath } from './sign-in.ts'

export function createControl(controlled: Controlled, log: Log): RequestListener {
  const stamp = (): Stamp => ({ ray: controlled.nextRay(), nowMs: controlled.world.now() })
  const surface: Surface<ControlContext, never> = {
    paths: (endpoint) => [endpoint.path],
    context(request, endpoint) {
      const reached = reachableBy(callerWas(request), request, endpoint, controlled)
      return isFailure(reached) ? reached : { ...reached, ...stamp() }
    },
    fault: () => undefined,
    sleep: controlled.world.sleep,
    commit: () => undefined,
    failure: controlFailureReply,
    stamp,
    journal: () => {},
    refused: () => {},
    bug: (error, endpoint) => log.error({ err: error, operation: endpoint.id }, 'a handler failed'),
  }
  const refuse = (failure: Failure, request: Routed, response: ServerResponse) =>
    write(request, response, controlFailureReply(failure), stamp())

  const guarded = { ...controlled, accounts: controlled.everyAccount }
  const callers = new WeakMap<Routed, ControlCaller>()
  const callerWas = (request: Routed) => callers.get(request) ?? 'anyone'
  const bodies = createBodyLimit(callerWas, guarded)
  const operations: Operations<Routed> = createRoutes()
  mount(operations, control, handlers, surface)
  const serve = throughLayers(
    [
      (request, response, next) => {
        if (request.path === signInPath && isForeign(request)) refuse(foreign, request, response)
        else next()
      },
      signInLayer(guarded, stamp),
      async (request, response, next) => {
        const caller = callerOf(request, guarded)
        if (typeof caller === 'string' || !isFailure(caller)) {
          callers.set(request, caller)
          next()
        } else if (caller !== foreign && mayOfferSignIn(request)) {
          write(request, response, await signInPage(request.originalUrl), stamp())
        } else refuse(caller, request, response)
      },
      bodies.layer,
      operationsLayer(operations),
      (request, response) => {
        const known = Object.values(control).map(({ method, path }) => `${method} ${path}`)
        const detail = `There is no ${request.method} ${request.path}. The control API has: ${known.join(', ')}.`
        refuse(fail('unknown', detail), request, response)
      },
    ],
    (error, request, response) => refuse(bodies.failureOf(error, request), request, response),
  )
  return (message, response) => serve(routed(message), response)
}
