/** Application tokens that the edge refuses or never issued (edge-token-per-application, edge-revocation). */
import type { ExpectedAnswer } from '../control/expected-answer.ts'
import {
  absent,
  admitted,
  admittedWithoutCookie,
  answered,
  blocked,
  everywhere,
  goodPair,
  perProfile,
  toLogin,
  tooLarge,
  unauthorized,
} from './answers.ts'
import type { Discriminator, Mode } from './mode.ts'
import { serviceAuthAndPeople } from './policy-words.ts'

const asCookie = { credentials: 'held token as cookie' } as const
const withPair = { credentials: 'pair' } as const
const withGoodPair: Discriminator = { request: withPair, answer: goodPair }

/** The token alone is let in, and the answer sets no new one. */
const tokenAdmitted = (evidence: ExpectedAnswer['evidence']) => admittedWithoutCookie(evidence)

/** An invalid token is treated as no credentials. */
const asNoCredential = everywhere(toLogin('recorded'))

const common = {
  setup: { policies: serviceAuthAndPeople },
  // A probe does not have the client's token: only the failing exchange shows which one was sent.
  observable_with: ['exchange'],
  alike: 'token_refused',
} as const

export const applicationTokenModes = {
  'jwt-replay-refused': {
    title: 'A token is replayed to an application that has only Service Auth policies',
    cause:
      'Such an application requires the pair with every request. It accepts a token only if it also has an Allow policy.',
    setup: {},
    request: asCookie,
    answer: perProfile(
      absent('every application accepts tokens in this profile', tokenAdmitted('expected')),
      blocked('recorded'),
      // A strict organization issues no token to replay, so nothing shows how it would treat one.
      blocked('assumed'),
    ),
    tell: 'The token verifies, but the edge refuses it, while it lets the pair in.',
    discriminators: [withGoodPair],
    fix: 'Send the pair with every request, or add an Allow policy to the application.',
    source: ['edge-token-replay', 'emulator-token-replay'],
    observable_with: ['exchange'],
    alike: 'token_refused',
  },
  'exchange-no-cookie': {
    title: 'A strict organization returns no token for the pair',
    cause:
      'strict_service_token_auth is on: the pair is let in, but the answer does not set CF_Authorization.',
    setup: {},
    request: withPair,
    answer: perProfile(
      absent('the organization is not strict', admitted('recorded')),
      absent('the organization is not strict', admitted('recorded')),
      admittedWithoutCookie('documented'),
    ),
    tell: 'The pair alone gets a 200 without a cookie. (API) strict_service_token_auth is on.',
    discriminators: [answered({}, blocked('recorded'))],
    fix: 'Send the pair with every request; there is no token to replay.',
    source: ['edge-strict-mode', 'edge-service-token-cookie'],
    observable_with: ['exchange'],
    alike: 'origin_answer',
  },
  'cookie-ignored-strict': {
    ...common,
    title: 'A strict organization ignores a valid cookie sent with a bad pair',
    cause:
      'If a request carries a pair, only Service Auth policies decide, and any CF_Authorization is ignored.',
    request: { credentials: 'held token and wrong secret' },
    answer: perProfile(
      absent('the organization is not strict', tokenAdmitted('recorded')),
      absent('the organization is not strict', tokenAdmitted('recorded')),
      unauthorized('documented'),
    ),
    tell: 'The cookie alone is let in.',
    discriminators: [answered(asCookie, tokenAdmitted('recorded'))],
    fix: 'Send either the pair or the cookie, and fix the pair.',
    source: ['edge-strict-mode', 'edge-token-replay'],
    alike: 'unauthorized',
  },
  'jwt-as-bearer': {
    ...common,
    title: 'The token is sent as Authorization: Bearer',
    cause:
      'Access reads the CF_Authorization cookie and the cf-access-token header; it leaves Authorization to the origin.',
    request: { credentials: 'held token as bearer' },
    answer: asNoCredential,
    tell: 'The client can see it in its own request.',
    discriminators: [answered(asCookie, tokenAdmitted('recorded'))],
    fix: 'Send it as the CF_Authorization cookie or in the cf-access-token header.',
    source: ['edge-bearer-not-read'],
  },
  'jwt-expired': {
    ...common,
    title: 'The token has expired',
    cause:
      'Its exp has passed. A person with a live global session gets a new token through the redirect; a machine does not.',
    setup: { policies: serviceAuthAndPeople, held: { times: { iat: -3700, exp: -100 } } },
    request: asCookie,
    answer: asNoCredential,
    tell: 'Decode the token: exp is in the past.',
    discriminators: [withGoodPair],
    fix: 'Send the pair again to get a new token, ideally before exp.',
    source: ['edge-token-duration', 'edge-fetch-cors'],
  },
  'jwt-other-application': {
    ...common,
    title: 'The token belongs to another application',
    cause: 'A token is valid only for the application that its aud names.',
    setup: { policies: serviceAuthAndPeople, held: { of: 'another application' } },
    request: asCookie,
    answer: everywhere(toLogin('documented')),
    tell: 'Decode the token: its aud is not the application’s AUD tag (the kid in the redirect).',
    discriminators: [answered({ ...asCookie, host: 'another.{host}' }, tokenAdmitted('recorded'))],
    fix: 'Get a token from the application that you call.',
    source: ['edge-token-per-application'],
  },
  'jwt-without-binding-cookie': {
    ...common,
    title: 'A person’s token is sent without the binding cookie',
    cause:
      'enable_binding_cookie is on: the login sets CF_Binding along with CF_Authorization, and neither is accepted without the other.',
    setup: {
      application: { enable_binding_cookie: true },
      policies: serviceAuthAndPeople,
      held: { by: 'a person' },
    },
    request: asCookie,
    // The refusal is documented; the redirect follows from the redirect loops that the same page warns about.
    answer: everywhere(toLogin('documented')),
    tell: 'The request carries a person’s CF_Authorization but no CF_Binding. (API) The setting is on.',
    discriminators: [
      answered(
        { credentials: 'held token and its binding as cookies' },
        tokenAdmitted('documented'),
      ),
      withGoodPair,
    ],
    fix: 'Send CF_Binding along with CF_Authorization, or turn enable_binding_cookie off for clients other than browsers.',
    source: ['edge-binding-cookie'],
  },
  'cookie-overwritten': {
    ...common,
    // The one answer on its own looks like success.
    alike: 'origin_answer',
    title: 'A cookie set by an answer overwrote another application’s cookie',
    cause:
      'The answer to a request with the pair sets CF_Authorization. A proxy that passes it on overwrites the browser’s own cookie.',
    setup: { policies: serviceAuthAndPeople, held: { of: 'another application' } },
    request: { credentials: 'pair' },
    answer: perProfile(
      admitted('recorded'),
      admitted('recorded'),
      absent('a strict organization sets no cookie', admittedWithoutCookie('documented')),
    ),
    tell: 'The answer to the pair has a Set-Cookie, and the next call to the other application, with that cookie, is refused.',
    discriminators: [{ request: asCookie, answer: asNoCredential }],
    fix: 'Have the proxy strip Set-Cookie from answers to requests with its service token.',
    source: ['edge-service-token-cookie', 'edge-cookie-overwritten'],
  },
  'jwt-revoked': {
    ...common,
    title: 'The application’s tokens were revoked',
    cause: 'revoke_tokens, a logout or revoking a user invalidates all tokens issued before.',
    setup: { policies: serviceAuthAndPeople, later: 'revoke its tokens' },
    request: asCookie,
    answer: everywhere(toLogin('documented')),
    tell: 'The token’s iat is before the revocation; the pair gets a new token, which is let in.',
    discriminators: [withGoodPair],
    fix: 'Send the pair again, or sign in again.',
    source: ['edge-revocation'],
  },
  'cookie-overflow': {
    title: 'Cookies have piled up until the request is refused before it reaches Access',
    cause:
      'Each answer to the pair sets CF_Authorization. A proxy or client that appends every one to the next request, instead of replacing the last, works for minutes, until the headers exceed Cloudflare’s limit.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'held token many times as cookie' },
    answer: everywhere(tooLarge),
    tell: 'The client can see it in its own request: the Cookie header repeats CF_Authorization and exceeds 128 KB in all. The page has no Access marks. The behaviours request.header_limit and request.too_large_status change the limit and the status.',
    discriminators: [answered(asCookie, tokenAdmitted('recorded'))],
    fix: 'Keep one CF_Authorization per host, or have the proxy strip Set-Cookie from answers to requests with its service token.',
    source: ['edge-header-limit-400', 'edge-header-limit'],
    observable_with: ['exchange'],
    alike: 'edge_error',
  },
} as const satisfies Record<string, Mode>
