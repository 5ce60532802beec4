/** A connection through an HTTP proxy. */
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { ProxyAddress, RouteTarget } from './route.ts'

/** @throws Error where the proxy cannot be reached, or refuses: then in its words */
export function openTunnel(proxy: ProxyAddress, { host, port }: RouteTarget): Promise<Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return new Promise((resolve, reject) => {
    const asking = request({
      ...proxy,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority },
      // Its own, or it would ask for a tunnel to the proxy.
      createConnection: () => connect(proxy),
    })
    asking.once('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode === 200) {
        if (head.length > 0) socket.unshift(head)
        resolve(socket as Socket)
      } else {
        socket.destroy()
        reject(new Error(`The proxy refused ${authority} (${statusCode})${reasonIn(head)}`))
      }
    })
    asking.once('error', reject)
    asking.end()
  })
}

/** What the emulator says with a refusal. */
function reasonIn(body: Buffer): string {
  const [, message] = /"message":"((?:[^"\\]|\\.)*)"/.exec(body.toString()) ?? []
  return message === undefined ? '' : `: ${message.replaceAll(/\\(.)/g, '$1')}`
}
