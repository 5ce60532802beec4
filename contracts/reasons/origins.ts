/** How an origin can fail before its answer begins: what the journal and the error page say of it. */
import { reasonRows } from './row.ts'

export const originReasons = reasonRows({
  origin_refused: { text: 'The origin refused the connection' },
  origin_connect_timeout: { text: 'The origin did not accept the connection in time' },
  origin_unreachable: { text: 'There is no route to the origin' },
  origin_response_timeout: { text: 'The origin took the request and did not answer in time' },
  origin_handshake: { text: 'The TLS handshake with the origin failed' },
  origin_certificate: {
    text: 'The certificate of the origin is not trusted. NODE_EXTRA_CA_CERTS can name its CA',
  },
  origin_unresolved: { text: 'The name of the origin does not resolve' },
  origin_bad_gateway: { text: 'The origin, or a proxy before it, could not answer' },
  origin_tunnel_down: { text: 'The tunnel to the origin is not connected' },
  origin_unknown_answer: {
    text: 'The origin closed the connection without an answer, or its answer is not HTTP',
  },
  origin_unsendable: { text: 'The request cannot be sent to the origin as it is' },
  origin_builtin_upgrade: {
    text: 'The built-in origin does not upgrade connections. Give the host one with --origin HOST=URL',
  },
  origin_h2c_upgrade: {
    text: 'Upgrades go to origins over HTTP/1.1, which an h2c origin does not speak. Give the host an http or https one with --origin HOST=URL',
  },
  origin_tcp_without_upgrade: {
    text: 'This origin takes bytes, not HTTP: connect to it by `cloudflared access tcp --hostname HOST`',
  },
  origin_upgrade_with_body: {
    text: 'A request that asks for an upgrade and carries a body is not emulated',
  },
})
