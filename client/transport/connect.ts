/** Sends a request and turns a failure to connect into an `AccessConnectionError`. */
import { AccessConnectionError, AccessError } from './errors.ts'

export async function connect(
  fetch: typeof globalThis.fetch,
  url: URL,
  init: RequestInit,
): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (error instanceof AccessError || init.signal?.aborted) throw error
    throw new AccessConnectionError(
      {
        what: `${url.host} did not answer${reasonOf(error)}.`,
        todo: 'Check the host name, the network, and the chosen target.',
      },
      { cause: error },
    )
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
}
