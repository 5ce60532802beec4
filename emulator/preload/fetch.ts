/** fetch, and the package undici: a dispatcher for all that ask for the global one, made when the first does. */
import type { Agent, buildConnector, Dispatcher } from 'undici'
import { asBefore, type DispatchHandler } from './handler.ts'
import type { ProxyRoute } from './route.ts'
import { openTunnel } from './tunnel.ts'

/** Under these names Node's fetch and the package undici share it; undici 8 has its own, and handlers of another form. */
const shared = Symbol.for('undici.globalDispatcher.1')
const sharedBy8 = Symbol.for('undici.globalDispatcher.2')

export function followFetch(route: ProxyRoute): void {
  let made: Agent | undefined
  const dispatcher = () => {
    made ??= makeDispatcher(route)
    return made
  }
  offer(shared, dispatcher)
  offer(sharedBy8, () => ({
    dispatch: (options: Dispatcher.DispatchOptions, handler: DispatchHandler) =>
      dispatcher().dispatch(options, asBefore(handler)),
  }))
}

function offer(name: symbol, get: () => object): void {
  // Node was told to follow by itself (NODE_USE_ENV_PROXY), and has made its own by now.
  if (Object.hasOwn(globalThis, name)) return
  // A program may still put its own in its place.
  Object.defineProperty(globalThis, name, { configurable: true, enumerable: false, get })
}

/** Loads undici only now: every Node program pays for what comes before its own code. Its entry would put its own in our place. */
function makeDispatcher(route: ProxyRoute): Agent {
  const AgentHere: typeof Agent = require('undici/lib/dispatcher/agent.js')
  const connector: typeof buildConnector = require('undici/lib/core/connect.js')
  return new AgentHere({ connect: tunnelling(route, connector({})) })
}

function tunnelling(
  route: ProxyRoute,
  straight: buildConnector.connector,
): buildConnector.connector {
  return (options, done) => {
    const secure = options.protocol === 'https:'
    const port = Number(options.port || (secure ? 443 : 80))
    const target = { secure, host: options.hostname, port }
    const proxy = route(target)
    if (proxy === undefined) return straight(options, done)
    openTunnel(proxy, target).then(
      (httpSocket) => {
        if (secure) straight({ ...options, httpSocket }, done)
        else done(null, httpSocket)
      },
      (error: Error) => done(error, null),
    )
  }
}
