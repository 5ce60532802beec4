/** A WebSocket upgrade refused at a Worker destination: only the failing exchange shows that it was one. */

import { ask, type Check, exchangeCheck, match, no } from '../check.ts'
import { isGuard } from '../gate.ts'
import { told, withPair } from './refusal.ts'

export const workerChecks: readonly Check[] = [
  exchangeCheck('worker-websocket-refused', 'request', (observed, { pair, seen }) => {
    if (observed.request('upgrade')?.toLowerCase() !== 'websocket') return no
    const { answer } = observed
    if (answer.status !== 403 || answer.body !== '' || isGuard(answer)) return no
    const proof = `The request is a WebSocket upgrade. ${told(answer, 'sent like this')} The body is empty.`
    if (pair.status !== 'usable') return match(0.6, [proof])
    if (seen.pair === undefined) return ask('pair')
    // If GET gets an empty 403 as well, it comes from the tunnel or the origin.
    if (isGuard(seen.pair) || seen.pair.status === 403) return no
    return match(0.95, [proof, told(seen.pair, withPair)])
  }),
]
