/** Hosts and paths that no application covers, and 404s from behind Access (edge-host-matching, edge-tunnel-no-rule). */
import {
  blocked,
  each,
  edgeError,
  emptyNotFound,
  everywhere,
  goodPair,
  unprotected,
} from './answers.ts'
import type { Discriminator, Mode } from './mode.ts'

const noDocument: Discriminator = {
  request: { path: '/.well-known/cloudflare-access-protected-resource' },
  answer: everywhere(emptyNotFound('assumed')),
}

export const hostModes = {
  'host-not-protected': {
    title: 'No application covers the host',
    cause:
      'Access has nothing on this host. Client id and secret reach the origin as they were sent.',
    setup: { application: 'none' },
    request: { credentials: 'pair' },
    answer: everywhere({
      ...unprotected('documented'),
      body: {
        kind: 'json',
        has: { headers: { 'cf-access-client-id': '{client_id}', 'cf-access-jwt-assertion': null } },
      },
    }),
    tell: 'No Access marks; the well-known document is 404.',
    discriminators: [noDocument],
    fix: 'Make an application for the host; until then send no service token there.',
    source: ['edge-headers-pass-unprotected', 'edge-host-without-application'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'host-unmatched-denied': {
    title: 'No application covers the host, and the organization denies such hosts',
    cause:
      'deny_unmatched_requests blocks every host without an application, unless its zone is exempt.',
    setup: { application: 'none', organization: { deny_unmatched_requests: true } },
    request: { credentials: 'pair' },
    answer: everywhere({ ...blocked('assumed'), headers: { 'cf-ray': true, location: false } }),
    tell: '(API) The setting is on, and no application covers the host.',
    discriminators: [noDocument],
    fix: 'Make an application for the host (a bypass policy leaves it open), or exempt its zone.',
    source: ['edge-unmatched-hosts', 'edge-unmatched-hosts-status'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'path-not-covered': {
    title: 'The path of the application does not cover the path asked',
    cause: '`/alpha/*` covers what is below /alpha, not /alpha itself.',
    setup: { application: { domain: '{host}/alpha/*' } },
    request: { path: '/alpha', credentials: 'pair' },
    answer: everywhere(unprotected('documented')),
    tell: 'A path beside it has Access marks.',
    discriminators: [
      { request: { path: '/alpha/beta' }, answer: everywhere(blocked('documented')) },
    ],
    fix: 'Shorten the path of the application until it covers what is asked: `/alpha` covers what is below it too, `/alpha/*` not `/alpha` itself.',
    source: ['edge-host-matching'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'domain-malformed': {
    title: 'The domain of the application is no host and path',
    cause: 'Two paths in one line, or a scheme before the host, match nothing.',
    setup: { application: { domain: '{host}/alpha {host}/beta' } },
    request: { path: '/alpha', credentials: 'pair' },
    answer: everywhere(unprotected('assumed')),
    tell: '(API) The domain of the application is no plain `host/path`.',
    fix: 'Give each place a destination of its own, written `host/path`.',
    source: ['edge-domain-malformed'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'wildcard-level': {
    title: 'The wildcard stands for another level of the name',
    cause: '`*` stands for exactly one label: neither for two, nor for none.',
    setup: { application: { domain: '*.{host}' } },
    request: { host: 'a.b.{host}', credentials: 'pair' },
    answer: everywhere(unprotected('documented')),
    tell: '(API) `*` in the domain of the application stands for one label; a name with one has Access marks.',
    discriminators: [
      { request: { credentials: 'pair' }, answer: everywhere(unprotected('documented')) },
      {
        request: { host: 'a.{host}' },
        answer: everywhere({
          ...blocked('documented'),
          headers: { 'cf-access-domain': '*.{host}' },
        }),
      },
    ],
    fix: 'Add a destination for each level and for the bare name.',
    source: ['edge-host-matching'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'origin-not-found': {
    title: 'Access lets the request in, and the origin has no such route',
    cause: 'The 404 is the origin’s.',
    setup: {},
    request: { path: '/status/404', credentials: 'pair' },
    answer: each(goodPair, { status: 404, evidence: 'assumed' }),
    tell: 'With a valid token the 404 has the origin’s own headers; without one Access answers.',
    discriminators: [{ request: { path: '/status/404' }, answer: everywhere(blocked('recorded')) }],
    fix: 'Look for the route at the origin.',
    source: ['edge-origin-request'],
    observable_with: ['edge'],
    alike: 'origin_answer',
  },
  'tunnel-no-ingress': {
    title: 'Access lets the request in, and the tunnel has no rule for the host',
    cause:
      'cloudflared answers 404 for a name that none of its ingress rules has; 503 where it has no rules.',
    setup: {
      faults: [{ at: 'origin', effect: { kind: 'status', status: 404 }, when: { host: '{host}' } }],
    },
    request: { credentials: 'pair' },
    answer: everywhere(emptyNotFound('documented')),
    tell: 'Only after a valid credential, and without a header of the origin.',
    discriminators: [{ request: {}, answer: everywhere(blocked('recorded')) }],
    fix: 'Add an ingress rule for the host to the tunnel.',
    source: ['edge-tunnel-no-rule'],
    observable_with: ['edge'],
    alike: 'empty_not_found',
  },
  'propagation-application': {
    title: 'The application was made a moment ago, and the edge does not know it yet',
    cause:
      'A new application, policy or service token takes seconds to be in force; until then the edge decides as before.',
    setup: {
      faults: [
        {
          at: 'edge.application',
          effect: { kind: 'unseen' },
          when: { host: '{host}' },
          seconds: 15,
        },
      ],
    },
    request: { credentials: 'pair' },
    answer: everywhere(unprotected('assumed')),
    tell: 'It goes away within seconds. (API) updated_at is young.',
    discriminators: [noDocument],
    fix: 'Wait some seconds after a change, and ask again.',
    source: ['edge-propagation'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'dns-missing': {
    title: 'The host has no record, or its target does not resolve',
    cause:
      'Without a record nothing answers at all; with one whose target is gone, the edge finds no origin.',
    setup: {
      faults: [
        {
          at: 'origin',
          effect: { kind: 'origin', failure: 'unresolved' },
          when: { host: '{host}' },
        },
      ],
    },
    request: { credentials: 'pair' },
    answer: everywhere(edgeError(530, 'error code: 1016', 'assumed')),
    tell: 'NXDOMAIN comes before any answer; 1016 only once Access lets the request in (inferred).',
    discriminators: [{ request: {}, answer: everywhere(blocked('assumed')) }],
    fix: 'Make the record, or mend its target.',
    source: ['edge-origin-errors', 'edge-origin-error-order'],
    observable_with: ['edge'],
    alike: 'edge_error',
  },
} as const satisfies Record<string, Mode>
