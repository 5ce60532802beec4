/** Policies and settings that keep out a valid service token or a person (edge-policy-order, edge-rule-semantics). */
import {
  absent,
  admitted,
  answered,
  apiFailure,
  blocked,
  everywhere,
  expectedElse,
  perProfile,
  toLogin,
  toLoginWithGoodPair,
  unauthorized,
  unprotected,
} from './answers.ts'
import type { Discriminator, Mode, PolicyRecipe } from './mode.ts'
import { allowPeople, serviceAuth } from './policy-words.ts'

/** Addresses reserved for documentation, which no client has. */
const elsewhere = { ip: { ip: '192.0.2.0/24' } } as const
const anyAddress = [{ ip: { ip: '0.0.0.0/0' } }, { ip: { ip: '::/0' } }] as const
const allowTheToken: PolicyRecipe = { decision: 'allow', include: ['the token'] }
const withPair = { credentials: 'pair' } as const
const withoutPair: Discriminator = answered({}, blocked('recorded'))

export const policyModes = {
  'token-under-allow': {
    title: 'The policy that includes the service token is Allow',
    cause:
      'An Allow policy requires a person’s login: a service token included in it authenticates, but is not let in.',
    setup: { policies: [allowTheToken] },
    request: withPair,
    answer: perProfile(
      absent('an Allow policy admits service tokens in this profile', admitted('expected')),
      toLoginWithGoodPair('recorded'),
      blocked('documented'),
    ),
    tell: 'The `meta` of the login redirect has service_token_status true and auth_status NONE. (API) The policy’s decision is allow.',
    discriminators: [
      {
        request: { credentials: 'wrong secret' },
        answer: perProfile(blocked('expected'), toLogin('recorded'), unauthorized('documented')),
      },
    ],
    fix: 'Set the policy’s decision to Service Auth (`non_identity`). Then send the two headers to the URL with every request. The CF_Authorization cookie of the answer replaces them only if the application has an Allow policy, too.',
    source: [
      'edge-service-token-under-allow',
      'edge-meta-good-pair',
      'edge-strict-mode',
      'edge-token-replay',
      'emulator-allow-admits-service-tokens',
    ],
    observable_with: ['edge', 'api'],
    alike: 'login_with_good_pair',
  },
  'token-not-included': {
    title: 'The service token is valid, but no policy includes it',
    cause: 'A service token grants no access by itself: a Service Auth policy has to include it.',
    setup: { policies: [{ decision: 'non_identity', include: ['another token'] }] },
    request: withPair,
    answer: perProfile(blocked('recorded'), blocked('recorded'), blocked('documented')),
    tell: '(API) No policy of the application includes the token. From outside, a wrong secret looks the same, except in a strict organization.',
    discriminators: [
      {
        request: { credentials: 'wrong secret' },
        answer: perProfile(blocked('recorded'), blocked('recorded'), unauthorized('documented')),
      },
    ],
    fix: 'Include the token in a Service Auth policy of the application.',
    source: ['edge-service-token-include', 'edge-unnamed-service-token', 'edge-strict-mode'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-names-client-id': {
    title: 'A policy names the client id instead of the service token’s id',
    cause: 'The service_token rule takes the service token’s id, a UUID, not its client id.',
    setup: { application: 'none' },
    request: {
      to: 'api',
      method: 'POST',
      path: '/accounts/{account_id}/access/policies',
      body: {
        name: 'names a client id',
        decision: 'non_identity',
        include: [{ service_token: { token_id: '{client_id}' } }],
      },
    },
    answer: everywhere(apiFailure('invalid_request', 'service token not found')),
    tell: '(API) The error message says that the service token was not found.',
    fix: 'Use the id of the service token.',
    source: ['edge-service-token-include', 'api-invalid-request', 'api-rule-references'],
    observable_with: ['exchange'],
    alike: 'api_refused',
  },
  'policy-require-fails': {
    title: 'A Require rule of the policy fails',
    cause:
      'The policy includes the token but requires something that the request lacks, such as a certain IP range.',
    setup: { policies: [{ ...serviceAuth, require: [elsewhere] }] },
    request: withPair,
    answer: perProfile(blocked('documented'), blocked('documented'), blocked('documented')),
    tell: '(API) Compare the policy’s Require rules with the client’s own IP address and country.',
    discriminators: [withoutPair],
    fix: 'Meet the requirement (call from the right network, for example), or change the rule.',
    source: ['edge-rule-semantics', 'edge-rules-before-login'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-exclude-matches': {
    title: 'An Exclude rule of the policy matches',
    cause: 'The policy includes any valid service token but excludes this one.',
    setup: {
      policies: [
        {
          decision: 'non_identity',
          include: [{ any_valid_service_token: {} }],
          exclude: ['the token'],
        },
      ],
    },
    request: withPair,
    answer: everywhere(blocked('documented')),
    tell: '(API) Compare the policy’s Exclude rules with the token and with the client’s IP address and country.',
    discriminators: [withoutPair],
    fix: 'Remove the token from the Exclude rules, or use another token.',
    source: ['edge-rule-semantics'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-block-first': {
    title: 'A Block policy comes before the policy that would admit the request',
    cause:
      'Allow and Block policies are evaluated in order of precedence; Service Auth and Bypass policies come before both.',
    setup: { policies: [{ decision: 'deny', include: anyAddress }, allowTheToken, allowPeople] },
    request: withPair,
    answer: expectedElse(blocked('expected'), blocked('documented')),
    tell: '(API) Compare the precedence of the policies.',
    discriminators: [answered({}, blocked('documented'))],
    fix: 'Include the service token in a Service Auth policy, which is evaluated before every Block policy. For people, give the Allow policy a lower precedence number than the Block policy.',
    source: ['edge-policy-order', 'emulator-allow-admits-service-tokens'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-missing': {
    title: 'The application has no policy',
    cause: 'An application without policies lets no one in.',
    setup: { policies: [] },
    request: withPair,
    answer: everywhere(blocked('assumed')),
    tell: '(API) The application has no policies.',
    fix: 'Add a Service Auth policy that includes the token.',
    source: ['edge-policy-order'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-bypass': {
    title: 'A Bypass policy lets everyone through',
    cause:
      'Access does not intervene: it issues no application token, and it removes an assertion that the client sends.',
    setup: { policies: [{ decision: 'bypass', include: [{ everyone: {} }] }, serviceAuth] },
    request: { credentials: 'invented assertion' },
    answer: everywhere({
      ...unprotected('assumed'),
      body: { kind: 'json', has: { headers: { 'cf-access-jwt-assertion': null } } },
    }),
    tell: 'The origin receives no assertion. (API) The policy’s decision is bypass.',
    discriminators: [
      answered(withPair, {
        ...unprotected('assumed'),
        body: { kind: 'json', has: { headers: { 'cf-access-client-id': '{client_id}' } } },
      }),
    ],
    fix: 'Remove the Bypass policy, or make the origin work without an identity.',
    source: ['edge-bypass', 'edge-bypass-strips-assertion'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
} as const satisfies Record<string, Mode>
