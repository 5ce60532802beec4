/** One request to a host behind the edge, read once: where it goes, who sends it, under which ray. */
import type { IncomingMessage } from 'node:http'
import { valuesOf } from '../../contracts/http/headers.ts'
import type { HeaderValues } from '../access/credentials.ts'
import { normalisePath } from '../access/hosts.ts'
import type { Account } from '../account/account.ts'
import type { RequestFacts } from '../account/evaluate.ts'
import type { Journal } from '../account/journal.ts'
import type { Stamp } from '../http/reply.ts'

/** What a front on this machine may say of the client, so that geography and certificates can be tested. */
export const frontHeaders = {
  ip: 'access-emulator-client-ip',
  country: 'access-emulator-country',
  commonName: 'access-emulator-certificate-common-name',
} as const

export interface EdgeRequest extends RequestFacts, Stamp {
  readonly account: Account | undefined
  /** That of the account, or of no account. */
  readonly journal: Journal
  /** Whether somebody named an origin for the host. */
  readonly hasOrigin: boolean
  /** With its question mark, or empty. */
  readonly query: string
}

/** Undefined where the path cannot be one (a malformed escape, a control character). */
export function readEdgeRequest(
  request: IncomingMessage,
  at: {
    readonly host: string
    readonly account: Account | undefined
    readonly journal: Journal
    readonly hasOrigin: boolean
    /** Where clients are, unless a front on this machine says otherwise. */
    readonly country: string
  },
  stamp: Stamp,
): EdgeRequest | undefined {
  const target = normalisePath(request.url ?? '/')
  if (target === undefined) return undefined
  const { rawHeaders } = request
  const headers: HeaderValues = (name) => valuesOf(rawHeaders, name)
  const peer = plainAddress(request.socket.remoteAddress)
  const front = isLoopback(peer) ? frontOf(headers) : untold
  return {
    ray: stamp.ray,
    nowMs: stamp.nowMs,
    host: at.host,
    account: at.account,
    journal: at.journal,
    hasOrigin: at.hasOrigin,
    path: target.path,
    query: target.query,
    method: request.method ?? 'GET',
    headers,
    ip: front.ip ?? peer,
    country: front.country ?? at.country,
    certificate: front.certificate,
  }
}

interface Front {
  readonly ip: string | undefined
  readonly country: string | undefined
  readonly certificate: EdgeRequest['certificate']
}

const untold: Front = { ip: undefined, country: undefined, certificate: undefined }

function frontOf(headers: HeaderValues): Front {
  const [common_name] = headers(frontHeaders.commonName)
  return {
    ip: headers(frontHeaders.ip)[0],
    country: headers(frontHeaders.country)[0],
    certificate: common_name === undefined ? undefined : { common_name },
  }
}

/**
 * A client that reset its connection behind its request has no address any more. It is taken for nobody's: as one of this
 * machine it could say of itself what only a front may.
 */
const nobodys = '0.0.0.0'

/** Without the IPv4-mapped form that a dual-stack socket shows. */
function plainAddress(address = nobodys): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, '')
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}
