/** Failures around Access: before it, behind it, and on the way (edge-firewall-first, edge-origin-errors). */
import { blocked, each, edgeError, everywhere, goodPair } from './answers.ts'
import type { FaultRecipe, Mode } from './mode.ts'

const withPair = { credentials: 'pair' } as const
const here = { when: { host: '{host}' } } as const
const atOrigin = (effect: FaultRecipe['effect']): FaultRecipe => ({ at: 'origin', effect, ...here })
const atGate = (effect: FaultRecipe['effect']): FaultRecipe => ({ at: 'gate', effect, ...here })
const withoutPair = { request: {}, answer: everywhere(blocked('recorded')) } as const

export const networkModes = {
  'waf-block': {
    title: 'The firewall blocks the request before Access sees it',
    cause: 'A WAF or bot rule of the zone runs before Access.',
    setup: { faults: [atGate({ kind: 'status', status: 403, body: 'error code: 1010' })] },
    request: withPair,
    answer: everywhere(edgeError(403, 'error code: 1010', 'recorded')),
    tell: 'The body is an error code, and there is no Access mark. A challenge says so: `cf-mitigated: challenge`.',
    fix: 'Look for the ray in the security events of the zone; let the client past the rule.',
    source: ['edge-firewall-first'],
    observable_with: ['edge'],
    alike: 'edge_error',
  },
  'tunnel-validator-refuses': {
    title: 'The tunnel’s own Access check refuses the request',
    cause:
      'access.required of the tunnel names another team or AUD tag, or no assertion reached it.',
    setup: { faults: [atOrigin({ kind: 'status', status: 403 })] },
    request: withPair,
    answer: everywhere({ ...edgeError(403, '', 'documented'), body: { kind: 'empty' } }),
    tell: 'An empty 403: neither the block page nor an error code.',
    discriminators: [withoutPair],
    fix: 'Set teamName and audTag of the tunnel’s ingress rule to those of the application.',
    source: ['edge-tunnel-validator'],
    observable_with: ['edge'],
    alike: 'edge_error',
  },
  'origin-down': {
    title: 'The origin, or the tunnel to it, is down',
    cause: 'Access let the request in, and nothing behind it answers.',
    setup: { faults: [atOrigin({ kind: 'origin', failure: 'connect_timeout' })] },
    request: withPair,
    answer: everywhere(edgeError(522, 'error code: 522', 'assumed')),
    tell: 'Only after a valid credential. A tunnel that is down answers 530 with error code 1033.',
    discriminators: [withoutPair],
    fix: 'Start the origin or the tunnel; let it accept Cloudflare’s addresses.',
    source: ['edge-origin-errors', 'edge-origin-error-522', 'edge-origin-error-order'],
    observable_with: ['edge'],
    alike: 'edge_error',
  },
  'edge-reset': {
    title: 'The connection is cut',
    cause: 'Something between the client and the edge ends the connection before an answer.',
    setup: { faults: [atGate({ kind: 'reset' })] },
    request: withPair,
    answer: everywhere({ status: null, evidence: 'emulator_only' }),
    tell: 'No status at all.',
    fix: 'Ask again; look at what is between.',
    source: ['emulator-faults'],
    observable_with: ['edge'],
    alike: 'cut',
  },
  'edge-slow': {
    title: 'The answer is late',
    cause: 'The edge, or the way to it, is slow.',
    setup: { faults: [atGate({ kind: 'delay', ms: 5000 })] },
    request: withPair,
    answer: each(goodPair, { after_ms: 5000, evidence: 'emulator_only' }),
    tell: 'It is the right answer, later than the client may wait.',
    fix: 'Give the client a timeout that it survives.',
    source: ['emulator-faults'],
    observable_with: ['edge'],
    alike: 'cut',
  },
} as const satisfies Record<string, Mode>
