/** The exchange endpoint from the support ticket, and paths near it: why they answer 404 (edge-service-auth-absent). */
import {
  absent,
  admitted,
  answered,
  applicationPage,
  blocked,
  certs,
  emptyNotFound,
  everywhere,
  exchangeFailure,
  expectedElse,
} from './answers.ts'
import type { Discriminator, Mode } from './mode.ts'

const path = '/cdn-cgi/access/service/auth'
const notThere = { 'service_auth.endpoint': 'absent' } as const

/** At the application's own URL, Access answers. */
const accessAnswers: Discriminator = answered({}, blocked('recorded'))

export const serviceAuthModes = {
  'service-auth-absent': {
    title: 'The exchange endpoint does not exist on the application host',
    cause:
      'Cloudflare Access has no POST /cdn-cgi/access/service/auth. The path is reserved for Access, so the request never reaches the origin.',
    setup: { behaviours: notThere },
    request: { method: 'POST', path, credentials: 'pair' },
    answer: everywhere(emptyNotFound('recorded')),
    tell: 'This path answers 404 with an empty body, while the application’s URL answers with Access marks.',
    discriminators: [accessAnswers],
    fix: 'Send the two headers to the protected URL itself, with every request. Unless the organization is strict, the answer sets CF_Authorization; that cookie is enough by itself only if the application has an Allow policy, too.',
    source: ['edge-service-auth-absent', 'edge-exchange-implicit', 'edge-token-replay'],
    observable_with: ['exchange', 'edge'],
    alike: 'empty_not_found',
  },
  'service-auth-absent-team': {
    title: 'The exchange endpoint does not exist on the team domain',
    cause: 'Cloudflare Access has no such endpoint, neither here nor on the application host.',
    setup: { behaviours: notThere },
    request: { to: 'team', method: 'POST', path: `${path}?aud={aud}`, credentials: 'pair' },
    answer: everywhere(applicationPage('assumed')),
    tell: 'This path answers 404, while /cdn-cgi/access/certs on the same host answers 200.',
    discriminators: [{ request: { to: 'team', path: '/cdn-cgi/access/certs' }, answer: certs }],
    fix: 'Send the two headers to the protected URL itself; the team domain is not involved.',
    source: ['edge-service-auth-absent', 'edge-path-unknown-team'],
    observable_with: ['exchange', 'edge'],
    alike: 'application_page',
  },
  'service-auth-wrong-method': {
    title: 'The exchange endpoint is called with GET',
    cause:
      'The exchange accepts POST only. The behaviour service_auth.wrong_method can make this a 405.',
    setup: {},
    request: { path, credentials: 'pair' },
    answer: expectedElse(
      emptyNotFound('assumed'),
      absent('the endpoint does not exist at all', emptyNotFound('recorded')),
    ),
    tell: 'POST to the same URL answers 200.',
    discriminators: [
      {
        request: { method: 'POST', path, credentials: 'pair' },
        answer: expectedElse(
          { ...admitted('expected'), body: { kind: 'json', has: {} } },
          emptyNotFound('recorded'),
        ),
      },
    ],
    fix: 'Use POST.',
    source: ['edge-wrong-method', 'edge-service-auth-absent'],
    observable_with: ['exchange'],
    alike: 'empty_not_found',
  },
  'service-auth-unknown-aud': {
    title: 'The exchange request names an AUD tag that no application has',
    cause: 'The AUD tag is mistyped, or belongs to an application that was deleted or recreated.',
    setup: {},
    request: { method: 'POST', path, credentials: 'pair', body: { aud: '{unknown_aud}' } },
    answer: expectedElse(
      exchangeFailure('aud_unknown'),
      absent('the endpoint does not exist at all', emptyNotFound('recorded')),
    ),
    tell: 'The JSON says aud_unknown. (API) No application has this AUD tag.',
    fix: 'Copy the AUD tag from the application, or omit it and call the exchange on the application’s host.',
    source: ['emulator-exchange-failures', 'edge-service-auth-absent'],
    observable_with: ['edge', 'exchange'],
    alike: 'empty_not_found',
  },
  'access-path-unknown': {
    title: 'The path under /cdn-cgi/access/ does not exist',
    cause: 'Access owns every path under /cdn-cgi/access/ but serves only a few of them.',
    setup: {},
    request: { path: '/cdn-cgi/access/service-token', credentials: 'pair' },
    answer: everywhere(emptyNotFound('assumed')),
    tell: 'Access does not serve this path; on the team domain the 404 comes with a page.',
    discriminators: [
      answered({ to: 'team', path: '/cdn-cgi/access/service-token' }, applicationPage('assumed')),
    ],
    fix: 'Use a path that Access serves: certs, get-identity, logout, login (team domain), authorized (application host).',
    source: ['edge-path-unknown', 'edge-path-unknown-team'],
    observable_with: ['edge'],
    alike: 'empty_not_found',
  },
} as const satisfies Record<string, Mode>
