/** The answers when the origin cannot be reached or does not answer, as one table. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { originFailureNames } from '../../../contracts/control/faults.ts'
import type { Evidence } from '../../../contracts/evidence/evidence.ts'
import type { Sources } from '../../../contracts/evidence/sources.ts'
import type { RawHeaders } from '../../../contracts/http/headers.ts'
import { reasons } from '../../../contracts/reasons/table.ts'
import { edgeHeaders, type Forward } from './forwarded.ts'

interface OriginFailureRow {
  readonly status: number
  /** Shown in the body as `error code: N`. */
  readonly code: number
  readonly reason: string
  /** The grade of the status; the bodies are our own. */
  readonly evidence: Evidence
  readonly source: Sources
  /** Codes of errors of Node and undici with this meaning. */
  readonly errors: readonly string[]
}

/** What Cloudflare has and the emulator lacks. */
const notImplemented = {
  status: 501,
  code: 501,
  reason: 'Not Implemented',
  evidence: 'emulator_only',
  errors: [],
} as const

/** Every way in which an origin can fail before its answer begins (mode origin-down). Reasons `origin_…` explain them. */
export const originFailures = {
  refused: {
    status: 521,
    code: 521,
    reason: 'Origin Down',
    evidence: 'documented',
    source: ['edge-origin-errors'],
    errors: ['ECONNREFUSED'],
  },
  connect_timeout: {
    status: 522,
    code: 522,
    reason: 'Origin Connection Time-out',
    evidence: 'recorded',
    source: ['edge-origin-error-522', 'edge-origin-errors'],
    errors: ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'],
  },
  unreachable: {
    status: 523,
    code: 523,
    reason: 'Origin Unreachable',
    evidence: 'documented',
    source: ['edge-origin-errors'],
    errors: ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'],
  },
  response_timeout: {
    status: 524,
    code: 524,
    reason: 'Origin Time-out',
    evidence: 'documented',
    source: ['edge-origin-errors'],
    errors: ['ETIME'],
  },
  handshake: {
    status: 525,
    code: 525,
    reason: 'Origin SSL Handshake Error',
    evidence: 'documented',
    source: ['edge-origin-errors'],
    errors: ['EPROTO'],
  },
  certificate: {
    status: 526,
    code: 526,
    reason: 'Origin SSL Certificate Error',
    evidence: 'documented',
    source: ['edge-origin-errors'],
    errors: [
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
  },
  unresolved: {
    status: 530,
    code: 1016,
    reason: '<none>',
    evidence: 'documented',
    source: ['edge-origin-errors'],
    errors: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'],
  },
  bad_gateway: {
    status: 502,
    code: 502,
    reason: 'Bad Gateway',
    evidence: 'documented',
    source: ['edge-origin-errors'],
    errors: [],
  },
  tunnel_down: {
    status: 530,
    code: 1033,
    reason: '<none>',
    evidence: 'recorded',
    source: ['edge-origin-error-1033'],
    errors: [],
  },
  /** Also what a failure is that no other row names. */
  unknown_answer: {
    status: 520,
    code: 520,
    reason: 'Origin Error',
    evidence: 'documented',
    source: ['edge-origin-errors'],
    errors: ['ECONNRESET', 'EPIPE'],
  },
  /** The path cannot be put on a request line at all. */
  unsendable: {
    status: 400,
    code: 400,
    reason: 'Bad Request',
    evidence: 'assumed',
    source: ['edge-origin-unsendable'],
    errors: [
      'ERR_UNESCAPED_CHARACTERS',
      'ERR_INVALID_CHAR',
      'ERR_INVALID_HTTP_TOKEN',
      'UND_ERR_INVALID_ARG',
    ],
  },
  builtin_upgrade: {
    ...notImplemented,
    source: ['emulator-origins'],
  },
  h2c_upgrade: {
    ...notImplemented,
    source: ['emulator-origins'],
  },
  tcp_without_upgrade: {
    ...notImplemented,
    source: ['emulator-tcp-origins'],
  },
  upgrade_with_body: {
    ...notImplemented,
    source: ['emulator-origins'],
  },
} as const satisfies Record<string, OriginFailureRow> &
  Record<(typeof originFailureNames)[number], OriginFailureRow>

export type OriginFailure = keyof typeof originFailures

const rows: Readonly<Record<string, OriginFailureRow>> = originFailures
const isFailure = (name: string): name is OriginFailure => Object.hasOwn(originFailures, name)

/** The row of an error that was raised on the way to the origin. */
export function originFailureOf(error: unknown): OriginFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('ERR_SSL_')) return 'handshake'
  const failure = Object.keys(rows).find((name) => rows[name]?.errors.includes(code))
  return failure !== undefined && isFailure(failure) ? failure : 'unknown_answer'
}

/** The error of a connection that ended, where Node has none. */
export function disconnected(): Error {
  return Object.assign(new Error('The origin closed the connection.'), { code: 'ECONNRESET' })
}

export interface FailureAnswer {
  readonly status: number
  readonly reason: string
  readonly headers: RawHeaders
  readonly body: string
}

function aboutOf(failure: OriginFailure): string {
  return `${reasons[`origin_${failure}`].text}.`
}

function page(failure: OriginFailure, { host, ray }: Forward): string {
  const { status, code } = originFailures[failure]
  const text = aboutOf(failure).replaceAll('<', '&lt;')
  const name = host.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return [
    '<!DOCTYPE html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${name} | ${status}</title></head>`,
    `<body><h1>Error ${code}</h1><p>${text}</p><p>Ray ID: ${ray.split('-')[0]}</p></body></html>`,
    '',
  ].join('\n')
}

/** The complete answer: a small page for browsers, `error code: N` for all others. */
export function failureAnswer(
  failure: OriginFailure,
  { headers: { accept = '' } }: IncomingMessage,
  forward: Forward,
): FailureAnswer {
  const row: OriginFailureRow = originFailures[failure]
  const html = accept.includes('text/html')
  const explained = row.evidence === 'emulator_only' ? `\n${aboutOf(failure)}` : ''
  const body = html ? page(failure, forward) : `error code: ${row.code}${explained}`
  const headers: RawHeaders = [
    'content-type',
    html ? 'text/html; charset=UTF-8' : 'text/plain; charset=UTF-8',
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
  ]
  // Documented: marks an error that comes from the edge itself.
  if (row.status >= 520) headers.push('cf-error-type', String(row.code))
  headers.push(...edgeHeaders(forward))
  return { status: row.status, reason: row.reason, headers, body }
}

/** Answers with the failure, or ends the client's connection if the origin's answer had already begun. */
export function writeFailure(
  failure: OriginFailure,
  request: IncomingMessage,
  response: ServerResponse,
  forward: Forward,
): void {
  if (response.destroyed) return
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, reason, headers, body } = failureAnswer(failure, request, forward)
  response.sendDate = false
  response.writeHead(status, reason, headers)
  response.end(body)
}
