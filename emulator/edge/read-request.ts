/** Reads a request to a host behind the edge. A path that is not valid and headers that are too long are refused here. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { BehaviourValue } from '../../contracts/behaviours/table.ts'
import { journaledFault } from '../../contracts/control/faults.ts'
import { pairsOf, valuesOf } from '../../contracts/http/headers.ts'
import type { HeaderValues } from '../access/credentials.ts'
import { normalisePath } from '../access/hosts.ts'
import type { Accounts } from '../account/accounts.ts'
import type { TlsClientFacts } from '../crypto/mtls/client.ts'
import { mayDescribeClient, plainAddress } from '../http/client-address.ts'
import { endWithReply } from '../http/raw.ts'
import { because, type Reply, type Stamp, write } from '../http/reply.ts'
import type { Origin } from '../network/origin/forwarded.ts'
import type { World } from '../world/world.ts'
import { type ClientCertificate, clientCertificate } from './client-certificate.ts'
import { note } from './note.ts'
import { tooLargePage } from './pages.ts'
import { type EdgeRequest, frontHeaders } from './request.ts'
import { htmlReply } from './unknown.ts'

export interface ReaderOptions {
  readonly world: World
  readonly accounts: Accounts
  /** For requests to hosts that belong to no account. */
  readonly nextRay: () => string
  readonly origins: ReadonlyMap<string, Origin>
  /** The clients' country, unless a local proxy states another: two letters, or `XX`. */
  readonly country: string
}

const badPath = because(
  htmlReply(400, '<h1>400 Bad Request</h1><p>The path is not valid.</p>'),
  'path_malformed',
)

/** A request that may go on, or what refuses it; that is journaled already. */
type ReadRequest =
  | { readonly edgeRequest: EdgeRequest }
  | { readonly refusal: Reply; readonly stamp: Stamp }

/** Each reads a request, and answers it if it is refused: then it is undefined. `tls` is undefined on plain HTTP. */
export function createReader(options: ReaderOptions) {
  return {
    request(
      kind: 'team' | 'edge',
      request: IncomingMessage,
      response: ServerResponse,
      host: string,
      tls: TlsClientFacts | undefined,
    ): EdgeRequest | undefined {
      const place = kind === 'team' ? 'team' : 'application'
      const read = readRequest(request, place, host, tls, options)
      if ('edgeRequest' in read) return read.edgeRequest
      write(request, response, read.refusal, read.stamp)
      return undefined
    },
    upgrade(
      request: IncomingMessage,
      socket: Duplex,
      host: string,
      tls: TlsClientFacts | undefined,
    ): EdgeRequest | undefined {
      const read = readRequest(request, 'application', host, tls, options)
      if ('edgeRequest' in read) return read.edgeRequest
      endWithReply(socket, read.refusal, read.stamp)
      return undefined
    },
  }
}

function readRequest(
  request: IncomingMessage,
  place: EdgeRequest['place'],
  host: string,
  tls: TlsClientFacts | undefined,
  { world, accounts, nextRay, origins, country }: ReaderOptions,
): ReadRequest {
  const account = place === 'team' ? accounts.byTeam(host) : accounts.byHost(host)
  const { journal } = account ?? { journal: accounts.journals.ofNone }
  const stamp = { ray: account?.ray() ?? nextRay(), nowMs: world.now() }
  const { method = 'GET', rawHeaders } = request
  const target = normalisePath(request.url ?? '/')
  if (target === undefined) {
    const { status, because } = badPath
    const received = { ...stamp, host, method, path: request.url ?? '', operation: 'edge.path' }
    journal.add({ ...received, status, because, ...journaledFault(undefined) })
    return { refusal: badPath, stamp }
  }
  const headers: HeaderValues = (name) => valuesOf(rawHeaders, name)
  const front = mayDescribeClient(request, account) ? frontOf(headers) : untold
  const presented =
    tls === undefined ? toldOf(front) : clientCertificate(tls, host, account, stamp.nowMs)
  const edgeRequest: EdgeRequest = {
    ray: stamp.ray,
    nowMs: stamp.nowMs,
    host,
    place,
    account,
    journal,
    hasOrigin: origins.has(host),
    path: target.path,
    query: target.query,
    method,
    headers,
    ip: front.ip ?? plainAddress(request.socket.remoteAddress),
    country: front.country ?? country,
    certificate: presented.certificate,
    certificateRefused: presented.certificateRefused,
    mtlsStatus: presented.mtlsStatus,
    mtls: presented.mtls,
    certificateHeaders: presented.certificateHeaders,
  }
  const refusal = refuseLongHeaders(request, edgeRequest)
  return refusal === undefined ? { edgeRequest } : { refusal, stamp }
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

interface Limit {
  /** Limit for all headers together, in bytes. */
  readonly all: number
  /** Limit for a single header, in bytes. */
  readonly each: number
}

const kb = 1024
const limits: Readonly<Record<BehaviourValue<'request.header_limit'>, Limit>> = {
  '128_kb': { all: 128 * kb, each: 128 * kb },
  '32_kb_and_16_kb_each': { all: 32 * kb, each: 16 * kb },
}
/** Below this size, headers are within every limit. */
const alwaysAccepted = 16 * kb

/** Headers that are too long for the edge are refused before Access sees them (edge-header-limit-400). */
function refuseLongHeaders(
  { rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>,
  edgeRequest: EdgeRequest,
): Reply | undefined {
  const { account } = edgeRequest
  const all = bytesOf(rawHeaders)
  if (all <= alwaysAccepted || account === undefined) return undefined
  const limit = limits[account.behaviour('request.header_limit')]
  if (isWithin(limit, rawHeaders)) return undefined
  const status = account.behaviour('request.too_large_status')
  const isByCookies = isWithin(limit, withoutCookies(rawHeaders))
  note(edgeRequest, {
    operation: 'edge.header_limit',
    status,
    trail: [
      {
        stage: 'request',
        outcome: 'no_match',
        reason: isByCookies ? 'cookies_too_large' : 'headers_too_large',
      },
    ],
  })
  return { status, headers: { 'content-type': 'text/html' }, body: tooLargePage(status) }
}

/** The size of a flat list of names and values, including `: ` and the line ending of each header. */
function bytesOf(rawHeaders: readonly string[]): number {
  let bytes = rawHeaders.length * 2
  for (const text of rawHeaders) bytes += text.length
  return bytes
}

function isWithin({ all, each }: Limit, rawHeaders: readonly string[]): boolean {
  if (bytesOf(rawHeaders) > all) return false
  return pairsOf(rawHeaders).every((pair) => bytesOf(pair) <= each)
}

function withoutCookies(rawHeaders: readonly string[]): string[] {
  return pairsOf(rawHeaders)
    .filter(([name]) => name.toLowerCase() !== 'cookie')
    .flat()
}
