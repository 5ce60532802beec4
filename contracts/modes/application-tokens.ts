/** Application tokens that the edge refuses, or never gave (edge-token-per-application, edge-revocation). */
import type { ExpectedAnswer } from './answer.ts'
import {
  absent,
  admitted,
  admittedWithoutCookie,
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

/** The token alone is let in, and none comes back. */
const tokenAdmitted = (evidence: ExpectedAnswer['evidence']) => admittedWithoutCookie(evidence)

/** A token that is none any more is no credential. */
const asNoCredential = everywhere(toLogin('recorded'))

const common = {
  setup: { policies: serviceAuthAndPeople },
  // A probe has no token of the client's: only the exchange that failed shows which was sent.
  observable_with: ['exchange'],
  alike: 'token_refused',
} as const

export const applicationTokenModes = {
  'jwt-replay-refused': {
    title: 'An issued token is replayed where only Service Auth policies are',
    cause:
      'Such an application wants the pair with each request; a token opens it only beside an Allow policy.',
    setup: {},
    request: asCookie,
    answer: perProfile(
      absent('a token opens any application there', tokenAdmitted('expected')),
      blocked('recorded'),
      // A strict organization gives no such token to replay: nobody has seen it refuse one.
      blocked('assumed'),
    ),
    tell: 'The token verifies, and the edge refuses it; the pair is let in.',
    discriminators: [withGoodPair],
    fix: 'Send the pair with each request, or give the application an Allow policy too.',
    source: ['edge-token-replay', 'emulator-token-replay'],
    observable_with: ['exchange'],
    alike: 'token_refused',
  },
  'exchange-no-cookie': {
    title: 'A strict organization gives no token back for the pair',
    cause:
      'strict_service_token_auth: the pair is let in, and no CF_Authorization comes with the answer.',
    setup: {},
    request: withPair,
    answer: perProfile(
      absent('the organization is not strict', admitted('recorded')),
      absent('the organization is not strict', admitted('recorded')),
      admittedWithoutCookie('documented'),
    ),
    tell: '200 with the pair alone, and no cookie. (API) strict_service_token_auth.',
    discriminators: [{ request: {}, answer: everywhere(blocked('recorded')) }],
    fix: 'Send the pair with each request; there is no token to replay.',
    source: ['edge-strict-mode', 'edge-service-token-cookie'],
    observable_with: ['exchange'],
    alike: 'origin_answer',
  },
  'cookie-ignored-strict': {
    ...common,
    title: 'A strict organization ignores a live cookie beside a bad pair',
    cause: 'Where a pair is sent, only Service Auth decides, and any CF_Authorization is ignored.',
    request: { credentials: 'held token and wrong secret' },
    answer: perProfile(
      absent('the organization is not strict', tokenAdmitted('recorded')),
      absent('the organization is not strict', tokenAdmitted('recorded')),
      unauthorized('documented'),
    ),
    tell: 'The cookie alone is let in.',
    discriminators: [{ request: asCookie, answer: everywhere(tokenAdmitted('recorded')) }],
    fix: 'Send the pair or the cookie, not both; mend the pair.',
    source: ['edge-strict-mode', 'edge-token-replay'],
    alike: 'unauthorized',
  },
  'jwt-as-bearer': {
    ...common,
    title: 'The token is sent as Authorization: Bearer',
    cause:
      'Access reads the cookie CF_Authorization and the header cf-access-token; Authorization is the origin’s.',
    request: { credentials: 'held token as bearer' },
    answer: asNoCredential,
    tell: 'The client can see it in its own request.',
    discriminators: [{ request: asCookie, answer: everywhere(tokenAdmitted('recorded')) }],
    fix: 'Send it as the cookie CF_Authorization, or in cf-access-token.',
    source: ['edge-bearer-not-read'],
  },
  'jwt-expired': {
    ...common,
    title: 'The token has expired',
    cause:
      'Its exp has passed. A person with a live global session gets a new one by the redirect, a machine does not.',
    setup: { policies: serviceAuthAndPeople, held: { times: { iat: -3700, exp: -100 } } },
    request: asCookie,
    answer: asNoCredential,
    tell: 'Decode it: exp.',
    discriminators: [withGoodPair],
    fix: 'Get a new token before exp; send the pair again.',
    source: ['edge-token-duration', 'edge-fetch-cors'],
  },
  'jwt-other-application': {
    ...common,
    title: 'The token is another application’s',
    cause: 'A token opens the one application that its aud names.',
    setup: { policies: serviceAuthAndPeople, held: { of: 'another application' } },
    request: asCookie,
    answer: everywhere(toLogin('documented')),
    tell: 'Decode it: aud is not the AUD tag of the application (the kid of the redirect).',
    discriminators: [
      {
        request: { ...asCookie, host: 'another.{host}' },
        answer: everywhere(tokenAdmitted('recorded')),
      },
    ],
    fix: 'Get a token from the application that is called.',
    source: ['edge-token-per-application'],
  },
  'jwt-without-binding-cookie': {
    ...common,
    title: 'A person’s token comes without the binding cookie',
    cause:
      'enable_binding_cookie: the login sets CF_Binding beside CF_Authorization, and the one counts for nothing without the other.',
    setup: {
      application: { enable_binding_cookie: true },
      policies: serviceAuthAndPeople,
      held: { by: 'a person' },
    },
    request: asCookie,
    // That it is refused is documented; the redirect follows from the redirect loops that the same page warns of.
    answer: everywhere(toLogin('documented')),
    tell: '(API) The setting. The request carries CF_Authorization of a person, and no CF_Binding.',
    discriminators: [
      {
        request: { credentials: 'held token and its binding as cookies' },
        answer: everywhere(tokenAdmitted('documented')),
      },
      withGoodPair,
    ],
    fix: 'Send CF_Binding beside CF_Authorization, or turn enable_binding_cookie off for clients that are no browsers.',
    source: ['edge-binding-cookie'],
  },
  'cookie-overwritten': {
    ...common,
    // To one who has seen the one answer all is well.
    alike: 'origin_answer',
    title: 'The cookie that came with an answer took the place of another application’s',
    cause:
      'A call with the pair is answered with CF_Authorization; a proxy that passes it on overwrites what the browser had.',
    setup: { policies: serviceAuthAndPeople, held: { of: 'another application' } },
    request: { credentials: 'pair' },
    answer: perProfile(
      admitted('recorded'),
      admitted('recorded'),
      absent('a strict organization gives no cookie', admittedWithoutCookie('documented')),
    ),
    tell: 'Set-Cookie in the answer to the pair; the next call with that cookie elsewhere is refused.',
    discriminators: [{ request: asCookie, answer: asNoCredential }],
    fix: 'Let the proxy drop Set-Cookie from answers to its service token.',
    source: ['edge-service-token-cookie', 'edge-cookie-overwritten'],
  },
  'jwt-revoked': {
    ...common,
    title: 'The tokens of the application were revoked',
    cause: 'revoke_tokens, a logout or the revocation of a user ends tokens issued before.',
    setup: { policies: serviceAuthAndPeople, later: 'revoke its tokens' },
    request: asCookie,
    answer: everywhere(toLogin('documented')),
    tell: 'iat is older than the revocation; the pair gets a new token that is let in.',
    discriminators: [withGoodPair],
    fix: 'Send the pair again, or sign in again.',
    source: ['edge-revocation'],
  },
  'cookie-overflow': {
    title: 'So many cookies have piled up that the request is refused before Access',
    cause:
      'Each answer to the pair sets CF_Authorization. A proxy or client that adds every one to the next request, in place of the last, works for minutes, until the headers are longer than Cloudflare takes.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'held token many times as cookie' },
    answer: everywhere(tooLarge),
    tell: 'The client can see it in its own request: CF_Authorization many times in Cookie, more than 128 KB in all. The page has no Access marks. Other values: behaviours request.header_limit, request.too_large_status.',
    discriminators: [{ request: asCookie, answer: everywhere(tokenAdmitted('recorded')) }],
    fix: 'Keep one CF_Authorization for a host, or let the proxy drop Set-Cookie from answers to its service token.',
    source: ['edge-header-limit-400', 'edge-header-limit'],
    observable_with: ['exchange'],
    alike: 'edge_error',
  },
} as const satisfies Record<string, Mode>
