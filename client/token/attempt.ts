/** One attempt to get a token: its inputs, and a trail of what happened. */

import { createEdgeClient, type EdgeAnswer } from '../edge/edge.ts'
import { AccessEdgeError, type EdgeFailureCode } from '../edge/edge-error.ts'
import type { Pair } from '../target/credentials.ts'
import type { Target } from '../target/target.ts'
import type { ErrorParts } from '../transport/errors.ts'

export interface Attempt {
  readonly url: URL
  readonly pair: Pair
  readonly aud: string | undefined
  /** Host of the team domain. */
  readonly team: string | undefined
  readonly signal: AbortSignal | undefined
  /** Sends a request, notes its ray, and discards the body unless `body` is `keep`. */
  request(url: URL, init: RequestInit, body?: 'keep'): Promise<EdgeAnswer>
  /** Adds a step to the reasoning, one sentence. */
  note(step: string): void
  /** An error that ends the attempt, with the trail so far. */
  failure(code: EdgeFailureCode, parts: ErrorParts, answer: EdgeAnswer): AccessEdgeError
  readonly trail: { readonly why: readonly string[]; readonly rays: readonly string[] }
}

export function createAttempt(options: {
  readonly target: Target
  readonly url: URL
  readonly pair: Pair
  readonly aud: string | undefined
  readonly team: string | undefined
  readonly signal: AbortSignal | undefined
}): Attempt {
  const { target, signal, ...rest } = options
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
    failure(code, parts, answer) {
      return new AccessEdgeError(code, parts, { ...answer, url: answer.url.href }, trail)
    },
  }
}
