/** A `fetch` whose every connection goes to one address, whatever host the URL names. */
import * as http from 'node:http'
import * as https from 'node:https'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type BrotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  type Gunzip,
  type Inflate,
} from 'node:zlib'
import { AccessConnectionError } from '../errors.ts'

type Init = Parameters<typeof fetch>[1]

type Decoder = Gunzip | Inflate | BrotliDecompress

const decoders: Readonly<Record<string, () => Decoder>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

const withoutBody = [204, 205, 304]

/**
 * `https://app.example.com/path` becomes a connection to `base` with `Host: app.example.com`.
 * Unlike the global `fetch` it never follows a redirect: it hands it back, so that no credential travels on.
 * Rejects with `AccessConnectionError` where nothing answers at `base`, and with the signal's reason on abort.
 */
export function pinnedFetch(base: string | URL): typeof fetch {
  const address = new URL(base)
  return async (input, init) => {
    const request = new Request(input, init)
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const body = await bodyOf(request, init)
    const incoming = await send(address, request, body, signal)
    const response = responseOf(incoming, request)
    if (request.redirect === 'error' && response.headers.has('location')) {
      incoming.destroy()
      throw new TypeError(`${request.url.split('?')[0]} answered a redirect, which was ruled out`)
    }
    return response
  }
}

/** Whole where its length is known, so that `content-length` can be sent; else the stream. */
async function bodyOf(request: Request, init: Init): Promise<Buffer | Readable | undefined> {
  if (request.body === null) return undefined
  const given = init?.body
  const streams = given === undefined || given === null || isStream(given)
  return streams ? Readable.fromWeb(request.body) : Buffer.from(await request.arrayBuffer())
}

/** Whether a body can be sent only once. */
export function isStream(body: unknown): boolean {
  return (
    body instanceof ReadableStream ||
    (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
  )
}

function send(
  address: URL,
  request: Request,
  body: Buffer | Readable | undefined,
  signal: AbortSignal | undefined,
): Promise<http.IncomingMessage> {
  const url = new URL(request.url)
  const isTls = address.protocol === 'https:'
  const headers = Object.fromEntries(request.headers)
  if (Buffer.isBuffer(body)) headers['content-length'] = String(body.length)
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(signal?.aborted ? signal.reason : unreachable(address, error))
    const outgoing = (isTls ? https : http).request({
      hostname: address.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: address.port || (isTls ? 443 : 80),
      ...(isTls ? { servername: url.hostname } : {}),
      method: request.method,
      path: url.pathname + url.search,
      // What Node's own fetch says of itself, so that both targets see the same request.
      headers: { accept: '*/*', 'user-agent': 'node', ...headers, host: url.host },
      ...(signal === undefined ? {} : { signal }),
    })
    outgoing.on('error', fail).on('response', resolve)
    outgoing.on('upgrade', (_, socket) => {
      socket.destroy()
      fail(new Error('101 Switching Protocols'))
    })
    if (body instanceof Readable) {
      pipeline(body, outgoing).catch(fail)
    } else {
      outgoing.end(body)
    }
  })
}

function unreachable(address: URL, cause: unknown): AccessConnectionError {
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new AccessConnectionError(
    {
      what: `The emulator at ${address.origin} did not answer${reason}.`,
      todo: 'Start it there, name another address, or choose the target live.',
    },
    { cause },
  )
}

function responseOf(incoming: http.IncomingMessage, request: Request): Response {
  const status = incoming.statusCode ?? 0
  const headers = new Headers()
  const raw = incoming.rawHeaders
  for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '')
  const isEmpty = request.method === 'HEAD' || withoutBody.includes(status)
  if (isEmpty) incoming.resume()
  const response = new Response(isEmpty ? null : decoded(incoming, headers), {
    status,
    statusText: incoming.statusMessage ?? '',
    headers,
  })
  return Object.defineProperty(response, 'url', { value: request.url })
}

function decoded(incoming: http.IncomingMessage, headers: Headers): ReadableStream<Uint8Array> {
  const decoder = decoders[headers.get('content-encoding')?.toLowerCase() ?? '']?.()
  if (decoder === undefined) return Readable.toWeb(incoming) as ReadableStream<Uint8Array>
  const bounded = boundedBy(decoder)
  // The reader of the decoded stream sees the failure; here it has no second reader.
  pipeline(incoming, decoder, bounded).catch(() => {})
  return Readable.toWeb(Readable.from(bounded)) as ReadableStream<Uint8Array>
}

/** Up to this many bytes a body may be decoded to, however few it came in. */
const alwaysDecoded = 16 * 1024 * 1024
/** Beyond that, text that repeats itself stays well below this, and what is made to fill a memory does not. */
const mostTimesLonger = 200

function boundedBy(decoder: Decoder): Transform {
  let length = 0
  return new Transform({
    transform(piece: Buffer, _, done) {
      length += piece.length
      if (length > alwaysDecoded && length > mostTimesLonger * decoder.bytesWritten) {
        done(
          new TypeError('The answer is compressed beyond measure, and was not decoded to its end.'),
        )
      } else {
        done(null, piece)
      }
    },
  })
}
