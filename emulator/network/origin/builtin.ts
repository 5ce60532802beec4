/** The built-in origin, for hosts without `--origin`: it answers with what an origin would have received. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { joinedHeaders, pairsOf } from '../../../contracts/http/headers.ts'
import { isUpload } from './exchange.ts'
import { edgeHeaders, type Forward, originHeaders } from './forwarded.ts'

/** Bodies of up to this many bytes are echoed as text; for longer ones, only length and digest. */
const echoedText = 64 * 1024

/** The body of the answer. `headers` have lower-case names; repeated ones are joined with `, `. */
export interface Echo {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  readonly claims: unknown
  readonly body?: {
    readonly length: number
    /** 64 hex digits. */
    readonly sha256: string
    readonly text?: string
  }
}

function echoedHeaders({ rawHeaders }: IncomingMessage, forward: Forward): Record<string, string> {
  return joinedHeaders(pairsOf(originHeaders(rawHeaders, forward)))
}

/** `/status/404` answers 404, and so on from 200 to 599; any other path answers 200. */
function statusFor(path: string): number {
  const status = /^\/status\/([2-5]\d\d)(?:[/?]|$)/.exec(path)?.[1]
  return status === undefined ? 200 : Number(status)
}

const bodiless = (status: number) => status === 204 || status === 205 || status === 304

/** Reads the whole request, keeping no more than it will echo, and answers. */
export function answerAsBuiltinOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  forward: Forward,
): void {
  if (!isUpload(request)) {
    write(response, forward, echoOf(request, forward))
    return
  }
  const digest = createHash('sha256')
  const kept: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    digest.update(chunk)
    if (length <= echoedText) kept.push(chunk)
    else kept.length = 0
  })
  request.on('end', () => {
    if (response.destroyed) return
    const echo = echoOf(request, forward)
    if (length === 0) {
      write(response, forward, echo)
      return
    }
    const text = length <= echoedText ? textOf(Buffer.concat(kept)) : undefined
    const body = { length, sha256: digest.digest('hex'), ...(text !== undefined && { text }) }
    write(response, forward, { ...echo, body })
  })
}

function echoOf(request: IncomingMessage, forward: Forward): Echo {
  return {
    method: request.method ?? 'GET',
    path: forward.path,
    host: forward.host,
    headers: echoedHeaders(request, forward),
    claims: forward.claims ?? null,
  }
}

function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined
}

function write(response: ServerResponse, forward: Forward, echo: Echo): void {
  const status = statusFor(forward.path)
  const body = `${JSON.stringify(echo, null, 2)}\n`
  const content = bodiless(status)
    ? []
    : ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body))]
  response.sendDate = false
  // This header tells the origin's 404 from one of the edge.
  response.writeHead(status, [
    ...content,
    'access-emulator-origin',
    'built-in',
    ...edgeHeaders(forward),
  ])
  response.end(bodiless(status) ? undefined : body)
}
