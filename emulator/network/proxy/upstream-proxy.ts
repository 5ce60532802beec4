/** Verified TLS connections to the real servers, through the proxy that the environment sets, if any. */
import type { lookup as systemLookup } from 'node:dns'
import { type ClientRequestArgs, request } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import {
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import { once } from '../../../contracts/declaration/endpoint.ts'
import { endpointOf } from '../endpoint.ts'
import { holds } from '../preload/route.ts'
import { lookupPast } from './passthrough.ts'
import { isPrivateAddress } from './private-networks.ts'

export interface UpstreamOptions {
  /** Read for `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case. */
  readonly environment: NodeJS.ProcessEnv
  /** Roots to trust, PEM. */
  readonly roots: readonly string[]
  /** Whether a name may resolve to a private address. */
  readonly mayBePrivate: (host: string) => boolean
  readonly lookup?: typeof systemLookup
}

const httpsPort = 443
/** Placeholder: the type declarations require a socket even with an error. */
const unconnected = new Duplex()

/** @throws RangeError if the environment's proxy is not an http(s) URL */
export function createUpstream(options: UpstreamOptions): Agent {
  return new Upstream(options, proxyRoute(options.environment))
}

class Upstream extends Agent {
  readonly #options: UpstreamOptions
  readonly #route: (host: string) => URL | undefined
  readonly #context: () => SecureContext

  constructor(options: UpstreamOptions, route: (host: string) => URL | undefined) {
    // Shorter than a server keeps an idle connection: a request sent just as it closes would fail.
    super({ keepAlive: true, timeout: 15_000 })
    this.#options = options
    this.#route = route
    this.#context = once(() => createSecureContext({ ca: [...options.roots] }))
  }

  override createConnection(
    { host }: RequestOptions,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    if (done === undefined || typeof host !== 'string')
      throw new TypeError('This agent connects to host names only.')
    this.#open(host).then(
      (socket) => done(null, socket),
      (error: Error) => done(error, unconnected),
    )
  }

  async #open(host: string): Promise<TLSSocket> {
    const socket = await this.#reach(host)
    return await settled(this.#secure(host, socket), 'secureConnect')
  }

  /** Connects to the host's TLS port, directly or through the proxy. */
  #reach(host: string): Promise<Socket> {
    const proxy = this.#route(host)
    if (proxy !== undefined) return this.#tunnel(proxy, `${host}:${httpsPort}`)
    const closed = this.#options.mayBePrivate(host) ? () => false : isPrivateAddress
    const lookup = lookupPast(closed, leadsInside, this.#options.lookup)
    return settled(connectPlain({ host, port: httpsPort, lookup }), 'connect')
  }

  /** Always verified, whatever the environment says: secrets are sent here. */
  #secure(host: string, socket: Socket): TLSSocket {
    return connectTls({
      socket,
      servername: host,
      secureContext: this.#context(),
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
    })
  }

  #tunnel(proxy: URL, authority: string): Promise<Socket> {
    const secure = proxy.protocol === 'https:'
    const { host, port } = endpointOf(proxy)
    const credentials = [proxy.username, proxy.password].map(decodeURIComponent).join(':')
    const options: ClientRequestArgs = {
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(credentials === ':'
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
      createConnection: () =>
        secure ? this.#secure(host, connectPlain({ host, port })) : connectPlain({ host, port }),
    }
    return new Promise((resolve, reject) => {
      const connecting = request(options)
      connecting.once('error', reject)
      connecting.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
        if (statusCode !== 200) {
          socket.destroy()
          reject(new Error(`the proxy ${proxy.host} refused ${authority} (${statusCode})`))
          return
        }
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      })
      connecting.end()
    })
  }
}

function settled<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once(event, () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function leadsInside(host: string): string {
  return `${host} resolves to a private address, which is allowed only for names of --host`
}

/** @throws RangeError if the proxy is not an http(s) URL */
function proxyRoute(environment: NodeJS.ProcessEnv): (host: string) => URL | undefined {
  const read = (name: string) => environment[name] || environment[name.toUpperCase()] || undefined
  const text = read('https_proxy') ?? read('all_proxy')
  if (text === undefined) return () => undefined
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new RangeError(
      'HTTPS_PROXY (or ALL_PROXY) is not an http URL. Write it like http://proxy.example:3128.',
    )
  }
  const proxy = new URL(text)
  const direct = (read('no_proxy') ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  return (host) => (direct.some((entry) => holds(entry, host, httpsPort)) ? undefined : proxy)
}
