/** Application tokens that the edge gave and a verifier at the origin refuses (edge-origin-assertion). */
import type { ExpectedAnswer } from './answer.ts'
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
  // The edge is in order, and a strict organization shows no token: what the origin was sent and said tells.
  observable_with: ['exchange'],
  alike: 'token_refused',
} as const

/** A good pair is let in, and the token that the origin gets has these claims. */
function tokenWith(
  claims: Readonly<Record<string, unknown>>,
  evidence: ExpectedAnswer['evidence'],
): AnswersByProfile {
  const given = { ...admitted(evidence), token: claims }
  const toOrigin = { kind: 'json', has: { claims } } as const
  return perProfile(given, given, { ...admittedWithoutCookie(evidence), body: toOrigin })
}

/** The year 2100: no clock is there yet. */
const later = { iat: 4102444800, exp: 4102531200 } as const

export const verifierModes = {
  'key-rotated': {
    ...common,
    title: 'The key that signed the token is not published any more',
    cause:
      'Keys rotate; the old one stays in certs for seven days, and tokens that are older do not verify.',
    setup: { policies: serviceAuthAndPeople, held: { key: 'unpublished' } },
    request: { credentials: 'held token as cookie' },
    answer: everywhere(toLogin('assumed')),
    tell: 'The kid of the token’s header is in no certs.',
    discriminators: [{ request: teamCerts, answer: certs }, withGoodPair],
    fix: 'Get a new token.',
    source: ['edge-key-rotation'],
  },
  'certs-stale': {
    ...common,
    title: 'The set of keys lacks the one that signs now',
    cause: 'A verifier, or a cache before it, holds the set from before a rotation.',
    setup: {
      faults: [{ at: 'edge.certs', effect: { kind: 'keys', omit: 'current' } }],
    },
    request: teamCerts,
    answer: everywhere({
      status: 200,
      evidence: 'emulator_only',
      body: { kind: 'json', has: { keys: { 1: null } } },
    }),
    tell: 'The kid of a new token is not in the set that the verifier holds, and is in a fresh one.',
    discriminators: [withGoodPair],
    fix: 'Fetch certs anew when a kid is unknown, at most once a minute or so.',
    source: ['edge-key-rotation', 'emulator-faults'],
  },
  'verifier-first-key': {
    ...common,
    title: 'The verifier takes the first key in place of the kid',
    cause:
      'certs has two keys, and public_cert is only one of them; the token’s kid says which signed it.',
    setup: { behaviours: { 'certs.order': 'previous_first' } },
    request: teamCerts,
    answer: everywhere({
      status: 200,
      evidence: 'documented',
      body: { kind: 'json', has: { keys: { 0: { alg: 'RS256' }, 1: { alg: 'RS256' }, 2: null } } },
    }),
    tell: 'The kid of the token is in certs, and not where the verifier looks.',
    discriminators: [withGoodPair],
    fix: 'Look the key up by the kid of the token’s header.',
    source: ['edge-certs', 'edge-certs-two-keys'],
  },
  'certs-unreachable': {
    ...common,
    observable_with: ['edge'],
    title: 'The certs cannot be fetched',
    cause: 'The team domain answers with an error, or not at all, and a verifier has no keys.',
    setup: {
      faults: [{ at: 'edge.certs', effect: { kind: 'status', status: 503 } }],
    },
    request: teamCerts,
    answer: everywhere({ status: 503, evidence: 'emulator_only', body: { kind: 'empty' } }),
    tell: 'certs answers 5xx, or the connection hangs.',
    discriminators: [withGoodPair],
    fix: 'Let the verifier keep the set that it has while fetching fails.',
    source: ['emulator-faults'],
  },
  'clock-skew': {
    ...common,
    title: 'The clock of the origin is off',
    cause: 'To the origin a fresh token is from the future, or has expired already.',
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
    tell: 'iat is later than the Date header of the origin’s own answer.',
    fix: 'Set the origin’s clock; allow a minute of tolerance.',
    source: ['emulator-origin-clock'],
    alike: 'origin_answer',
  },
  'claims-unexpected': {
    ...common,
    title: 'The origin wants claims that a service token’s token has not',
    cause: 'A machine has no email and no nbf, its sub is empty, and its aud is a text.',
    request: withPair,
    answer: tokenWith({ aud: '{aud}', sub: '', email: null, nbf: null }, 'recorded'),
    tell: 'Decode the token.',
    fix: 'Take common_name where there is no email; accept aud as text or list, and a token without nbf.',
    source: ['edge-service-token-jwt', 'edge-origin-claims'],
    alike: 'origin_answer',
  },
  'issuer-mismatch': {
    ...common,
    title: 'The origin expects another issuer',
    cause: 'The origin is configured with another team, or with a slash at the end of iss.',
    request: withPair,
    answer: tokenWith({ iss: 'https://{team}' }, 'recorded'),
    tell: 'iss is https:// and the team of the redirect, and certs there answers 200.',
    discriminators: [{ request: teamCerts, answer: certs }],
    fix: 'Set the issuer to https://<team>.cloudflareaccess.com, without a slash at the end.',
    source: ['edge-service-token-jwt', 'edge-person-jwt'],
    alike: 'origin_answer',
  },
} as const satisfies Record<string, Mode>
