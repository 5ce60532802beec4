/** Failures around Access: in front of it, behind it, and in between (edge-firewall-first, edge-origin-errors). */
import { answered, blocked, each, edgeError, everywhere, goodPair } from './answers.ts'
import { atGate, atOrigin } from './fault-words.ts'
import type { Mode } from './mode.ts'

const withPair = { credentials: 'pair' } as const
const withoutPair = answered({}, blocked('recorded'))

export const networkModes = {
  'waf-block': {
    title: 'The firewall blocks the request before Access sees it',
    cause: 'A WAF or bot rule of the zone runs before Access and blocks the request.',
    setup: { faults: [atGate({ kind: 'status', status: 403, body: 'error code: 1010' })] },
    request: withPair,
    answer: everywhere(edgeError(403, 'error code: 1010', 'recorded')),
    tell: 'The body is an error code, and there are no Access marks. A challenge identifies itself: `cf-mitigated: challenge`.',
    fix: 'Look up the Ray ID in the zone’s security events, and add an exception for the client.',
    source: ['edge-firewall-first'],
    observable_with: ['edge'],
    alike: 'edge_error',
  },
  'tunnel-validator-refuses': {
    title: 'The tunnel’s own Access check refuses the request',
    cause:
      'The tunnel’s ingress rule sets access.required with another team or AUD tag, or no assertion reached the tunnel.',
    setup: { faults: [atOrigin({ kind: 'status', status: 403 })] },
    request: withPair,
    answer: everywhere({ ...edgeError(403, '', 'documented'), body: { kind: 'empty' } }),
    tell: 'An empty 403: neither the block page nor an error code.',
    discriminators: [withoutPair],
    fix: 'Set teamName and audTag in the tunnel’s ingress rule to the application’s.',
    source: ['edge-tunnel-validator'],
    observable_with: ['edge'],
    alike: 'edge_error',
  },
  'origin-down': {
    title: 'The origin, or the tunnel to it, is down',
    cause: 'Access let the request in, but nothing behind it answers.',
    setup: { faults: [atOrigin({ kind: 'origin', failure: 'connect_timeout' })] },
    request: withPair,
    answer: everywhere(edgeError(522, 'error code: 522', 'assumed')),
    tell: 'It happens only with valid credentials. For a tunnel that is down, the edge answers 530 with error code 1033.',
    discriminators: [withoutPair],
    fix: 'Start the origin or the tunnel, and make sure that it accepts connections from Cloudflare’s IP ranges.',
    source: ['edge-origin-errors', 'edge-origin-error-522', 'edge-origin-error-order'],
    observable_with: ['edge'],
    alike: 'edge_error',
  },
  'edge-reset': {
    title: 'The connection is reset',
    cause:
      'Something between the client and the edge closes the connection before an answer arrives.',
    setup: { faults: [atGate({ kind: 'reset' })] },
    request: withPair,
    answer: everywhere({ status: null, evidence: 'emulator_only' }),
    tell: 'There is no status at all.',
    fix: 'Retry, and check what sits between the client and the edge.',
    source: ['emulator-faults'],
    observable_with: ['edge'],
    alike: 'cut',
  },
  'edge-slow': {
    title: 'The answer comes too late',
    cause: 'The edge or the network path to it is slow.',
    setup: { faults: [atGate({ kind: 'delay', ms: 5000 })] },
    request: withPair,
    answer: each(goodPair, { after_ms: 5000, evidence: 'emulator_only' }),
    tell: 'The answer is the right one, but it may arrive after the client has given up.',
    fix: 'Give the client a longer timeout.',
    source: ['emulator-faults'],
    observable_with: ['edge'],
    alike: 'cut',
  },
} as const satisfies Record<string, Mode>
