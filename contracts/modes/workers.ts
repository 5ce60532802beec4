/** Failures of applications whose destinations name a Worker instead of a host (edge-worker-destinations). */
import { answered, blocked, each, edgeError, everywhere, goodPair } from './answers.ts'
import type { Mode } from './mode.ts'

const worker = 'worker-of-the-mode'

export const workerModes = {
  'worker-websocket-refused': {
    title: 'A WebSocket to a Worker behind a Worker destination is refused',
    cause:
      'Access refuses every upgrade request to such a Worker, whatever credentials it carries. The policies decide on all other requests.',
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
    tell: 'Only the upgrade gets an empty 403: a GET with the same credentials reaches the Worker.',
    discriminators: [
      { request: { credentials: 'pair' }, answer: each(goodPair, { evidence: 'assumed' }) },
      answered({}, blocked('assumed')),
    ],
    fix: 'Protect the WebSocket’s host with a destination of type public instead of the Worker destination.',
    source: ['edge-worker-destinations', 'edge-worker-websocket', 'edge-worker-websocket-admitted'],
    observable_with: ['exchange'],
    alike: 'edge_error',
  },
} as const satisfies Record<string, Mode>
