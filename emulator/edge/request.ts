/** A request to a host behind the edge, parsed once: host, normalised path, client and ray. */
import type { IncomingMessage } from 'node:http'
import { valuesOf } from '../../contracts/http/headers.ts'
import type { HeaderValues } from '../access/credentials.ts'
import { normalisePath } from '../access/hosts.ts'
import type { Account, Journal, RequestFacts } from '../account/account.ts'
import type { TlsClientFacts } from '../crypto/mtls/client.ts'
import { clientIpHeader, mayDescribeClient, plainAddress } from '../http/client-address.ts'
import type { Stamp } from '../http/reply.ts'
import { type ClientCertificate, clientCertificate } from './client-certificate.ts'

/**
 * Headers by which a proxy on this machine may describe the client, so that geography and certificates can be tested; to a
 * shared emulator, only with an admin token in `access-emulator-token`. Over TLS a certificate counts only if the client
 * presents it.
 */
export const frontHeaders = {
  ip: clientIpHeader,
  country: 'access-emulator-country',
  commonName: 'access-emulator-certificate-common-name',
} as const

export interface EdgeRequest extends RequestFacts, Stamp, ClientCertificate {
  readonly account: Account | undefined
  /** The account's journal, or that of requests without an account. */
  readonly journal: Journal
  /** Whether an origin is configured for the host. */
  readonly hasOrigin: boolean
  /** With its question mark, or empty. */
  readonly query: string
}

/** Undefined if the path is not valid (a malformed escape, a control character). */
export function readEdgeRequest(
  request: IncomingMessage,
  at: {
    readonly host: string
    readonly account: Account | undefined
    readonly journal: Journal
    readonly hasOrigin: boolean
    /** The clients' country, unless a local proxy states another. */
    readonly country: string
    /** Undefined on plain HTTP. */
    readonly tls: TlsClientFacts | undefined
  },
  stamp: Stamp,
): EdgeRequest | undefined {
  const target = normalisePath(request.url ?? '/')
  if (target === undefined) return undefined
  const { rawHeaders } = request
  const headers: HeaderValues = (name) => valuesOf(rawHeaders, name)
  const peer = plainAddress(request.socket.remoteAddress)
  const front = mayDescribeClient(request, at.account) ? frontOf(headers) : untold
  const { nowMs } = stamp
  const presented =
    at.tls === undefined ? toldOf(front) : clientCertificate(at.tls, at.host, at.account, nowMs)
  return {
    ray: stamp.ray,
    nowMs,
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
    certificate: presented.certificate,
    certificateRefused: presented.certificateRefused,
    mtlsStatus: presented.mtlsStatus,
    mtls: presented.mtls,
    certificateHeaders: presented.certificateHeaders,
  }
}

interface Front {
  readonly ip: string | undefined
  readonly country: string | undefined
  readonly certificate: EdgeRequest['certificate']
}

const untold: Front = { ip: undefined, country: undefined, certificate: undefined }

const none: ClientCertificate = { mtlsStatus: 'NONE' }

/** A certificate of which a proxy on this machine tells counts as one that was verified. */
function toldOf({ certificate }: Front): ClientCertificate {
  if (certificate === undefined) return none
  const untold = { cert_issuer_dn: '', cert_serial: '', cert_issuer_ski: '' }
  const { common_name } = certificate
  const mtls = { ...untold, cert_presented: true, common_name, auth_status: 'SUCCESS' }
  return { certificate, mtlsStatus: 'NONE', mtls }
}

function frontOf(headers: HeaderValues): Front {
  const [common_name] = headers(frontHeaders.commonName)
  return {
    ip: headers(frontHeaders.ip)[0],
    country: headers(frontHeaders.country)[0],
    certificate: common_name === undefined ? undefined : { common_name },
  }
}
