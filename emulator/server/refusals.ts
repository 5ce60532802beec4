/** What the door refuses, in words for whoever knocked: as answers, as raw bytes, as TLS alerts. */
import type { Duplex } from 'node:stream'
import { endWith } from '../http/raw.ts'
import { because, json, type Reply } from '../http/reply.ts'
import { maxHeaderSize } from './limits.ts'

/** `{"error":{"code","message","names"?}}`; `names` are those that this emulator serves. */
export function problem(
  status: number,
  code: string,
  message: string,
  names?: readonly string[],
): Reply {
  const error = { code, message, ...(names === undefined ? {} : { names }) }
  return because(json(status, { error }), code, message)
}

/** 404 on the API's names, for paths that are neither the API's nor the control API's. */
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
    `No zone of this emulator holds the host "${host}". Name it with --origin ${host}=URL, or use one of the names below.`,
    names,
  )
}

export function otherHost(host: string, expected: string): Reply {
  return problem(
    421,
    'host_differs',
    `This connection was opened for "${expected}", and the request names "${host}". Open one connection for each name.`,
  )
}

export const twoHosts = problem(400, 'host_repeated', 'The request has more than one Host header.')

/** What follows the head could be its body or the next request, so nothing more is read from the connection. */
export const unclearEnd: Reply = closing(
  problem(
    400,
    'framing_invalid',
    'The end of the body is not clear: only "Transfer-Encoding: chunked", once, over HTTP/1.1 and without a Content-Length, is accepted.',
  ),
)

function closing(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, connection: 'close' } }
}

export const noHost = problem(400, 'no_host', 'A request names its host.')

export const noUpgrade = problem(400, 'no_upgrade', 'Only hosts behind the edge take an upgrade.')

export const noExpectation = problem(417, 'no_expectation', 'Only 100-continue is met.')

export const tunnelInTunnel = problem(
  403,
  'proxy_in_tunnel',
  'This connection was opened for one name, and leads no further.',
)

export const notAnAuthority = problem(
  400,
  'authority_invalid',
  'The request names no host: expected HOST or HOST:PORT.',
)

export const busy = problem(
  503,
  'too_many_connections',
  'The emulator holds as many connections as it may (option limits.connections).',
)

/** What Node's parser will not read, by its code. */
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

/** Fatal alerts of TLS (RFC 8446 6.2). */
const alerts = { decodeError: 50, internalError: 80, unrecognizedName: 112 } as const

export function refuseTls(socket: Duplex, alert: keyof typeof alerts): void {
  const [record, fatal] = [0x15, 2]
  endWith(socket, Buffer.from([record, 3, 3, 0, 2, fatal, alerts[alert]]))
}
