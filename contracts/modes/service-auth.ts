/** The exchange endpoint of the ticket and the paths around it: why they answer 404 (edge-service-auth-absent). */
import {
  absent,
  admitted,
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

/** The URL of the application itself answers as Access does. */
const accessAnswers: Discriminator = {
  request: {},
  answer: everywhere(blocked('recorded')),
}

export const serviceAuthModes = {
  'service-auth-absent': {
    title: 'The exchange endpoint does not exist on the application host',
    cause:
      'Cloudflare Access has no POST /cdn-cgi/access/service/auth; the path is one of its own, so the origin is never asked.',
    setup: { behaviours: notThere },
    request: { method: 'POST', path, credentials: 'pair' },
    answer: everywhere(emptyNotFound('recorded')),
    tell: '404 with an empty body here, while the URL of the application answers with Access marks.',
    discriminators: [accessAnswers],
    fix: 'Send the two headers to the protected URL itself, and take CF_Authorization from the answer where the organization is not strict.',
    source: ['edge-service-auth-absent', 'edge-exchange-implicit'],
    observable_with: ['exchange', 'edge'],
    alike: 'empty_not_found',
  },
  'service-auth-absent-team': {
    title: 'The exchange endpoint does not exist on the team domain',
    cause: 'As on the application host: Cloudflare Access has no such endpoint.',
    setup: { behaviours: notThere },
    request: { to: 'team', method: 'POST', path: `${path}?aud={aud}`, credentials: 'pair' },
    answer: everywhere(applicationPage('assumed')),
    tell: '404 here, while /cdn-cgi/access/certs on the same host answers 200.',
    discriminators: [{ request: { to: 'team', path: '/cdn-cgi/access/certs' }, answer: certs }],
    fix: 'Send the two headers to the protected URL itself; the team domain has no part in it.',
    source: ['edge-service-auth-absent', 'edge-path-unknown-team'],
    observable_with: ['exchange', 'edge'],
    alike: 'application_page',
  },
  'service-auth-wrong-method': {
    title: 'The exchange endpoint is asked with GET',
    cause: 'The exchange takes POST alone. Behaviour service_auth.wrong_method makes it 405.',
    setup: {},
    request: { path, credentials: 'pair' },
    answer: expectedElse(
      emptyNotFound('assumed'),
      absent('the endpoint does not exist at all', emptyNotFound('recorded')),
    ),
    tell: 'POST on the same URL answers 200.',
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
    title: 'The exchange is asked for an AUD tag that no application has',
    cause: 'The AUD tag is mistyped, or of an application that was removed or made anew.',
    setup: {},
    request: { method: 'POST', path, credentials: 'pair', body: { aud: '{unknown_aud}' } },
    answer: expectedElse(
      exchangeFailure('aud_unknown'),
      absent('the endpoint does not exist at all', emptyNotFound('recorded')),
    ),
    tell: 'The JSON says aud_unknown. (API) No application has this AUD tag.',
    fix: 'Copy the AUD tag from the application, or leave it out on the host of the application.',
    source: ['emulator-exchange-failures', 'edge-service-auth-absent'],
    observable_with: ['edge', 'exchange'],
    alike: 'empty_not_found',
  },
  'access-path-unknown': {
    title: 'A path under /cdn-cgi/access/ that is none',
    cause: 'Access owns every path under /cdn-cgi/access/, and serves few of them.',
    setup: {},
    request: { path: '/cdn-cgi/access/service-token', credentials: 'pair' },
    answer: everywhere(emptyNotFound('assumed')),
    tell: 'The path is not one that Access serves; on the team domain a page comes with the 404.',
    discriminators: [
      {
        request: { to: 'team', path: '/cdn-cgi/access/service-token' },
        answer: everywhere(applicationPage('assumed')),
      },
    ],
    fix: 'Use a path that Access serves: certs, get-identity, logout, login (team domain), authorized (application host).',
    source: ['edge-path-unknown', 'edge-path-unknown-team'],
    observable_with: ['edge'],
    alike: 'empty_not_found',
  },
} as const satisfies Record<string, Mode>
