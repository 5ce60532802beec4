/** Refuses requests whose headers are too long for the edge, before Access sees them (edge-header-limit-400). */
import type { IncomingMessage } from 'node:http'
import type { BehaviourValue } from '../../contracts/behaviours/table.ts'
import { pairsOf } from '../../contracts/http/headers.ts'
import type { Reply } from '../http/reply.ts'
import { note } from './note.ts'
import { tooLargePage } from './pages.ts'
import type { EdgeRequest } from './request.ts'

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

/** Returns the refusal, already journaled; undefined if the headers are within the limit. */
export function refuseLongHeaders(
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
