/** http and https: makes every agent use the proxy, including a program's own, unless it overrides `createConnection`. */
import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import type { ProxyRoute } from './route.ts'
import { openTunnel } from './tunnel.ts'

interface ConnectOptions {
  readonly host?: string | null
  readonly port?: number | string | null
  readonly socketPath?: string | null
}
type ConnectCallback = (error: Error | null, socket?: Duplex) => void
type CreateConnection = (
  options: ConnectOptions,
  done?: ConnectCallback,
) => Duplex | null | undefined

interface ConnectionRequest {
  createConnection: CreateConnection
}

export function followAgents(route: ProxyRoute): void {
  follow(Agent.prototype as unknown as ConnectionRequest, route, false)
  follow(SecureAgent.prototype as unknown as ConnectionRequest, route, true)
}

function follow(agent: ConnectionRequest, route: ProxyRoute, secure: boolean): void {
  const straight = agent.createConnection
  agent.createConnection = function (
    this: { readonly options?: { readonly proxyEnv?: unknown } },
    options,
    done,
  ) {
    const { host, port, socketPath } = options
    const target = { secure, host: host ?? 'localhost', port: Number(port ?? (secure ? 443 : 80)) }
    // Newer versions of Node can use the proxy by themselves.
    const isFollowing = Boolean(this.options?.proxyEnv)
    const proxy = socketPath || isFollowing ? undefined : route(target)
    if (proxy === undefined || done === undefined) return straight.call(this, options, done)
    openTunnel(proxy, target).then((socket) => {
      if (!secure) done(null, socket)
      else done(null, straight.call(this, { ...options, socket } as ConnectOptions) ?? undefined)
    }, done)
    return undefined
  }
}
