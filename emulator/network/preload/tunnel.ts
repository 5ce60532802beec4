/** Opens a connection through an HTTP proxy. */
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { ProxyAddress, RouteTarget } from './route.ts'

/** @throws Error if the proxy cannot be reached, or refuses; then with the proxy's own message */
export function openTunnel(proxy: ProxyAddress, { host, port }: RouteTarget): Promise<Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return new Promise((resolve, reject) => {
    const connecting = request({
      ...proxy,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority },
      // A plain connection; the patched agent would open a tunnel to the proxy.
      createConnection: () => connect(proxy),
    })
    connecting.once('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode === 200) {
        if (head.length > 0) socket.unshift(head)
        resolve(socket as Socket)
      } else {
        socket.destroy()
        reject(new Error(`The proxy refused ${authority} (${statusCode})${reasonIn(head)}`))
      }
    })
    connecting.once('error', reject)
    connecting.end()
  })
}

/** The message in the emulator's refusal. */
function reasonIn(body: Buffer): string {
  const [, message] = /"message":"((?:[^"\\]|\\.)*)"/.exec(body.toString()) ?? []
  return message === undefined ? '' : `: ${message.replaceAll(/\\(.)/g, '$1')}`
}
