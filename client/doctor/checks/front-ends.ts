/** Requests that a page or its browser makes, and that fail where the answer is a login (Fetch Metadata tells them apart). */
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { type Check, match, no } from '../check.ts'
import type { ProbedExchange } from '../observation.ts'
import { told } from './refusal.ts'

/** A browser says what it asks for. Of one request only one row is true. */
const kinds: readonly {
  readonly id: ModeId
  readonly is: (request: ProbedExchange['request']) => boolean
  readonly says: string
}[] = [
  {
    id: 'session-ended-service-worker',
    is: (request) =>
      request('service-worker') === 'script' || request('sec-fetch-dest') === 'serviceworker',
    says: 'The browser asks for the script of a service worker, which it takes from no redirect.',
  },
  {
    id: 'manifest-without-credentials',
    // A browser with a session has cookies of the host at least: none at all means that it sent none.
    is: (request) => request('sec-fetch-dest') === 'manifest' && request('cookie') === null,
    says: 'The browser asks for the manifest of the page, and sends no cookie.',
  },
  {
    id: 'session-ended-fetch',
    is: (request) =>
      request('sec-fetch-dest') === 'empty' && request('sec-fetch-mode') !== 'navigate',
    says: 'A script of a page asks, and could not read the answer of another origin.',
  },
]

export const frontEndChecks: readonly Check[] = kinds.map(({ id, is, says }) => ({
  id,
  about: 'request',
  evaluate({ observed }) {
    if (observed?.answer.kind !== 'login' || observed.carried.clientId !== undefined) return no
    return is(observed.request) ? match(0.95, [`${says} ${told(observed.answer, 'so')}`]) : no
  },
}))
