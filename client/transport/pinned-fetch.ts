/** A `fetch` that makes all connections to one address, that of an emulator. Needs neither DNS nor certificates. */
import { once } from '../../contracts/declaration/endpoint.ts'
import { AccessConnectionError, withoutQuery } from './errors.ts'
import { outgoing } from './outgoing.ts'

/**
 * Creates a `fetch` that connects to `base`, the address of an emulator, whatever host the URL names:
 * `https://app.example.com/path` becomes a connection to `base` with `Host: app.example.com`.
 * Unlike the global `fetch` it never follows redirects but returns them, so that no credential travels on.
 * It rejects with `AccessConnectionError` if nothing answers at `base`, and with the signal's reason on abort.
 */
export function pinnedFetch(base: string | URL): typeof fetch {
  const address = new URL(base)
  const opened = once(async () => {
    const { pinnedTo, sendOnce } = await import('./dispatched.ts')
    return { sendOnce, dispatcher: pinnedTo(address) }
  })
  return async (input, init) => {
    const request = outgoing(input, init)
    const { url, redirect } = request
    const headers = new Headers(request.init.headers)
    headers.delete('host')
    // The default of Node's own fetch, so that both targets see the same request.
    if (!headers.has('user-agent')) headers.set('user-agent', 'node')
    const { signal } = request.init
    signal?.throwIfAborted()
    const { sendOnce, dispatcher } = await opened()
    let received = 0
    const count = (bytes: number) => {
      received += bytes
    }
    const whole = { ...request, init: { ...request.init, headers } }
    const answer = await sendOnce(whole, dispatcher, count).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : (unreachable(address, error) ?? error)
    })
    if (redirect === 'error' && answer.headers.has('location')) {
      await answer.body?.cancel()
      throw new TypeError(`${withoutQuery(url)} answered with a redirect, but redirect is "error"`)
    }
    const body = answer.headers.has('content-encoding')
      ? bounded(answer.body, () => received)
      : answer.body
    const { status, statusText } = answer
    const response = new Response(body, { status, statusText, headers: [...answer.headers] })
    return Object.defineProperty(response, 'url', { value: url.href })
  }
}

/** Undefined if it is not a network error. */
function unreachable(address: URL, error: unknown): AccessConnectionError | undefined {
  if (!(error instanceof TypeError) || error.message !== 'fetch failed') return undefined
  const { cause } = error
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new AccessConnectionError(
    {
      what: `The emulator at ${address.origin} did not answer${reason}.`,
      todo: 'Start it there, give another address, or choose the target live.',
    },
    { cause },
  )
}

/** A body may always be decoded to this many bytes, however small it was. */
const alwaysDecoded = 16 * 1024 * 1024
/** Limit on the compression ratio beyond that: repetitive text stays well below it, a decompression bomb does not. */
const mostTimesLonger = 200

function bounded(
  body: ReadableStream<Uint8Array> | null,
  received: () => number,
): ReadableStream<Uint8Array> | null {
  let length = 0
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      length += piece.length
      if (length <= alwaysDecoded || length <= mostTimesLonger * received()) {
        controller.enqueue(piece)
      } else {
        throw new TypeError(
          'The answer expands too much when decompressed, so decoding was stopped.',
        )
      }
    },
  })
  return body?.pipeThrough(bound) ?? null
}
