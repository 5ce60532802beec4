/** Service tokens that do not authenticate or cannot be read (edge-service-token-headers, edge-strict-mode). */
import type { Evidence } from '../evidence/evidence.ts'
import {
  absent,
  admitted,
  answered,
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

/** Unreadable credentials count as no credentials, except that a strict organization refuses them. */
const unreadPair = perProfile(toLogin('assumed'), toLogin('assumed'), unauthorized('assumed'))

const metaSaysNoToken =
  'The `meta` of the login redirect has service_token_status false, as it does without a pair.'
const clientSeesIt = 'The client can see it in its own request.'
const withGoodPair: Discriminator = { request: { credentials: 'pair' }, answer: goodPair }
const tokenPath = '/accounts/{account_id}/access/service_tokens/{service_token_id}'

/** What the API shows for the token. */
function shownAs(has: Readonly<Record<string, unknown>>): Discriminator {
  return answered({ to: 'api', path: tokenPath }, apiSuccess({ result: has }))
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
    cause: 'The client id exists, but the secret sent does not belong to it.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'wrong secret' },
    answer: refusedPair('recorded'),
    tell: metaSaysNoToken,
    discriminators: [withGoodPair],
    fix: 'Use the secret that was shown when the token was created or last rotated; if it is lost, rotate the token.',
  },
  'token-unknown': {
    ...common,
    title: 'The client id is unknown',
    cause: 'No service token in the account has this client id.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'unknown client id' },
    answer: refusedPair('recorded'),
    tell: `${metaSaysNoToken} (API) No service token has this client id.`,
    discriminators: [withGoodPair],
    fix: 'Use the client id of a token in this account.',
  },
  'token-expired': {
    ...common,
    title: 'The service token has expired',
    cause: 'Its expires_at has passed.',
    setup: { policies: serviceAuthAndPeople, token: 'expired' },
    request: { credentials: 'pair' },
    answer: refusedPair('assumed'),
    tell: `${metaSaysNoToken} (API) expires_at is in the past.`,
    fix: 'Refresh the token (POST …/refresh) or create a new one; set up an alert on expires_at.',
  },
  'token-disabled': {
    ...common,
    title: 'The service token is disabled',
    cause: 'It has enabled: false, which disables its secrets, including the previous one.',
    setup: { policies: serviceAuthAndPeople, token: 'disabled' },
    request: { credentials: 'pair' },
    answer: refusedPair('assumed'),
    tell: `${metaSaysNoToken} (API) enabled is false.`,
    discriminators: [shownAs({ enabled: false })],
    fix: 'Set enabled: true, or use another token.',
    source: ['edge-service-token-life', 'edge-refused-service-token'],
  },
  'token-deleted': {
    ...common,
    title: 'The service token was deleted',
    cause:
      'Nothing is left of it, but an application token issued for it remains valid where an Allow policy exists.',
    setup: {
      policies: [
        { decision: 'non_identity', include: [{ any_valid_service_token: {} }] },
        allowPeople,
      ],
      token: 'deleted',
    },
    request: { credentials: 'pair' },
    answer: refusedPair('assumed'),
    tell: '(API) It looks like an unknown client id; only the common_name of an earlier application token tells them apart.',
    discriminators: [
      answered({ to: 'api', path: tokenPath }, apiFailure('not_found')),
      answered(
        { credentials: 'held token as cookie' },
        { ...unprotected('assumed'), headers: { location: false } },
      ),
    ],
    fix: 'Create a new token and give it to the client; revoke the application’s tokens if the old access must end now.',
    source: ['edge-service-token-life', 'edge-token-outlives-service-token'],
    // To the API it is just an unknown client id.
    observable_with: ['edge', 'exchange'],
  },
  'token-rotated': {
    ...common,
    title: 'The secret predates a rotation',
    cause: 'The token has a new secret, and the grace period of the old one is over.',
    setup: { policies: serviceAuthAndPeople, token: 'rotated' },
    request: { credentials: 'pair' },
    answer: refusedPair('recorded'),
    tell: `${metaSaysNoToken} (API) updated_at is later than the secret was issued; no API answer shows client_secret_version.`,
    discriminators: [shownAs({ client_secret_version: null })],
    fix: 'Give the client the new secret; next time, rotate with previous_client_secret_expires_at to leave time for the switch.',
    source: ['edge-service-token-life', 'edge-refused-service-token'],
  },
  'token-header-missing': {
    title: 'Only one of the two headers is sent',
    cause: 'A pair consists of both headers; one alone counts as no credentials.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'client id alone' },
    answer: unreadPair,
    tell: clientSeesIt,
    discriminators: [withGoodPair],
    fix: 'Send CF-Access-Client-Id and CF-Access-Client-Secret.',
    source: ['edge-unusable-credentials', 'edge-strict-unusable-headers'],
    observable_with: ['edge', 'exchange'],
    alike: 'login',
  },
  'token-header-malformed': {
    title: 'A header’s name, quotes or spaces were pasted into its value',
    cause:
      'The dashboard offers the line `CF-Access-Client-Id: …` to copy, and the whole line became the value.',
    setup: { policies: serviceAuthAndPeople },
    request: { credentials: 'pasted header names' },
    answer: unreadPair,
    tell: clientSeesIt,
    discriminators: [withGoodPair],
    fix: 'Send the bare values: the client id (32 hex digits and `.access`) and the secret.',
    source: ['edge-unusable-credentials', 'edge-strict-unusable-headers'],
    observable_with: ['edge', 'exchange'],
    alike: 'login',
  },
  'token-single-header-case': {
    title: 'The keys of the JSON header are in upper case',
    cause: 'The keys must be cf-access-client-id and cf-access-client-secret, in lower case.',
    setup: { application: jsonHeader },
    request: { credentials: 'json header in upper case' },
    answer: perProfile(blocked('assumed'), blocked('assumed'), unauthorized('assumed')),
    tell: clientSeesIt,
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
    tell: '(API) The application’s read_service_tokens_from_header is unset or names another header.',
    discriminators: [withGoodPair],
    fix: 'Set read_service_tokens_from_header to the header’s name, or send the two headers.',
    source: ['edge-single-header'],
    observable_with: ['exchange'],
    alike: 'login',
  },
  'token-both-headers': {
    title: 'The pair is sent twice, in two forms',
    cause:
      'A strict organization refuses credentials sent in both forms, or a header that is sent twice.',
    setup: { application: jsonHeader },
    request: { credentials: 'pair and json header' },
    answer: perProfile(
      absent('only a strict organization refuses this', admitted('documented')),
      absent('only a strict organization refuses this', admitted('documented')),
      unauthorized('assumed'),
    ),
    tell: clientSeesIt,
    discriminators: [withGoodPair],
    fix: 'Send the pair in one form only.',
    source: ['edge-strict-mode', 'edge-strict-unusable-headers'],
    observable_with: ['exchange'],
    alike: 'unauthorized',
  },
} as const satisfies Record<string, Mode>
