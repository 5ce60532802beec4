/** Application tokens that the edge issued and a verifier at the origin refuses (edge-origin-assertion). */
import type { ExpectedAnswer } from '../control/expected-answer.ts'
import {
  admitted,
  admittedWithoutCookie,
  certs,
  everywhere,
  goodPair,
  perProfile,
  toLogin,
} from './answers.ts'
import type { AnswersByProfile, Discriminator, Mode } from './mode.ts'
import { serviceAuthAndPeople } from './policy-words.ts'

const withPair = { credentials: 'pair' } as const
const teamCerts = { to: 'team', path: '/cdn-cgi/access/certs' } as const
const withGoodPair: Discriminator = { request: withPair, answer: goodPair }

const common = {
  setup: {},
  // The edge works, and a strict organization shows the client no token: only the exchange with the origin tells.
  observable_with: ['exchange'],
  alike: 'token_refused',
} as const

/** A good pair is let in, and the origin gets a token with these claims. */
function tokenWith(
  claims: Readonly<Record<string, unknown>>,
  evidence: ExpectedAnswer['evidence'],
): AnswersByProfile {
  const withToken = { ...admitted(evidence), token: claims }
  const toOrigin = { kind: 'json', has: { claims } } as const
  return perProfile(withToken, withToken, { ...admittedWithoutCookie(evidence), body: toOrigin })
}

/** The year 2100, ahead of any clock. */
const later = { iat: 4102444800, exp: 4102531200 } as const

export const verifierModes = {
  'key-rotated': {
    ...common,
    title: 'The key that signed the token is no longer published',
    cause:
      'Keys rotate. The old key stays in certs for seven days; after that, tokens signed with it no longer verify.',
    setup: { policies: serviceAuthAndPeople, held: { key: 'unpublished' } },
    request: { credentials: 'held token as cookie' },
    answer: everywhere(toLogin('assumed')),
    tell: 'The kid in the token’s header is not in certs.',
    discriminators: [{ request: teamCerts, answer: certs }, withGoodPair],
    fix: 'Get a new token.',
    source: ['edge-key-rotation'],
  },
  'certs-stale': {
    ...common,
    title: 'The key set lacks the current signing key',
    cause: 'A verifier, or a cache in front of it, holds the key set from before a rotation.',
    setup: {
      faults: [{ at: 'edge.certs', effect: { kind: 'keys', omit: 'current' } }],
    },
    request: teamCerts,
    answer: everywhere({
      status: 200,
      evidence: 'emulator_only',
      body: { kind: 'json', has: { keys: { 1: null } } },
    }),
    tell: 'The kid of a new token is missing from the set that the verifier holds but present in a fresh one.',
    discriminators: [withGoodPair],
    fix: 'Refetch certs when a kid is unknown, at most about once a minute.',
    source: ['edge-key-rotation', 'emulator-faults'],
  },
  'verifier-first-key': {
    ...common,
    title: 'The verifier uses the first key and ignores the kid',
    cause:
      'certs holds two keys, and public_cert is only one of them; the token’s kid says which one signed it.',
    setup: { behaviours: { 'certs.order': 'previous_first' } },
    request: teamCerts,
    answer: everywhere({
      status: 200,
      evidence: 'documented',
      body: { kind: 'json', has: { keys: { 0: { alg: 'RS256' }, 1: { alg: 'RS256' }, 2: null } } },
    }),
    tell: 'The token’s kid is in certs, but not where the verifier looks.',
    discriminators: [withGoodPair],
    fix: 'Look the key up by the kid in the token’s header.',
    source: ['edge-certs', 'edge-certs-two-keys'],
  },
  'certs-unreachable': {
    ...common,
    observable_with: ['edge'],
    title: 'The certs cannot be fetched',
    cause: 'The team domain answers with an error or not at all, so a verifier has no keys.',
    setup: {
      faults: [{ at: 'edge.certs', effect: { kind: 'status', status: 503 } }],
    },
    request: teamCerts,
    answer: everywhere({ status: 503, evidence: 'emulator_only', body: { kind: 'empty' } }),
    tell: 'certs answers 5xx, or the connection hangs.',
    discriminators: [withGoodPair],
    fix: 'Let the verifier keep using the set that it has while fetching fails.',
    source: ['emulator-faults'],
  },
  'clock-skew': {
    ...common,
    title: 'The clock of the origin is off',
    cause: 'To the origin, a fresh token seems to come from the future or to have expired already.',
    setup: {
      faults: [
        {
          at: 'token.issue',
          effect: { kind: 'claims', set: later },
          when: { aud: '{aud}' },
        },
      ],
    },
    request: withPair,
    answer: tokenWith({ iat: later.iat }, 'assumed'),
    tell: 'The token’s iat is later than the Date header of the origin’s own answer.',
    fix: 'Correct the origin’s clock; allow a minute of tolerance.',
    source: ['emulator-origin-clock'],
    alike: 'origin_answer',
  },
  'claims-unexpected': {
    ...common,
    title: 'The origin expects claims that a service token’s JWT does not have',
    cause:
      'The JWT of a service token has no email and no nbf, its sub is empty, and its aud is a string.',
    request: withPair,
    answer: tokenWith({ aud: '{aud}', sub: '', email: null, nbf: null }, 'recorded'),
    tell: 'Decode the token and look at its claims.',
    fix: 'Use common_name where there is no email; accept aud as a string or an array, and tokens without nbf.',
    source: ['edge-service-token-jwt', 'edge-origin-claims'],
    alike: 'origin_answer',
  },
  'issuer-mismatch': {
    ...common,
    title: 'The origin expects another issuer',
    cause: 'The origin is configured with another team, or with a trailing slash in the issuer.',
    request: withPair,
    answer: tokenWith({ iss: 'https://{team}' }, 'recorded'),
    tell: 'The token’s iss is https:// plus the team domain of the login redirect, and certs there answers 200.',
    discriminators: [{ request: teamCerts, answer: certs }],
    fix: 'Set the issuer to https://<team>.cloudflareaccess.com, without a trailing slash.',
    source: ['edge-service-token-jwt', 'edge-person-jwt'],
    alike: 'origin_answer',
  },
} as const satisfies Record<string, Mode>
