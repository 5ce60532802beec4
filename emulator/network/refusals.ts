/** Error responses for requests rejected before routing, and TLS alerts for connections rejected before TLS. */
import type { Duplex } from 'node:stream'
import type { ConnectionReason } from '../../contracts/reasons/table.ts'
import { endWith } from '../http/raw.ts'
import { because, json, type Reply } from '../http/reply.ts'
import { maxHeaderSize } from './limits.ts'

/** `{"error":{"code","message","names"?}}`; `names` lists the names that this emulator serves. */
export function problem(
  status: number,
  code: ConnectionReason | 'headers_too_large',
  message: string,
  names?: readonly string[],
): Reply {
  const error = { code, message, ...(names === undefined ? {} : { names }) }
  return because(json(status, { error }), code, message)
}

/** 404 on the API's names, for paths of neither the API nor the control API. */
export function elsewhere(names: readonly string[]): Reply {
  return problem(
    404,
    'not_served_here',
    'This name serves /client/v4 (the Cloudflare API) and /__access (the control API). To reach an application or a team, send its name in Host.',
    names,
  )
}

export function misdirected(host: string, names: readonly string[]): Reply {
  return problem(
    421,
    'host_not_served',
    `The host "${host}" is in no zone of this emulator. Add it with --origin ${host}=URL, or use one of the names below.`,
    names,
  )
}

export function otherHost(host: string, expected: string): Reply {
  return problem(
    421,
    'host_differs',
    `This connection was opened for "${expected}", but the request is for "${host}". Open one connection per host.`,
  )
}

export const twoHosts = problem(400, 'host_repeated', 'The request has more than one Host header.')

/** What follows the head could be its body or the next request, so the connection is closed. */
export const unclearEnd: Reply = closing(
  problem(
    400,
    'framing_invalid',
    'The length of the body is ambiguous: Transfer-Encoding must be "chunked", once, over HTTP/1.1 and without Content-Length.',
  ),
)

function closing(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, connection: 'close' } }
}

export const noHost = problem(400, 'no_host', 'The Host header is required.')

export const noUpgrade = problem(400, 'no_upgrade', 'Only hosts behind the edge accept an upgrade.')

export const noExpectation = problem(
  417,
  'no_expectation',
  'Only Expect: 100-continue is supported.',
)

export const tunnelInTunnel = problem(
  403,
  'proxy_in_tunnel',
  'This connection was opened for one host and is not a proxy to others.',
)

export const notAnAuthority = problem(
  400,
  'authority_invalid',
  'The request has no valid host: expected HOST or HOST:PORT.',
)

export const busy = problem(
  503,
  'too_many_connections',
  'The emulator has reached its limit of connections (option limits.connections).',
)

/** The answer to a request that Node's parser rejects, by the parser's error code. */
export function unreadable(code: string | undefined): Reply {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const most = `${maxHeaderSize / 1024} KiB`
    return problem(431, 'headers_too_large', `The headers are longer than ${most}.`)
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return problem(408, 'request_too_slow', 'The request did not arrive in time.')
  }
  return problem(400, 'not_http', `The request is not valid HTTP/1.1 (${code ?? 'unknown'}).`)
}

/** Fatal TLS alerts (RFC 8446 6.2). */
const alerts = { decodeError: 50, internalError: 80, unrecognizedName: 112 } as const

export function refuseTls(socket: Duplex, alert: keyof typeof alerts): void {
  const [record, fatal] = [0x15, 2]
  endWith(socket, Buffer.from([record, 3, 3, 0, 2, fatal, alerts[alert]]))
}
