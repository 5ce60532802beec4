/** `fetch` as the signed-in user. */

import { type EdgeAnswer, readAnswer } from '../edge/edge.ts'
import { applicationUrl, type Target } from '../target/target.ts'
import type { Met } from '../token/client.ts'
import { connect } from '../transport/connect.ts'
import { AccessLoginError, AccessUsageError, withoutQuery } from '../transport/errors.ts'
import { nextHop, type Outgoing, outgoing } from '../transport/outgoing.ts'
import { type CredentialOptions, type LoginCredential, loginFor } from './credential.ts'

export interface LoginFetchOptions {
  readonly target: Target
  readonly onAnswer?: ((met: Met) => void) | undefined
}

/**
 * Sends a login's token, refreshes it once if the edge refuses it, and follows redirects within the origin.
 * The returned function throws AccessLoginError if the login has expired.
 */
export function loginFetch(
  credential: LoginCredential,
  { target, onAnswer }: LoginFetchOptions,
): typeof fetch {
  async function send({ url, init }: Outgoing, token: string): Promise<EdgeAnswer> {
    const { origin } = credential.login
    if (url.origin !== origin) {
      throw new AccessUsageError({
        what: `The login is for ${origin}, not for ${url.origin}.`,
        todo: `Log in there: access-client login ${url.origin}/`,
      })
    }
    const headers = new Headers(init.headers)
    const [name, value] = credential.header(token)
    if (headers.has(name)) throw occupied(name)
    headers.set(name, value)
    const response = await connect(target.fetch, url, { ...init, headers, redirect: 'manual' })
    const answer = readAnswer(response, url)
    const { status, ray, kind } = answer
    onAnswer?.({ method: init.method, url: withoutQuery(url), status, ray, kind, sent: 'login' })
    return answer
  }

  async function pass(request: Outgoing): Promise<EdgeAnswer> {
    const token = await credential.token()
    const answer = await send(request, token)
    if (!isTokenRefused(answer)) return answer
    await answer.response.body?.cancel()
    await credential.renew(token)
    const again = request.isRepeatable ? await send(request, await credential.token()) : answer
    if (!isTokenRefused(again)) return again
    await again.response.body?.cancel()
    throw new AccessLoginError('login_needed', {
      what: `${withoutQuery(request.url)} does not accept the login (${again.status}).`,
      todo: `Log in again: access-client login ${request.url.origin}/`,
    })
  }

  return async (input, init) => {
    let request = outgoing(input, init)
    for (let hops = 0; ; hops += 1) {
      const answer = await pass(request)
      const next = hops < 20 ? nextHop(request, answer.response) : undefined
      if (next === undefined) return answer.response
      await answer.response.body?.cancel()
      request = next
    }
  }
}

export interface PersonFetchOptions extends CredentialOptions {
  /** Called for every response, including those that are retried. */
  readonly onAnswer?: ((met: Met) => void) | undefined
}

/**
 * A `fetch` for the application behind a URL, as the user who ran `access-client login`. Undefined if no login is
 * stored. It refreshes tokens, follows redirects within the origin, and sends nothing elsewhere.
 * @throws AccessLoginError if the stored logins cannot be read safely
 *
 * @example
 * const asPerson = await fetchAsPerson('https://app.example.com/', { target: targetFrom() })
 * const answer = await asPerson?.('https://app.example.com/reports')
 */
export async function fetchAsPerson(
  url: string | URL,
  options: PersonFetchOptions,
): Promise<typeof fetch | undefined> {
  const credential = await loginFor(applicationUrl(url, options.target), options)
  return credential === undefined ? undefined : loginFetch(credential, options)
}

/** Whether the edge asks for a login despite the token; a 403 is a refusal of the user. */
export function isTokenRefused({ kind, status }: Pick<EdgeAnswer, 'kind' | 'status'>): boolean {
  return kind === 'login' || (kind === 'blocked' && status === 401)
}

function occupied(name: string): AccessUsageError {
  return new AccessUsageError({
    what: `The request has its own ${name} header, which the login's token needs.`,
    todo: 'Remove it, or use a service token.',
  })
}
