/** Forwards one request to the real server and streams back the answer, keeping a copy of both. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Agent, request as send } from 'node:https'
import type { Readable } from 'node:stream'
import { withoutHops } from './passthrough.ts'

export interface ForwardedExchange {
  /** Milliseconds since the epoch. */
  readonly startedMs: number
  readonly tookMs: number
  readonly method: string
  readonly url: string
  /** Names and values alternating, as Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[]
  readonly body: CapturedBody
  readonly answer: ForwardedAnswer | undefined
  /** Why there was no answer. */
  readonly failure: string | undefined
}

export interface ForwardedAnswer {
  readonly status: number
  readonly statusText: string
  readonly rawHeaders: readonly string[]
  readonly body: CapturedBody
}

export interface CapturedBody {
  /** The whole body, or nothing if it is longer than `mostBytes`. */
  readonly bytes: Buffer
  readonly length: number
  /** Whether the body arrived completely. */
  readonly complete: boolean
}

export interface Forwarding {
  readonly host: string
  readonly agent: Agent
  readonly now: () => number
  /** Longer bodies are forwarded but not kept. */
  readonly mostBytes: number
  /** Called if the request fails before any answer was sent. */
  failed(error: Error): void
  passed(passed: ForwardedExchange): void
}

export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { host, agent, now, mostBytes, failed, passed }: Forwarding,
): void {
  const startedMs = now()
  const { method = 'GET', url: path = '/' } = request
  const rawHeaders = headersFor(host, request)
  const body = capture(request, mostBytes)
  const end = (answer: ForwardedAnswer | undefined, failure?: string) =>
    passed({
      startedMs,
      tookMs: now() - startedMs,
      method,
      url: `https://${host}${path}`,
      rawHeaders,
      body: body(),
      answer,
      failure,
    })
  const sent = send({ method, path, host, agent, headers: readable(rawHeaders) })
  sent.on('error', (error) => {
    // Also emitted when the client has disconnected: then no answer is needed.
    if (response.headersSent || response.destroyed) return
    failed(error)
    end(undefined, error.message)
  })
  sent.on('response', (answer) => {
    const { statusCode: status = 502, statusMessage: statusText = '' } = answer
    response.sendDate = false
    response.writeHead(status, statusText, withoutHops(answer.rawHeaders, false))
    // Otherwise the head would wait for the first event of a stream.
    response.flushHeaders()
    const answered = capture(answer, mostBytes)
    answer.pipe(response)
    answer.once('close', () => {
      if (!answer.complete) response.destroy()
      end({ status, statusText, rawHeaders: answer.rawHeaders, body: answered() })
    })
  })
  response.once('close', () => {
    if (!response.writableFinished) sent.destroy()
  })
  request.pipe(sent)
}

/** With the requested host in `Host`: that of the absolute form, if the two differed. */
function headersFor(host: string, { rawHeaders, headers }: IncomingMessage): string[] {
  const kept = withoutHops(rawHeaders, headers['transfer-encoding'] !== undefined)
  const isKept = (at: number) => !/^(host|expect)$/i.test(kept[at - (at % 2)] ?? '')
  return ['Host', host, ...kept.filter((_, at) => isKept(at))]
}

/** Copies a stream's data as it is read. */
function capture(stream: Readable, mostBytes: number): () => CapturedBody {
  const pieces: Buffer[] = []
  let length = 0
  let complete = false
  stream.on('data', (piece: Buffer) => {
    length += piece.length
    if (length <= mostBytes) pieces.push(piece)
    else pieces.length = 0
  })
  stream.once('end', () => {
    complete = true
  })
  return () => ({ bytes: Buffer.concat(pieces), length, complete })
}

/** Encodings that can be decoded here. */
const readableEncodings = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'identity', '*'])

/** Removes other encodings from Accept-Encoding, so that answers can be searched for secrets. */
function readable(rawHeaders: readonly string[]): string[] {
  return rawHeaders.map((value, at) => {
    if (at % 2 === 0 || rawHeaders[at - 1]?.toLowerCase() !== 'accept-encoding') return value
    const kept = value
      .split(',')
      .map((each) => each.trim())
      .filter((each) => readableEncodings.has(each.replace(/;.*$/, '').toLowerCase()))
    return kept.length === 0 ? 'identity' : kept.join(', ')
  })
}
