/** Failures of applications whose destinations name a Worker in place of a host (edge-worker-destinations). */
import { blocked, each, edgeError, everywhere, goodPair } from './answers.ts'
import type { Mode } from './mode.ts'

const worker = 'worker-of-the-mode'

export const workerModes = {
  'worker-websocket-refused': {
    title: 'A WebSocket to a Worker that a Worker destination guards',
    cause:
      'Access refuses every upgrade at such a Worker, whatever it carries. Requests without an upgrade are decided by the policies.',
    setup: {
      worker,
      application: { domain: null, destinations: [{ type: 'worker', worker_id: worker }] },
    },
    request: {
      credentials: 'pair',
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    },
    answer: everywhere({ ...edgeError(403, '', 'assumed'), body: { kind: 'empty' } }),
    tell: 'An empty 403 for the upgrade alone: GET with the same credentials reaches the Worker.',
    discriminators: [
      { request: { credentials: 'pair' }, answer: each(goodPair, { evidence: 'assumed' }) },
      { request: {}, answer: everywhere(blocked('assumed')) },
    ],
    fix: 'Guard the host of the WebSocket by a destination of type public in place of the Worker destination.',
    source: ['edge-worker-destinations', 'edge-worker-websocket', 'edge-worker-websocket-admitted'],
    observable_with: ['exchange'],
    alike: 'edge_error',
  },
} as const satisfies Record<string, Mode>
