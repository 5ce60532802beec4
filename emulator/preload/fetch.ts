/** fetch, and the package undici: a dispatcher for all that ask for the global one, made when the first does. */
import type { Agent, buildConnector } from 'undici'
import type { Route } from './route.ts'
import { openTunnel } from './tunnel.ts'

/** Under this name Node's fetch and the package undici share it. */
const shared = Symbol.for('undici.globalDispatcher.1')

export function followFetch(route: Route): void {
  // Later versions of Node follow by themselves, and have theirs by now.
  if (Object.hasOwn(globalThis, shared)) return
  let made: Agent | undefined
  Object.defineProperty(globalThis, shared, {
    // A program may still put its own in its place.
    configurable: true,
    enumerable: false,
    get() {
      made ??= makeDispatcher(route)
      return made
    },
  })
}

/** Loads undici only now: every Node program pays for what comes before its own code. Its entry would put its own in our place. */
function makeDispatcher(route: Route): Agent {
  const AgentHere: typeof Agent = require('undici/lib/dispatcher/agent.js')
  const connector: typeof buildConnector = require('undici/lib/core/connect.js')
  return new AgentHere({ connect: tunnelling(route, connector({})) })
}

function tunnelling(route: Route, straight: buildConnector.connector): buildConnector.connector {
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
