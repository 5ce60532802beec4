/** One request through the proxy and its response, with streamed bodies. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Dispatcher } from 'undici'
import { type EdgeAnswer, readAnswer } from '../edge/edge.ts'
import { isTokenRefused } from '../login/fetch.ts'
import {
  AccessConnectionError,
  AccessError,
  AccessLoginError,
  AccessUsageError,
} from '../transport/errors.ts'
import type { ProxyCredential, TakenCredential } from './credential.ts'
import { type Ends, occupiedBy, returnedHeaders, sentHeaders } from './headers.ts'
import type { Refusal } from './refusal.ts'

export interface ProxyContext {
  /** The application's origin. */
  readonly origin: string
  readonly dispatcher: Dispatcher
  readonly credential: ProxyCredential
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const

/** @throws AccessError if the application gave no response to forward */
export async function passOn(
  context: ProxyContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url: path = '/', rawHeaders, headers } = request
  const method = methods.find((each) => each === request.method)
  if (method === undefined) {
    throw new AccessUsageError({
      what: `Requests with method ${request.method} are not forwarded.`,
      todo: `Send one of ${methods.join(', ')}.`,
    })
  }
  const ends = endsOf(context, request)
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0
  const left = new AbortController()
  response.once('close', () => left.abort())
  const ask = (taken: TakenCredential) =>
    context.dispatcher.request({
      origin: context.origin,
      path,
      method,
      headers: sentHeaders(rawHeaders, ends, taken.headers),
      body: hasBody ? request : null,
      signal: left.signal,
      // Event streams may be silent for any amount of time.
      bodyTimeout: 0,
    })
  const answer = await admitted(context, request, !hasBody, async (taken) => {
    const { statusCode: status, headers, body } = await ask(taken)
    return { status, headers, body, drop: () => body.dump() }
  })
  response.sendDate = false
  response.writeHead(answer.status, returnedHeaders(answer.headers, ends))
  response.flushHeaders()
  await pipeline(answer.body, response)
}

export function endsOf({ origin }: ProxyContext, { headers }: IncomingMessage): Ends {
  return { origin, local: `http://${headers.host}` }
}

export interface ProxyAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Discards the unread rest. */
  drop(): Promise<void>
}

/** Sends the request, and once more with a refreshed token if the edge refuses the first. */
export async function admitted<A extends ProxyAnswer>(
  { credential, origin }: ProxyContext,
  { rawHeaders }: IncomingMessage,
  isRepeatable: boolean,
  ask: (taken: TakenCredential) => Promise<A>,
): Promise<A> {
  const asked = new URL(origin)
  const taken = await credential.take()
  const name = occupiedBy(rawHeaders, taken.headers)
  if (name !== undefined) {
    throw new AccessUsageError({
      what: `The request has its own ${name} header, which the login's token needs.`,
      todo: 'Remove it, or give the proxy a service token.',
    })
  }
  const answer = await ask(taken).catch((error: unknown) => unreachable(asked, error))
  const refusal = refusalIn(answer, asked)
  if (refusal === undefined) return answer
  await answer.drop()
  await taken.renew(refusal)
  if (!isRepeatable) {
    throw new AccessLoginError('login_needed', {
      what: 'The token had expired and was refreshed, but the request body is gone.',
      todo: 'Send the request again.',
    })
  }
  const again = await ask(await credential.take()).catch((error: unknown) =>
    unreachable(asked, error),
  )
  if (refusalIn(again, asked) === undefined) return again
  await again.drop()
  throw new AccessLoginError('login_needed', {
    what: `${origin} does not accept the login (${again.status}).`,
    todo: `Log in again: access-client login ${origin}/`,
  })
}

/** The edge's response, if it refused the token. */
function refusalIn({ status, headers }: ProxyAnswer, url: URL): EdgeAnswer | undefined {
  // Most responses need no closer look, and a `Response` cannot have status 101.
  if (status < 300) return undefined
  const pairs = Object.entries(headers).flatMap(([name, value = '']) =>
    [value].flat().map((each): [string, string] => [name, each]),
  )
  const answer = readAnswer(new Response(null, { status, headers: pairs }), url)
  return isTokenRefused(answer) ? answer : undefined
}

function unreachable({ host }: URL, error: unknown): never {
  if (error instanceof AccessError) throw error
  const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  throw new AccessConnectionError(
    {
      what: `${host} did not respond${reason}.`,
      todo: 'Check the host name, the network, and the chosen target.',
    },
    { cause: error },
  )
}

/** The proxy's own error response. */
export function failureOf(error: unknown): Refusal {
  if (error instanceof AccessUsageError)
    return { status: 400, code: error.code, text: error.message }
  if (error instanceof AccessError) return { status: 502, code: error.code, text: error.message }
  return { status: 502, code: 'unexpected', text: String(error) }
}
