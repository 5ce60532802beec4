/** Team domains that no organization has (any more), and logins for applications that do not exist. */
import {
  answered,
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
    cause: 'The team domain is mistyped, or its organization was deleted or renamed.',
    setup: { application: 'none' },
    request: { to: 'unknown team', path: '/cdn-cgi/access/get-identity' },
    answer: everywhere(organizationPage('recorded')),
    tell: 'certs answers 404 too, while / answers 200 for any team name.',
    discriminators: [
      answered({ to: 'unknown team', path: '/cdn-cgi/access/certs' }, organizationPage('recorded')),
      answered({ to: 'unknown team' }, launcher),
    ],
    fix: 'Use the organization’s auth_domain; the login redirect of any application shows it.',
    source: ['edge-organization-unknown', 'edge-organization-unknown-text'],
    observable_with: ['edge'],
    alike: 'organization_page',
  },
  'organization-renamed': {
    title: 'The team was renamed after the token was issued',
    cause:
      'The token’s iss names the old team domain, which no longer belongs to any organization.',
    setup: {
      policies: serviceAuthAndPeople,
      organization: { auth_domain: 'renamed-{first_team}' },
    },
    request: { path: '/cdn-cgi/access/get-identity', credentials: 'held token as cookie' },
    answer: everywhere(organizationPage('assumed')),
    tell: 'The token’s iss differs from the team domain of the login redirect; certs at iss answers 404.',
    discriminators: [
      answered({ credentials: 'held token as cookie' }, toLogin('recorded')),
      answered(
        { path: '/cdn-cgi/access/logout', credentials: 'held token as cookie' },
        organizationPage('assumed'),
      ),
      answered({ to: 'first team', path: '/cdn-cgi/access/certs' }, organizationPage('recorded')),
    ],
    fix: 'Discard the old token and get a new one; set the new team domain as the issuer at the origin.',
    source: ['edge-organization-renamed', 'edge-organization-unknown'],
    observable_with: ['exchange'],
    alike: 'organization_page',
  },
  'organization-not-enabled': {
    title: 'Zero Trust is not enabled on the account',
    cause:
      'The account has no Zero Trust organization. The behaviour api.not_enabled_status offers the other statuses that have been reported.',
    setup: { application: 'none', organization: 'none' },
    request: { to: 'api', path: '/accounts/{account_id}/access/apps' },
    answer: everywhere(apiFailure('not_enabled')),
    tell: '(API) Every call under /access/ fails with code 9999.',
    discriminators: [
      answered(
        { to: 'api', path: '/accounts/{account_id}/access/organizations' },
        apiFailure('not_enabled'),
      ),
    ],
    fix: 'Enable Zero Trust on the account, or create the organization with POST /access/organizations.',
    source: ['api-not-enabled', 'api-not-enabled-status'],
    observable_with: ['api', 'exchange'],
    alike: 'api_refused',
  },
  'login-application-unknown': {
    title: 'The login page does not find the application',
    cause: 'The login URL names a host or a kid that belongs to no application.',
    setup: { application: 'none' },
    request: { to: 'team', path: `${login}?kid={unknown_aud}` },
    answer: everywhere(applicationPage('assumed')),
    tell: 'certs on the same host answers 200.',
    discriminators: [{ request: { to: 'team', path: '/cdn-cgi/access/certs' }, answer: certs }],
    fix: 'Start at the application’s URL, never at a stored login URL; check that the application exists.',
    source: ['sign-in-application-unknown', 'sign-in-application-unknown-status'],
    observable_with: ['edge'],
    alike: 'application_page',
  },
  'login-on-application-host': {
    title: 'The login path is requested on the application host',
    cause: 'The login page exists only on the team domain.',
    setup: {},
    request: { path: `${login}?kid={aud}` },
    answer: everywhere(applicationPage('assumed')),
    tell: 'The request went to a host other than the team domain, where the same path answers 200.',
    discriminators: [answered({ to: 'team', path: `${login}?kid={aud}` }, loginPage)],
    fix: 'Send the request to the team domain, as the login redirect does.',
    source: ['sign-in-application-host'],
    observable_with: ['edge'],
    alike: 'application_page',
  },
  'propagation-login': {
    title: 'The edge redirects before the login service knows the application',
    cause: 'The application is new: the edge knows it already, but the login service does not yet.',
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
    tell: 'It goes away within seconds. (API) The application exists and was created recently.',
    discriminators: [
      answered({}, toLogin('recorded')),
      answered(
        { to: 'api', path: '/accounts/{account_id}/access/apps/{application_id}' },
        apiSuccess({ result: { aud: '{aud}' } }),
      ),
    ],
    fix: 'Wait a few seconds and start again at the application’s URL.',
    source: ['edge-propagation-login', 'sign-in-application-unknown'],
    observable_with: ['edge', 'api'],
    alike: 'application_page',
  },
  'application-deleted': {
    title: 'The application was deleted, but clients still use it',
    cause: 'No application covers the host any more, so Access does not intervene.',
    setup: { later: 'delete the application' },
    request: { credentials: 'pair' },
    answer: everywhere(unprotected('documented')),
    tell: 'There are no Access marks, and the well-known document is a 404. (API) No application covers the host, and none has the AUD tag that the client knows.',
    discriminators: [
      answered(
        { path: '/.well-known/cloudflare-access-protected-resource' },
        emptyNotFound('assumed'),
      ),
      answered({ to: 'team', path: `${login}?kid={first_aud}` }, applicationPage('assumed')),
      answered(
        { to: 'api', path: '/accounts/{account_id}/access/apps/{application_id}' },
        apiFailure('unknown_application'),
      ),
    ],
    fix: 'Create the application again, and give clients its new AUD tag.',
    source: [
      'edge-headers-pass-unprotected',
      'edge-host-without-application',
      'sign-in-application-unknown',
    ],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
  'application-recreated': {
    title: 'The application was deleted and recreated without its policies',
    cause:
      'The new application on the same domain has a new AUD tag, and it has no policy that admits the token.',
    setup: { later: 'recreate the application' },
    request: { credentials: 'pair' },
    answer: everywhere(blocked('assumed')),
    tell: 'cf-access-aud, or the kid in the redirect, differs from the AUD tag that the client knows.',
    discriminators: [
      answered({ credentials: 'held token as cookie' }, blocked('assumed')),
      answered(
        { to: 'api', path: '/accounts/{account_id}/access/apps?aud={first_aud}' },
        apiSuccess({ result_info: { total_count: 0 } }),
      ),
    ],
    fix: 'Recreate the policies, set the new AUD tag at the origin and in clients, and discard old tokens.',
    source: ['edge-token-per-application', 'edge-policy-order'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
} as const satisfies Record<string, Mode>
