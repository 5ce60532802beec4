/** Other forms of the same refusal: 401, a refused preflight, the login page, a person whom no policy admits. */
import type { ExpectedAnswer } from '../control/expected-answer.ts'
import {
  answered,
  blocked,
  everywhere,
  loginPage,
  perProfile,
  preflightBlocked,
  toLogin,
  unauthorized,
  unauthorizedForOauth,
  unauthorizedForXhr,
} from './answers.ts'
import type { Discriminator, Mode } from './mode.ts'
import { allowPeople, serviceAuthAndPeople } from './policy-words.ts'

/** The block page in JSON, for clients that accept JSON. */
const unauthorizedInJson: ExpectedAnswer = {
  ...unauthorized('documented'),
  headers: { 'content-type': 'application/json', 'www-authenticate': false },
  body: { kind: 'json', has: { status_code: 401, aud: '{aud}' } },
}

const withoutPair: Discriminator = answered({}, toLogin('recorded'))

export const refusalModes = {
  'login-identity-refused': {
    title: 'A person signs in, but no policy admits the address',
    cause:
      'No policy of the application includes the address. A One-time PIN is not even mailed to it, and no error says so.',
    setup: { policies: [allowPeople], login: { email: 'stranger@example.net' } },
    request: {
      to: 'team',
      method: 'POST',
      path: '/cdn-cgi/access/callback',
      credentials: 'login session',
      form: { nonce: '{login_nonce}', code: '000000' },
    },
    answer: everywhere({
      status: 403,
      evidence: 'assumed',
      headers: { 'content-type': 'text/html', 'set-cookie': false, location: false },
      body: { kind: 'page', says: 'That account does not have access.' },
    }),
    tell: '(API) No policy names the address. In a browser the team domain says "That account does not have access".',
    fix: 'Sign in with an address that a policy includes, or add this one to a policy.',
    source: ['sign-in-refused', 'sign-in-refused-status', 'sign-in-pin-any-address'],
    observable_with: ['exchange'],
    alike: 'blocked',
  },
  'answer-401-by-setting': {
    title: 'The application answers 401 instead of 403',
    cause:
      'service_auth_401_redirect is on. In the profile `expected` it affects only requests that carry a pair.',
    setup: { application: { service_auth_401_redirect: true } },
    request: { credentials: 'wrong secret' },
    answer: perProfile(
      unauthorized('expected'),
      unauthorized('recorded'),
      unauthorized('documented'),
    ),
    tell: 'The page says Unauthorized, and there is no Location header. (API) The setting is on.',
    discriminators: [
      {
        request: {},
        answer: perProfile(blocked('expected'), unauthorized('recorded'), unauthorized('assumed')),
      },
    ],
    fix: 'Treat the 401 as you would the 403, or turn the setting off.',
    source: ['edge-401-setting', 'edge-401-setting-every-block', 'emulator-401-requests-with-pair'],
    observable_with: ['edge', 'api'],
    alike: 'unauthorized',
  },
  'answer-401-for-xhr': {
    title: 'A script without a session gets 401 instead of the login',
    cause:
      'X-Requested-With: XMLHttpRequest marks the request as a script’s, which cannot follow a redirect to a login.',
    setup: { policies: serviceAuthAndPeople },
    request: { headers: { 'x-requested-with': 'XMLHttpRequest' } },
    answer: everywhere(unauthorizedForXhr),
    tell: 'Without that header the answer is 302.',
    discriminators: [withoutPair],
    fix: 'Sign in, or send a service token.',
    source: ['edge-xhr-401'],
    observable_with: ['exchange'],
    alike: 'unauthorized',
  },
  'answer-401-managed-oauth': {
    title: 'A Managed OAuth application answers 401 with a Bearer challenge',
    cause:
      'Managed OAuth is on, and the client is not a browser: it is expected to get an OAuth token.',
    setup: {
      application: { oauth_configuration: { enabled: true } },
      policies: serviceAuthAndPeople,
    },
    request: { headers: { accept: 'application/json' } },
    answer: everywhere(unauthorizedForOauth),
    tell: 'WWW-Authenticate begins with Bearer; a HEAD request gets the 302.',
    discriminators: [
      answered({ method: 'HEAD' }, toLogin('recorded')),
      {
        request: { credentials: 'wrong secret', headers: { accept: 'application/json' } },
        answer: perProfile(unauthorizedForOauth, unauthorizedForOauth, unauthorizedInJson),
      },
    ],
    fix: 'Get an OAuth token, starting at the URL in resource_metadata, or send a service token that a policy includes.',
    source: [
      'edge-managed-oauth-401',
      'edge-managed-oauth-documented',
      'edge-managed-oauth-clients',
    ],
    observable_with: ['exchange'],
    alike: 'unauthorized',
  },
  'preflight-refused': {
    title: 'The preflight of a cross-origin request is refused',
    cause:
      'A browser sends no credentials with OPTIONS, and the application has neither options_preflight_bypass nor cors_headers.',
    setup: { policies: serviceAuthAndPeople },
    request: {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
    },
    answer: everywhere(preflightBlocked),
    tell: 'Only OPTIONS is refused. (API) Neither setting is present.',
    discriminators: [withoutPair],
    fix: 'Set options_preflight_bypass, or cors_headers.',
    source: ['edge-preflight'],
    observable_with: ['exchange'],
    alike: 'blocked',
  },
  'redirect-followed': {
    title: 'The client followed the redirect and took the login page for the answer',
    cause: 'Most clients follow a 302 unless told not to, and the login page answers 200.',
    setup: { policies: serviceAuthAndPeople },
    request: { redirect: 'follow' },
    answer: everywhere({ ...loginPage, ends_at: 'https://{team}/cdn-cgi/access/login/{host}' }),
    tell: 'The final URL is on the team domain.',
    discriminators: [withoutPair],
    fix: 'Do not follow redirects; treat a 302 to the team domain as a refusal.',
    source: ['edge-redirect-followed', 'sign-in-login-page'],
    observable_with: ['exchange'],
    alike: 'login',
  },
} as const satisfies Record<string, Mode>
