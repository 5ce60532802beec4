/** fetch and the undici package: offers a global dispatcher that uses the proxy, created on first use. */
import type { Agent, buildConnector, Dispatcher } from 'undici'
import { asBefore, type DispatchHandler } from './handler.ts'
import type { ProxyRoute } from './route.ts'
import { openTunnel } from './tunnel.ts'

/** The symbol under which Node's fetch and undici share the global dispatcher. undici 8 uses its own, with other handlers. */
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
  // Node uses the proxy by itself (NODE_USE_ENV_PROXY), and has already set its own dispatcher.
  if (Object.hasOwn(globalThis, name)) return
  // Configurable, so that a program can still set its own.
  Object.defineProperty(globalThis, name, { configurable: true, enumerable: false, get })
}

/** Loads undici lazily, since every Node program pays for preloads. Not by its entry, which would replace our dispatcher. */
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
