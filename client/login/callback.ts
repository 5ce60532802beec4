/** Waits on loopback for the browser's redirect from the authorization server (RFC 8252, 7.3). */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CallbackListener {
  readonly port: number
  /** The parameters of the first request with the right `state`. */
  readonly parameters: Promise<URLSearchParams>
  close(): void
}

export const callbackPath = '/callback'

/** Listens on a random port of 127.0.0.1. Requests with a different state are refused and have no effect. */
export async function listenForCallback(
  state: string,
  signal: AbortSignal,
): Promise<CallbackListener> {
  signal.throwIfAborted()
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const parameters = new Promise<URLSearchParams>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    server.on('request', (request, response) => {
      const read = readCallback(request, port, state)
      if ('refusal' in read) answer(response, read.status, read.refusal)
      else {
        const said = read.parameters.has('error')
          ? 'The login was refused. See the terminal for the reason.'
          : 'access-client has received the login. You can close this window.'
        response.once('close', () => resolve(read.parameters))
        answer(response, 200, said)
      }
    })
  })
  // The promise may reject before anything awaits it.
  parameters.catch(() => undefined)
  return {
    port,
    parameters,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

type ReadCallback =
  | { readonly parameters: URLSearchParams }
  | { readonly status: number; readonly refusal: string }

function readCallback(
  { url = '', method, headers }: IncomingMessage,
  port: number,
  state: string,
): ReadCallback {
  // DNS rebinding: a page under another name that resolves to 127.0.0.1.
  if (headers.host !== `127.0.0.1:${port}` && headers.host !== `localhost:${port}`) {
    return { status: 403, refusal: 'This address is only for access-client logins.' }
  }
  const [path, query = ''] = url.split('?', 2)
  if (path !== callbackPath) return { status: 404, refusal: 'There is nothing here.' }
  if (method !== 'GET') return { status: 405, refusal: 'Only GET is supported.' }
  const parameters = new URLSearchParams(query)
  const states = parameters.getAll('state')
  return states.length === 1 && states[0] === state
    ? { parameters }
    : {
        status: 400,
        refusal:
          'This is not the login that access-client is waiting for. Open the URL that it printed.',
      }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    ...(status === 405 ? { allow: 'GET' } : {}),
  })
  response.end(`${text}\n`)
}
