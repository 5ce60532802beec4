/** Hosts and paths that no application covers, and 404s from behind Access (edge-host-matching, edge-tunnel-no-rule). */
import {
  answered,
  blocked,
  each,
  edgeError,
  emptyNotFound,
  everywhere,
  goodPair,
  unprotected,
} from './answers.ts'
import { atOrigin } from './fault-words.ts'
import type { Discriminator, Mode } from './mode.ts'

const noDocument: Discriminator = answered(
  { path: '/.well-known/cloudflare-access-protected-resource' },
  emptyNotFound('assumed'),
)

export const hostModes = {
  'host-not-protected': {
    title: 'No application covers the host',
    cause:
      'No application covers this host, so Access does not intervene: the client id and secret reach the origin as sent.',
    setup: { application: 'none' },
    request: { credentials: 'pair' },
    answer: everywhere({
      ...unprotected('documented'),
      body: {
        kind: 'json',
        has: { headers: { 'cf-access-client-id': '{client_id}', 'cf-access-jwt-assertion': null } },
      },
    }),
    tell: 'There are no Access marks, and the well-known document is a 404.',
    discriminators: [noDocument],
    fix: 'Create an application for the host; until then, do not send a service token there.',
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
    tell: '(API) deny_unmatched_requests is on, and no application covers the host.',
    discriminators: [noDocument],
    fix: 'Create an application for the host (a Bypass policy keeps it open), or exempt its zone.',
    source: ['edge-unmatched-hosts', 'edge-unmatched-hosts-status'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'path-not-covered': {
    title: 'The application’s path does not cover the requested path',
    cause: '`/alpha/*` covers everything below /alpha, but not /alpha itself.',
    setup: { application: { domain: '{host}/alpha/*' } },
    request: { path: '/alpha', credentials: 'pair' },
    answer: everywhere(unprotected('documented')),
    tell: 'Answers for a path below it have Access marks.',
    discriminators: [answered({ path: '/alpha/beta' }, blocked('documented'))],
    fix: 'Shorten the application’s path until it covers the request: `/alpha` also covers everything below it, while `/alpha/*` does not cover `/alpha` itself.',
    source: ['edge-host-matching'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'domain-malformed': {
    title: 'The application’s domain is not of the form host/path',
    cause:
      'A domain with two paths in one line, or with a scheme before the host, matches nothing.',
    setup: { application: { domain: '{host}/alpha {host}/beta' } },
    request: { path: '/alpha', credentials: 'pair' },
    answer: everywhere(unprotected('assumed')),
    tell: '(API) The application’s domain is not a plain `host/path`.',
    fix: 'Give each host and path a destination of its own, written `host/path`.',
    source: ['edge-domain-malformed'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'wildcard-level': {
    title: 'The wildcard stands for a different level of the host name',
    cause: '`*` stands for exactly one label, neither for two nor for none.',
    setup: { application: { domain: '*.{host}' } },
    request: { host: 'a.b.{host}', credentials: 'pair' },
    answer: everywhere(unprotected('documented')),
    tell: '(API) The application’s domain has a `*`; a host name with exactly one label in its place has Access marks.',
    discriminators: [
      answered({ credentials: 'pair' }, unprotected('documented')),
      answered(
        { host: 'a.{host}' },
        {
          ...blocked('documented'),
          headers: { 'cf-access-domain': '*.{host}' },
        },
      ),
    ],
    fix: 'Add a destination for each level and for the bare name.',
    source: ['edge-host-matching'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'origin-not-found': {
    title: 'Access lets the request in, but the origin has no such route',
    cause: 'The 404 comes from the origin.',
    setup: {},
    request: { path: '/status/404', credentials: 'pair' },
    answer: each(goodPair, { status: 404, evidence: 'assumed' }),
    tell: 'With valid credentials the 404 has the origin’s own headers; without them Access answers.',
    discriminators: [answered({ path: '/status/404' }, blocked('recorded'))],
    fix: 'Check the route at the origin.',
    source: ['edge-origin-request'],
    observable_with: ['edge'],
    alike: 'origin_answer',
  },
  'tunnel-no-ingress': {
    title: 'Access lets the request in, but the tunnel has no rule for the host',
    cause:
      'cloudflared answers 404 for a host name that no ingress rule matches, and 503 if it has no rules at all.',
    setup: { faults: [atOrigin({ kind: 'status', status: 404 })] },
    request: { credentials: 'pair' },
    answer: everywhere(emptyNotFound('documented')),
    tell: 'It happens only with valid credentials, and the answer has no header from the origin.',
    discriminators: [answered({}, blocked('recorded'))],
    fix: 'Add an ingress rule for the host to the tunnel’s configuration.',
    source: ['edge-tunnel-no-rule'],
    observable_with: ['edge'],
    alike: 'empty_not_found',
  },
  'propagation-application': {
    title: 'The application is new, and the edge does not know it yet',
    cause:
      'A new application, policy or service token takes seconds to take effect; until then the edge decides as before.',
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
    tell: 'It goes away within seconds. (API) updated_at is recent.',
    discriminators: [noDocument],
    fix: 'Wait a few seconds after a change, then retry.',
    source: ['edge-propagation'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'dns-missing': {
    title: 'The host has no DNS record, or the record’s target does not resolve',
    cause:
      'Without a record nothing answers at all. If the record’s target is gone, the edge finds no origin.',
    setup: { faults: [atOrigin({ kind: 'origin', failure: 'unresolved' })] },
    request: { credentials: 'pair' },
    answer: everywhere(edgeError(530, 'error code: 1016', 'assumed')),
    tell: 'NXDOMAIN comes before any answer; error 1016 only after Access has let the request in (inferred).',
    discriminators: [answered({}, blocked('assumed'))],
    fix: 'Create the record, or fix its target.',
    source: ['edge-origin-errors', 'edge-origin-error-order'],
    observable_with: ['edge'],
    alike: 'edge_error',
  },
} as const satisfies Record<string, Mode>
