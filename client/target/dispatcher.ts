/** undici's dispatcher for one origin at a target. */
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { pinnedTo } from '../transport/dispatched.ts'
import type { Environment } from '../transport/environment.ts'
import { proxiesOf } from '../transport/network-fetch.ts'
import type { Target } from './target.ts'

/** Sends requests to one origin when `fetch` is not enough: streams both ways, and upgrades. */
export function dispatcherFor(origin: URL, { address }: Target, env: Environment): Dispatcher {
  if (address !== undefined) return pinnedTo(address)
  const proxy = proxiesOf(env)(origin)
  return proxy === undefined ? new Agent() : new ProxyAgent(proxy)
}
