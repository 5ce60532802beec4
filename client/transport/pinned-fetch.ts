/** A `fetch` for public names that lead to one address: that of an emulator. Needs no DNS and no certificate of theirs. */
import { once } from '../../contracts/endpoint.ts'
import { AccessConnectionError, withoutQuery } from '../errors.ts'
import { outgoing } from './outgoing.ts'

/**
 * `https://app.example.com/path` becomes a connection to `base` with `Host: app.example.com`.
 * Unlike the global `fetch` it never follows a redirect: it hands it back, so that no credential travels on.
 * Rejects with `AccessConnectionError` where nothing answers at `base`, and with the signal's reason on abort.
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
    // As Node's own fetch says of itself, so that both targets see the same request.
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
      throw new TypeError(`${withoutQuery(url)} answered a redirect, which was ruled out`)
    }
    const body = answer.headers.has('content-encoding')
      ? bounded(answer.body, () => received)
      : answer.body
    const { status, statusText } = answer
    const response = new Response(body, { status, statusText, headers: [...answer.headers] })
    return Object.defineProperty(response, 'url', { value: url.href })
  }
}

/** Undefined for an error that is not the network's. */
function unreachable(address: URL, error: unknown): AccessConnectionError | undefined {
  if (!(error instanceof TypeError) || error.message !== 'fetch failed') return undefined
  const { cause } = error
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new AccessConnectionError(
    {
      what: `The emulator at ${address.origin} did not answer${reason}.`,
      todo: 'Start it there, name another address, or choose the target live.',
    },
    { cause },
  )
}

/** Up to this many bytes a body may be decoded to, however few it came in. */
const alwaysDecoded = 16 * 1024 * 1024
/** Beyond that, text that repeats itself stays well below this, and what is made to fill a memory does not. */
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
          'The answer is compressed beyond measure, and was not decoded to its end.',
        )
      }
    },
  })
  return body?.pipeThrough(bound) ?? null
}
