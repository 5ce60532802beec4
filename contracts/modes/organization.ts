/** Team domains that no organization has, or no longer has, and logins for applications that do not exist. */
import {
  apiFailure,
  apiSuccess,
  applicationPage,
  blocked,
  certs,
  emptyNotFound,
  everywhere,
  launcher,
  loginPage,
  organizationPage,
  toLogin,
  unprotected,
} from './answers.ts'
import type { Mode } from './mode.ts'
import { serviceAuthAndPeople } from './policy-words.ts'

const login = '/cdn-cgi/access/login/{host}'

export const organizationModes = {
  'organization-unknown': {
    title: 'The team name does not exist',
    cause: 'The team domain is mistyped, or of an organization that was removed or renamed.',
    setup: { application: 'none' },
    request: { to: 'unknown team', path: '/cdn-cgi/access/get-identity' },
    answer: everywhere(organizationPage('recorded')),
    tell: 'certs answers 404 too, while / answers for any name.',
    discriminators: [
      {
        request: { to: 'unknown team', path: '/cdn-cgi/access/certs' },
        answer: everywhere(organizationPage('recorded')),
      },
      { request: { to: 'unknown team' }, answer: everywhere(launcher) },
    ],
    fix: 'Use the auth_domain of the organization; the login redirect of any application names it.',
    source: ['edge-organization-unknown', 'edge-organization-unknown-text'],
    observable_with: ['edge'],
    alike: 'organization_page',
  },
  'organization-renamed': {
    title: 'The team was renamed after the token was issued',
    cause: 'The token’s iss names the old team domain, which no organization has any more.',
    setup: {
      policies: serviceAuthAndPeople,
      organization: { auth_domain: 'renamed-{first_team}' },
    },
    request: { path: '/cdn-cgi/access/get-identity', credentials: 'held token as cookie' },
    answer: everywhere(organizationPage('assumed')),
    tell: 'iss differs from the team of the login redirect; certs at iss answers 404.',
    discriminators: [
      { request: { credentials: 'held token as cookie' }, answer: everywhere(toLogin('recorded')) },
      {
        request: { path: '/cdn-cgi/access/logout', credentials: 'held token as cookie' },
        answer: everywhere(organizationPage('assumed')),
      },
      {
        request: { to: 'first team', path: '/cdn-cgi/access/certs' },
        answer: everywhere(organizationPage('recorded')),
      },
    ],
    fix: 'Drop the old token and get a new one; set the new team domain as issuer at the origin.',
    source: ['edge-organization-renamed', 'edge-organization-unknown'],
    observable_with: ['exchange'],
    alike: 'organization_page',
  },
  'organization-not-enabled': {
    title: 'Zero Trust is not enabled on the account',
    cause:
      'The account has no organization. Behaviour api.not_enabled_status has the other statuses that were reported.',
    setup: { application: 'none', organization: 'none' },
    request: { to: 'api', path: '/accounts/{account_id}/access/apps' },
    answer: everywhere(apiFailure('not_enabled')),
    tell: '(API) Every call under /access/ answers 9999.',
    discriminators: [
      {
        request: { to: 'api', path: '/accounts/{account_id}/access/organizations' },
        answer: everywhere(apiFailure('not_enabled')),
      },
    ],
    fix: 'Enable Zero Trust on the account, or create the organization with POST /access/organizations.',
    source: ['api-not-enabled', 'api-not-enabled-status'],
    observable_with: ['api', 'exchange'],
    alike: 'api_refused',
  },
  'login-application-unknown': {
    title: 'The login page finds no application',
    cause: 'The login is asked for a host, or a kid, that no application has.',
    setup: { application: 'none' },
    request: { to: 'team', path: `${login}?kid={unknown_aud}` },
    answer: everywhere(applicationPage('assumed')),
    tell: 'certs on the same host answers 200.',
    discriminators: [{ request: { to: 'team', path: '/cdn-cgi/access/certs' }, answer: certs }],
    fix: 'Begin at the URL of the application, never at a stored login URL; check that the application exists.',
    source: ['sign-in-application-unknown', 'sign-in-application-unknown-status'],
    observable_with: ['edge'],
    alike: 'application_page',
  },
  'login-on-application-host': {
    title: 'The login path is asked on the application host',
    cause: 'The login page is on the team domain only.',
    setup: {},
    request: { path: `${login}?kid={aud}` },
    answer: everywhere(applicationPage('assumed')),
    tell: 'The host asked is not the team domain, where the same path answers 200.',
    discriminators: [
      { request: { to: 'team', path: `${login}?kid={aud}` }, answer: everywhere(loginPage) },
    ],
    fix: 'Ask the team domain, as the login redirect does.',
    source: ['sign-in-application-host'],
    observable_with: ['edge'],
    alike: 'application_page',
  },
  'propagation-login': {
    title: 'The edge redirects before the login service knows the application',
    cause: 'The application was made a moment ago; the edge has it, the login service not yet.',
    setup: {
      policies: serviceAuthAndPeople,
      faults: [
        {
          at: 'login.application',
          effect: { kind: 'unseen' },
          when: { aud: '{aud}' },
          seconds: 10,
        },
      ],
    },
    request: { to: 'team', path: `${login}?kid={aud}` },
    answer: everywhere(applicationPage('assumed')),
    tell: 'It goes away within seconds. (API) The application exists and is young.',
    discriminators: [
      { request: {}, answer: everywhere(toLogin('recorded')) },
      {
        request: { to: 'api', path: '/accounts/{account_id}/access/apps/{application_id}' },
        answer: everywhere(apiSuccess({ result: { aud: '{aud}' } })),
      },
    ],
    fix: 'Wait some seconds and begin again at the URL of the application.',
    source: ['edge-propagation-login', 'sign-in-application-unknown'],
    observable_with: ['edge', 'api'],
    alike: 'application_page',
  },
  'application-deleted': {
    title: 'The application was removed, and clients go on',
    cause: 'No application covers the host any more, so Access has no part in its answers.',
    setup: { later: 'delete the application' },
    request: { credentials: 'pair' },
    answer: everywhere(unprotected('documented')),
    tell: 'No Access marks, and the well-known document is 404. (API) No application for the host, none with the AUD tag that the client knows.',
    discriminators: [
      {
        request: { path: '/.well-known/cloudflare-access-protected-resource' },
        answer: everywhere(emptyNotFound('assumed')),
      },
      {
        request: { to: 'team', path: `${login}?kid={first_aud}` },
        answer: everywhere(applicationPage('assumed')),
      },
      {
        request: { to: 'api', path: '/accounts/{account_id}/access/apps/{application_id}' },
        answer: everywhere(apiFailure('unknown_application')),
      },
    ],
    fix: 'Make the application anew, and give clients its new AUD tag.',
    source: [
      'edge-headers-pass-unprotected',
      'edge-host-without-application',
      'sign-in-application-unknown',
    ],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'application-recreated': {
    title: 'The application was removed and made again without its policies',
    cause:
      'A new application on the same domain has a new AUD tag, and no policy admits the token.',
    setup: { later: 'make the application anew' },
    request: { credentials: 'pair' },
    answer: everywhere(blocked('assumed')),
    tell: 'cf-access-aud, or the kid of the redirect, differs from the AUD tag that the client knows.',
    discriminators: [
      { request: { credentials: 'held token as cookie' }, answer: everywhere(blocked('assumed')) },
      {
        request: { to: 'api', path: '/accounts/{account_id}/access/apps?aud={first_aud}' },
        answer: everywhere(apiSuccess({ result_info: { total_count: 0 } })),
      },
    ],
    fix: 'Make the policies again, set the new AUD tag at the origin and in clients, and drop old tokens.',
    source: ['edge-token-per-application', 'edge-policy-order'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
} as const satisfies Record<string, Mode>
