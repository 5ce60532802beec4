/** Requests by a page or its browser that fail if the answer is a login (Fetch Metadata tells them apart). */
import type { ModeId } from '../../../contracts/modes/catalogue.ts'
import { type Check, exchangeCheck, match, no } from '../check.ts'
import type { ProbedExchange } from '../observation.ts'
import { told } from './refusal.ts'

/** Fetch Metadata names the kind of request, so at most one row matches. */
const kinds: readonly {
  readonly id: ModeId
  readonly is: (request: ProbedExchange['request']) => boolean
  readonly says: string
}[] = [
  {
    id: 'session-ended-service-worker',
    is: (request) =>
      request('service-worker') === 'script' || request('sec-fetch-dest') === 'serviceworker',
    says: 'The browser requests a service worker script, and does not accept one after a redirect.',
  },
  {
    id: 'manifest-without-credentials',
    // A browser with a session sends at least the cookies of the host: none at all means it left them out.
    is: (request) => request('sec-fetch-dest') === 'manifest' && request('cookie') === null,
    says: 'The browser requests the web app manifest without cookies.',
  },
  {
    id: 'session-ended-fetch',
    is: (request) =>
      request('sec-fetch-dest') === 'empty' && request('sec-fetch-mode') !== 'navigate',
    says: 'The request comes from a page’s script, which may not read a response from another origin.',
  },
]

export const frontEndChecks: readonly Check[] = kinds.map(({ id, is, says }) =>
  exchangeCheck(id, 'request', ({ answer, carried, request }) => {
    if (answer.kind !== 'login' || carried.clientId !== undefined || !is(request)) return no
    return match(0.95, [`${says} ${told(answer, 'sent like this')}`])
  }),
)
