/** Service tokens that do not authenticate, or in a form that is not read (edge-service-token-headers, edge-strict-mode). */
import type { Evidence } from '../evidence.ts'
import {
  absent,
  admitted,
  apiFailure,
  apiSuccess,
  blocked,
  everywhere,
  goodPair,
  perProfile,
  toLogin,
  unauthorized,
  unprotected,
} from './answers.ts'
import type { AnswersByProfile, Discriminator, Mode } from './mode.ts'
import { allowPeople, serviceAuthAndPeople } from './policy-words.ts'

/** A pair that does not authenticate, where people can sign in. */
function refusedPair(evidence: Evidence): AnswersByProfile {
  return perProfile(toLogin(evidence), toLogin(evidence), unauthorized('documented'))
}

/** Unreadable credentials count as none, except that a strict organization refuses them. */
const unreadPair = perProfile(toLogin('assumed'), toLogin('assumed'), unauthorized('assumed'))

const toldByMeta =
  'The `meta` of the login redirect has service_token_status false, as without a pair.'
const seenByClient = 'The client can see it in its own request.'
const withGoodPair: Discriminator = { request: { credentials: 'pair' }, answer: goodPair }
const tokenPath = '/accounts/{account_id}/access/service_tokens/{service_token_id}'

/** What the API shows of the token. */
function shownAs(has: Readonly<Record<string, unknown>>): Discriminator {
  return {
    request: { to: 'api', path: tokenPath },
    answer: everywhere(apiSuccess({ result: has })),
  }
}

const common = {
  source: ['edge-refused-service-token', 'edge-meta-good-pair', 'edge-strict-mode'],
  alike: 'login',
  observable_with: ['edge', 'api', 'exchange'],
} as const

const jsonHeader = { read_service_tokens_from_header: 'Authorization' } as const

