/** Errors of the API: from its gateway, and from Access behind it. */
import type { ApiFailureName } from '../errors/errors.ts'
import { answered, apiFailure, apiSuccess, everywhere } from './answers.ts'
import type { FaultRecipe, Mode } from './mode.ts'

const account = '/accounts/{account_id}/access'
const apps = { to: 'api', path: `${account}/apps` } as const
const tokenVerify = { to: 'api', path: '/user/tokens/verify' } as const
const verifiesActive = answered(tokenVerify, apiSuccess({ result: { status: 'active' } }))
/** Every listing of applications fails with this. */
const atList = (failure: ApiFailureName): FaultRecipe => ({
  at: 'applications.list',
  effect: { kind: 'failure', failure },
  when: { account_id: '{account_id}' },
})
const common = {
  setup: { application: 'none' },
  observable_with: ['api', 'exchange'],
} as const

export const apiModes = {
  'api-application-unknown': {
    ...common,
    title: 'The application id does not exist',
    cause: 'The application was deleted, or it belongs to another account.',
    request: { to: 'api', path: `${account}/apps/{unknown_id}` },
    answer: everywhere(apiFailure('unknown_application')),
    tell: '(API) The code is 11021.',
    fix: 'List the applications and take an id from there.',
    source: ['api-application-unknown'],
    alike: 'api_not_found',
  },
  'api-object-unknown': {
    ...common,
    title: 'The id of an object other than an application does not exist',
    cause:
      'The service token, policy, group or identity provider was deleted, or it belongs to another account.',
    request: { to: 'api', path: `${account}/service_tokens/{unknown_id}` },
    answer: everywhere(apiFailure('not_found')),
    tell: '(API) The code is 12135; for groups, 12152 has been reported.',
    discriminators: [
      answered({ to: 'api', path: `${account}/groups/{unknown_id}` }, apiFailure('unknown_group')),
    ],
    fix: 'List the objects and take an id from there.',
    source: ['api-object-unknown', 'api-group-unknown'],
    alike: 'api_not_found',
  },
  'api-route-unknown': {
    ...common,
    title: 'The id or the path is malformed',
    cause: 'The gateway finds no route: an id is not a UUID, or the path is mistyped.',
    request: { to: 'api', path: `${account}/apps/not-an-id` },
    answer: everywhere(apiFailure('route_unknown')),
    tell: '(API) The code is 7003.',
    fix: 'Check the path and its ids. The behaviour api.route_unknown_status offers the 400 of older reports.',
    source: ['api-route-unknown'],
    alike: 'api_not_found',
  },
  'api-wrong-scope': {
    ...common,
    title: 'The call exists only for accounts, not for zones',
    cause: 'Some routes exist only under /accounts: rotating a service token, tags, keys.',
    request: {
      to: 'api',
      method: 'POST',
      path: '/zones/{zone_id}/access/service_tokens/{service_token_id}/rotate',
    },
    answer: everywhere(apiFailure('route_unknown')),
    tell: '(API) The same call under /accounts succeeds.',
    discriminators: [
      answered({ to: 'api', path: '/zones/{zone_id}/access/tags' }, apiFailure('route_unknown')),
      answered({ to: 'api', path: `${account}/tags` }, apiSuccess()),
    ],
    fix: 'Use /accounts/{account_id}/….',
    source: ['api-scopes', 'api-route-unknown'],
    alike: 'api_not_found',
  },
  'api-no-credentials': {
    ...common,
    // A probe with the API token cannot tell that the client sent none.
    observable_with: ['exchange'],
    title: 'No credentials are sent to the API',
    cause:
      'The request has neither Authorization nor X-Auth-Key and X-Auth-Email. The API does not accept service token headers.',
    request: { ...apps, credentials: 'pair' },
    answer: everywhere(apiFailure('no_credentials')),
    tell: '(API) The code is 9106.',
    fix: 'Send Authorization: Bearer with an API token.',
    source: ['api-credentials-missing'],
    alike: 'api_refused',
  },
  'api-token-malformed': {
    ...common,
    title: 'The API token is malformed',
    cause: 'Quotes, spaces or a line break got into the value.',
    request: { ...apps, credentials: 'malformed api token' },
    answer: everywhere(apiFailure('token_malformed')),
    tell: '(API) The code is 6003, with 6111 in its error_chain.',
    fix: 'Send the bare token after Bearer.',
    source: ['api-token-malformed', 'api-token-form'],
    alike: 'api_refused',
  },
  'api-token-unknown': {
    ...common,
    title: 'The API token is unknown or revoked',
    cause: 'The token never existed, or it was revoked or deleted.',
    request: { ...apps, credentials: 'unknown api token' },
    answer: everywhere(apiFailure('authentication_error')),
    tell: '(API) The verify call answers 401 with code 1000.',
    discriminators: [
      answered(
        { ...tokenVerify, credentials: 'unknown api token' },
        apiFailure('api_token_invalid'),
      ),
    ],
    fix: 'Create a new API token.',
    source: ['api-token-unknown', 'api-token-verify-invalid'],
    alike: 'api_refused',
  },
  'api-permission-missing': {
    ...common,
    title: 'The API token lacks the permission',
    cause:
      'The token is valid but lacks the permission group that the call needs, or has it only for the zone. Any operation can be refused so: name one, or the group that the token lacks.',
    setup: { application: 'none', faults: [atList('permission_missing')] },
    request: apps,
    answer: everywhere(apiFailure('permission_missing')),
    tell: '(API) The verify call reports the token as active.',
    discriminators: [verifiesActive],
    fix: 'Grant the token a permission group that the call accepts, on the account or zone in its path; docs/api-tokens.md lists them. For applications: Access: Apps and Policies Read or Write.',
    source: ['api-permissions', 'api-token-unknown'],
    alike: 'api_refused',
  },
  'api-token-expired': {
    ...common,
    title: 'The API token is disabled, or has expired',
    cause: 'The token was disabled, or its time is over (expires_on). Its value is still right.',
    setup: { application: 'none', apiToken: { status: 'expired' } },
    request: { ...apps, credentials: 'unusable api token' },
    answer: everywhere(apiFailure('api_token_expired')),
    tell: '(API) The verify call reports the token as expired or disabled.',
    discriminators: [
      answered(
        { ...tokenVerify, credentials: 'unusable api token' },
        {
          ...apiSuccess({ result: { status: 'expired' } }),
          evidence: 'assumed',
        },
      ),
    ],
    fix: 'Enable the token, give it a later expires_on, or create a new one.',
    source: ['api-token-not-usable', 'api-token-verify-status'],
    alike: 'api_refused',
  },
  'api-token-location': {
    ...common,
    title: 'The API token may not be used from this address',
    cause: 'The token has a condition on the client’s address (request_ip) that excludes this one.',
    setup: {
      application: 'none',
      apiToken: { condition: { request_ip: { not_in: ['0.0.0.0/0', '::/0'] } } },
    },
    request: { ...apps, credentials: 'unusable api token' },
    answer: everywhere(apiFailure('api_token_location')),
    tell: '(API) The message names the address: Cannot use the access token from location.',
    fix: 'Call from an address that the token allows, or add the address that the message names to its condition.',
    source: ['api-token-location'],
    alike: 'api_refused',
  },
  'api-account-foreign': {
    ...common,
    title: 'The API token has no access to the account',
    cause: 'The account id is mistyped, or belongs to an account that the token does not cover.',
    request: { to: 'api', path: '/accounts/{unknown_account_id}/access/apps' },
    answer: everywhere(apiFailure('unauthorized_resource')),
    tell: '(API) The verify call reports the token as active.',
    discriminators: [verifiesActive],
    fix: 'Use the id of an account that the token covers; GET /accounts lists them.',
    source: ['api-account-foreign'],
    alike: 'api_refused',
  },
  'api-application-exists': {
    title: 'Another application already has this domain',
    cause:
      'A domain can have only one application. The behaviour api.duplicate_domain accepts a second one, as was once reported.',
    setup: {},
    request: {
      ...apps,
      method: 'POST',
      body: { type: 'self_hosted', name: 'a second one', domain: '{host}' },
    },
    answer: everywhere(apiFailure('application_already_exists')),
    tell: '(API) The code is 11010.',
    fix: 'Update the existing application instead.',
    source: ['api-application-exists', 'edge-host-matching'],
    observable_with: ['exchange'],
    alike: 'api_refused',
  },
  'api-token-in-use': {
    title: 'A service token that a policy uses cannot be deleted',
    cause: 'A policy or group includes the token.',
    setup: {},
    request: {
      to: 'api',
      method: 'DELETE',
      path: `${account}/service_tokens/{service_token_id}`,
    },
    answer: everywhere(apiFailure('service_token_in_use')),
    tell: '(API) The code is 12139.',
    fix: 'Remove the token from policies and groups first, or disable it.',
    source: ['api-token-in-use'],
    observable_with: ['exchange'],
    alike: 'api_refused',
  },
  'api-rate-limited': {
    ...common,
    title: 'The API rate limit is exceeded',
    cause: 'Cloudflare allows 1,200 API calls per user in five minutes.',
    setup: { application: 'none', faults: [atList('rate_limited')] },
    request: apps,
    answer: everywhere({ ...apiFailure('rate_limited'), headers: { 'retry-after': true } }),
    tell: '(API) The status is 429, with a Retry-After header.',
    discriminators: [verifiesActive],
    fix: 'Wait as long as Retry-After says, and call less often.',
    source: ['api-rate-limit', 'api-rate-limit-body'],
    alike: 'api_refused',
  },
} as const satisfies Record<string, Mode>
