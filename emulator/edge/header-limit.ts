/** Requests whose headers are too long for the edge: answered before Access sees them (edge-header-limit-400). */
import type { IncomingMessage } from 'node:http'
import type { BehaviourValue } from '../../contracts/behaviours/table.ts'
import { pairsOf } from '../../contracts/http/headers.ts'
import type { Reply } from '../http/reply.ts'
import { note } from './note.ts'
import { tooLargePage } from './pages.ts'
import type { EdgeRequest } from './request.ts'

interface Limit {
  /** Bytes of all headers together. */
  readonly all: number
  /** Bytes of one. */
  readonly each: number
}

const kb = 1024
const limits: Readonly<Record<BehaviourValue<'request.header_limit'>, Limit>> = {
  '128_kb': { all: 128 * kb, each: 128 * kb },
  '32_kb_and_16_kb_each': { all: 32 * kb, each: 16 * kb },
}
/** So much is within any limit, and nobody needs to look closer. */
const alwaysTaken = 16 * kb

/** The refusal, which the journal has by then; undefined for a request that may go on. */
export function refuseLongHeaders(
  { rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>,
  edgeRequest: EdgeRequest,
): Reply | undefined {
  const { account } = edgeRequest
  const all = bytesOf(rawHeaders)
  if (all <= alwaysTaken || account === undefined) return undefined
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

/** Names and values in turn, each pair with `: ` and the end of its line. */
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