export const serviceTokenModes = {
  'token-wrong-secret': {
    ...common,
    title: 'The client secret is wrong',
    cause: 'The client id exists, and the secret sent is not the one that it has.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'wrong secret' },
    answer: refusedPair('recorded'),
    tell: toldByMeta,
    discriminators: [withGoodPair],
    fix: 'Use the secret that was shown when the token was made or last rotated; if it is lost, rotate.',
  },
  'token-unknown': {
    ...common,
    title: 'The client id is unknown',
    cause: 'No service token of the account has this client id.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'unknown client id' },
    answer: refusedPair('recorded'),
    tell: `${toldByMeta} (API) No service token has the client id.`,
    discriminators: [withGoodPair],
    fix: 'Use the client id of a token of this account.',
  },
  'token-expired': {
    ...common,
    title: 'The service token has expired',
    cause: 'Its expires_at has passed.',
    setup: { policies: serviceAuthAndPeople, token: 'expired' },
    request: { credentials: 'pair' },
    answer: refusedPair('assumed'),
    tell: `${toldByMeta} (API) expires_at.`,
    fix: 'Refresh the token (POST …/refresh), or make a new one; alert on expires_at.',
  },
  'token-disabled': {
    ...common,
    title: 'The service token is disabled',
    cause: 'It has enabled: false, which stops its secrets, the previous one too.',
    setup: { policies: serviceAuthAndPeople, token: 'disabled' },
    request: { credentials: 'pair' },
    answer: refusedPair('assumed'),
    tell: `${toldByMeta} (API) enabled.`,
    discriminators: [shownAs({ enabled: false })],
    fix: 'Set enabled: true, or use another token.',
    source: ['edge-service-token-life', 'edge-refused-service-token'],
  },
  'token-deleted': {
    ...common,
    title: 'The service token was removed',
    cause:
      'Nothing of it is left; an application token made for it lives on where an Allow policy exists.',
    setup: {
      policies: [
        { decision: 'non_identity', include: [{ any_valid_service_token: {} }] },
        allowPeople,
      ],
      token: 'deleted',
    },
    request: { credentials: 'pair' },
    answer: refusedPair('assumed'),
    tell: '(API) As an unknown client id; only the common_name of an earlier application token tells them apart.',
    discriminators: [
      { request: { to: 'api', path: tokenPath }, answer: everywhere(apiFailure('not_found')) },
      {
        request: { credentials: 'held token as cookie' },
        answer: everywhere({ ...unprotected('assumed'), headers: { location: false } }),
      },
    ],
    fix: 'Make a new token and give it to the client; revoke the tokens of the application if the old one must die now.',
    source: ['edge-service-token-life', 'edge-token-outlives-service-token'],
    // The API shows it as an unknown client id.
    observable_with: ['edge', 'exchange'],
  },
  'token-rotated': {
    ...common,
    title: 'The secret is the one from before a rotation',
    cause: 'The token has a new secret, and the grace of the old one is over.',
    setup: { policies: serviceAuthAndPeople, token: 'rotated' },
    request: { credentials: 'pair' },
    answer: refusedPair('recorded'),
    tell: `${toldByMeta} (API) updated_at is later than the secret; no read shows client_secret_version.`,
    discriminators: [shownAs({ client_secret_version: null })],
    fix: 'Give the client the new secret; rotate with previous_client_secret_expires_at to have time for it.',
    source: ['edge-service-token-life', 'edge-refused-service-token'],
  },
  'token-header-missing': {
    title: 'Only one of the two headers is sent',
    cause: 'A pair is both headers; one alone is none.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'client id alone' },
    answer: unreadPair,
    tell: seenByClient,
    discriminators: [withGoodPair],
    fix: 'Send CF-Access-Client-Id and CF-Access-Client-Secret.',
    source: ['edge-unusable-credentials', 'edge-strict-unusable-headers'],
    observable_with: ['edge', 'exchange'],
    alike: 'login',
  },
  'token-header-malformed': {
    title: 'The header’s name, quotes or spaces were pasted into its value',
    cause:
      'The dashboard shows `CF-Access-Client-Id: …` to copy, and the whole line became the value.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'pasted header names' },
    answer: unreadPair,
    tell: seenByClient,
    discriminators: [withGoodPair],
    fix: 'Send the bare values: 32 hex digits and `.access`, and the secret.',
    source: ['edge-unusable-credentials', 'edge-strict-unusable-headers'],
    observable_with: ['edge', 'exchange'],
    alike: 'login',
  },
  'token-single-header-case': {
    title: 'The keys of the JSON header are in upper case',
    cause: 'The keys are cf-access-client-id and cf-access-client-secret, in lower case.',
    setup: { application: jsonHeader },
    request: { credentials: 'json header in upper case' },
    answer: perProfile(blocked('assumed'), blocked('assumed'), unauthorized('assumed')),
    tell: seenByClient,
    discriminators: [{ request: { credentials: 'json header' }, answer: goodPair }],
    fix: 'Write the keys in lower case.',
    source: ['edge-single-header', 'edge-single-header-case'],
    observable_with: ['exchange'],
    alike: 'login',
  },
  'token-single-header-off': {
    title: 'The JSON header is sent to an application that does not read it',
    cause: 'read_service_tokens_from_header is unset, or names another header.',
    setup: {},
    request: { credentials: 'json header' },
    answer: everywhere(blocked('documented')),
    tell: '(API) read_service_tokens_from_header of the application.',
    discriminators: [withGoodPair],
    fix: 'Set read_service_tokens_from_header to the header’s name, or send the two headers.',
    source: ['edge-single-header'],
    observable_with: ['exchange'],
    alike: 'login',
  },
  'token-both-headers': {
    title: 'The pair is sent twice, in two forms',
    cause: 'A strict organization refuses credentials in both forms, or a header that comes twice.',
    setup: { application: jsonHeader },
    request: { credentials: 'pair and json header' },
    answer: perProfile(
      absent('only a strict organization refuses it', admitted('documented')),
      absent('only a strict organization refuses it', admitted('documented')),
      unauthorized('assumed'),
    ),
    tell: seenByClient,
    discriminators: [withGoodPair],
    fix: 'Send one form.',
    source: ['edge-strict-mode', 'edge-strict-unusable-headers'],
    observable_with: ['exchange'],
    alike: 'unauthorized',
  },
} as const satisfies Record<string, Mode>
