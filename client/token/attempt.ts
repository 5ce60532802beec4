/** One attempt to get a token: what it stands on, and the trail of what it met. */

import { AccessEdgeError, type EdgeFailureCode, type ErrorParts } from '../errors.ts'
import type { Target } from '../target.ts'
import { createEdgeClient, type EdgeAnswer } from '../transport/edge.ts'
import type { Pair } from './credentials.ts'

export interface Attempt {
  readonly url: URL
  readonly pair: Pair
  readonly aud: string | undefined
  /** Host of the team domain. */
  readonly team: string | undefined
  readonly signal: AbortSignal | undefined
  /** Sends, notes the ray, and drops the body unless told to keep it. */
  request(url: URL, init: RequestInit, body?: 'keep'): Promise<EdgeAnswer>
  /** One step of the reasoning, a sentence. */
  note(step: string): void
  /** The error that ends it, with the trail so far. */
  failure(code: EdgeFailureCode, told: ErrorParts, met: EdgeAnswer): AccessEdgeError
  readonly trail: { readonly why: readonly string[]; readonly rays: readonly string[] }
}

export function createAttempt(given: {
  readonly target: Target
  readonly url: URL
  readonly pair: Pair
  readonly aud: string | undefined
  readonly team: string | undefined
  readonly signal: AbortSignal | undefined
}): Attempt {
  const { target, signal, ...rest } = given
  const edge = createEdgeClient({ target })
  const why: string[] = []
  const rays: string[] = []
  const trail = { why, rays }
  return {
    ...rest,
    signal,
    trail,
    async request(url, init, body) {
      const answer = await edge.request(url, signal === undefined ? init : { ...init, signal })
      if (answer.ray !== undefined) rays.push(answer.ray)
      if (body === undefined) await answer.response.body?.cancel()
      return answer
    },
    note(step) {
      why.push(step)
    },
    failure(code, told, met) {
      return new AccessEdgeError(code, told, { ...met, url: met.url.href }, trail)
    },
  }
}
