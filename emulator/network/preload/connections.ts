/** Connections that programs open themselves to speak HTTP: npm ws, HTTP/2, dispatchers with their own connector. */
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import tls from 'node:tls'
import { pendingTunnel } from './pending-tunnel.ts'
import type { ProxyRoute } from './route.ts'

interface ConnectionOptions {
  readonly host?: string
  readonly port?: number | string
  readonly path?: string
  readonly socket?: unknown
  /** Present only in the options of an HTTP request. */
  readonly createConnection?: unknown
  readonly headers?: unknown
  readonly ALPNProtocols?: unknown
}
type Connect = (...args: unknown[]) => unknown

export function followConnections(route: ProxyRoute): void {
  const plain = net as unknown as { connect: Connect; createConnection: Connect }
  const secure = tls as unknown as { connect: Connect }
  plain.connect = following(plain.connect, (options) => {
    const target = { secure: false, host: options.host ?? 'localhost', port: Number(options.port) }
    const proxy = isOfRequest(options) ? route(target) : undefined
    return proxy && pendingTunnel(proxy, target)
  })
  plain.createConnection = plain.connect
  const straight = secure.connect
  secure.connect = following(straight, (options, callback) => {
    const target = { secure: true, host: options.host ?? 'localhost', port: Number(options.port) }
    const proxy = isOfRequest(options) || namesHttp(options) ? route(target) : undefined
    if (proxy === undefined) return undefined
    const socket = pendingTunnel(proxy, target)
    return straight.call(tls, { ...options, socket }, ...(callback ? [callback] : []))
  })
  // For programs that import the functions by name.
  syncBuiltinESMExports()
}

/** @param instead returns undefined for connections that should not use the proxy */
function following(
  straight: Connect,
  instead: (options: ConnectionOptions, callback: unknown) => unknown,
): Connect {
  return function (this: unknown, ...args) {
    const options = optionsOf(args)
    const isElsewhere = options.socket !== undefined || options.path !== undefined
    const callback = args.find((each) => typeof each === 'function')
    const led = isElsewhere ? undefined : instead(options, callback)
    return led ?? straight.apply(this, args)
  }
}

/** Handles all call forms: options; or a port, an optional host, and options; or the path of a local socket. */
function optionsOf(args: readonly unknown[]): ConnectionOptions {
  const [first, second] = args
  const named = args.find((each) => typeof each === 'object' && each !== null) as
    | ConnectionOptions
    | undefined
  if (typeof first === 'object') return named ?? {}
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { path: first }
  const host = typeof second === 'string' ? { host: second } : {}
  return { ...named, port: first as number, ...host }
}

function isOfRequest({ createConnection, headers }: ConnectionOptions): boolean {
  return typeof createConnection === 'function' && typeof headers === 'object'
}

function namesHttp({ ALPNProtocols: names }: ConnectionOptions): boolean {
  return Array.isArray(names) && names.some((name) => name === 'h2' || name === 'http/1.1')
}
