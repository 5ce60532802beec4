/**
 * Preloaded by Node before a program's own code: makes fetch, undici, http, https, HTTP/2 and WebSockets honour the proxy
 * variables, which Node 20 ignores.
 */
import { followAgents } from './agents.ts'
import { followConnections } from './connections.ts'
import { followFetch } from './fetch.ts'
import { createRoute } from './route.ts'

const route = createRoute(process.env)
if (route !== undefined) {
  followAgents(route)
  followConnections(route)
  followFetch(route)
}
