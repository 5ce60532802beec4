/** CONNECT: a tunnel to a name that the emulator serves, or to a passthrough host. */
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Reply } from '../../http/reply.ts'
import { readAuthority } from '../hosts.ts'
import { notAnAuthority, tunnelInTunnel } from '../refusals.ts'
import { type ConnectionInfo, mayBeProxy } from '../request-target.ts'
import { type Dial, established, tunnelOut, unreachable } from './passthrough.ts'
import { type ProxyRules, proxyTarget } from './proxy-target.ts'

export interface ConnectHandling {
  readonly rules: ProxyRules
  readonly connections: WeakMap<Duplex, ConnectionInfo>
  readonly dial: () => Dial
  readonly refuse: (socket: Duplex, reply: Reply, request: IncomingMessage) => void
  /** Treats the inside of the tunnel as a new connection. */
  readonly enter: (socket: Socket, tunnel: string) => void
}

export function handleConnects(http: Server, to: ConnectHandling): void {
  const { rules, connections, dial, refuse, enter } = to
  http.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has removed its own listeners.
    socket.on('error', () => socket.destroy())
    const authority = readAuthority(request.url ?? '')
    if (!(socket instanceof Socket) || authority === undefined) {
      refuse(socket, notAnAuthority, request)
      return
    }
    if (!mayBeProxy(connections.get(socket))) {
      refuse(socket, tunnelInTunnel, request)
      return
    }
    const target = proxyTarget(authority, socket.remoteAddress, rules)
    if (target.kind === 'refused') {
      refuse(socket, target.reply, request)
    } else if (target.kind === 'passthrough') {
      const { host, port } = target
      tunnelOut(socket, head, dial()(host, port), (error) =>
        refuse(socket, unreachable(host, error), request),
      )
    } else {
      socket.write(established)
      if (head.length > 0) socket.unshift(head)
      enter(socket, target.host)
    }
  })
}
