/** Policies and settings that keep a good service token, or a person, out (edge-policy-order, edge-rule-semantics). */
import {
  absent,
  admitted,
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

/** Addresses for documentation, which no client has. */
const elsewhere = { ip: { ip: '192.0.2.0/24' } } as const
const anyAddress = [{ ip: { ip: '0.0.0.0/0' } }, { ip: { ip: '::/0' } }] as const
const allowTheToken: PolicyRecipe = { decision: 'allow', include: ['the token'] }
const withPair = { credentials: 'pair' } as const
const withoutPair: Discriminator = { request: {}, answer: everywhere(blocked('recorded')) }

export const policyModes = {
  'token-under-allow': {
    title: 'The policy that includes the service token is Allow',
    cause:
      'An Allow policy asks for a person: a service token in it authenticates, and admits nobody.',
    setup: { policies: [allowTheToken] },
    request: withPair,
    answer: perProfile(
      absent('an Allow policy admits a service token there', admitted('expected')),
      toLoginWithGoodPair('recorded'),
      blocked('documented'),
    ),
    tell: 'The `meta` of the login redirect has service_token_status true and auth_status NONE. (API) The decision of the policy.',
    discriminators: [
      {
        request: { credentials: 'wrong secret' },
        answer: perProfile(blocked('expected'), toLogin('recorded'), unauthorized('documented')),
      },
    ],
    fix: 'Set the decision of the policy to Service Auth (`non_identity`); then send the two headers to the URL, and read CF_Authorization from its answer or send them each time.',
    source: [
      'edge-service-token-under-allow',
      'edge-meta-good-pair',
      'edge-strict-mode',
      'emulator-allow-admits-service-tokens',
    ],
    observable_with: ['edge', 'api'],
    alike: 'login_with_good_pair',
  },
  'token-not-included': {
    title: 'The service token is good, and no policy includes it',
    cause:
      'A token is bound to nothing by itself: it enters where a Service Auth policy includes it.',
    setup: { policies: [{ decision: 'non_identity', include: ['another token'] }] },
    request: withPair,
    answer: perProfile(blocked('recorded'), blocked('recorded'), blocked('documented')),
    tell: '(API) No policy of the application lists the token. From outside a bad secret looks the same, but in strict.',
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
    title: 'A policy is written with the client id in place of the token’s id',
    cause: 'The rule service_token takes the id of the token, a UUID, and not the client id.',
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
    tell: '(API) The answer says so.',
    fix: 'Use the id of the service token.',
    source: ['edge-service-token-include', 'api-invalid-request', 'api-rule-references'],
    observable_with: ['exchange'],
    alike: 'api_refused',
  },
  'policy-require-fails': {
    title: 'A require of the policy fails',
    cause:
      'The policy includes the token and requires something that the request has not, such as an address.',
    setup: { policies: [{ ...serviceAuth, require: [elsewhere] }] },
    request: withPair,
    answer: perProfile(blocked('documented'), blocked('documented'), blocked('documented')),
    tell: '(API) The require of the policy against the client’s own address and country.',
    discriminators: [withoutPair],
    fix: 'Call from where the policy requires, or change the require.',
    source: ['edge-rule-semantics', 'edge-rules-before-login'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-exclude-matches': {
    title: 'An exclude of the policy matches',
    cause: 'The policy includes any service token, and excludes this one.',
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
    tell: '(API) The exclude of the policy against the token, the client’s address and country.',
    discriminators: [withoutPair],
    fix: 'Take the token out of the exclude, or use another.',
    source: ['edge-rule-semantics'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-block-first': {
    title: 'A Block policy comes before the one that would let in',
    cause:
      'Allow and Block are asked in the order of precedence; Service Auth and Bypass run before both.',
    setup: { policies: [{ decision: 'deny', include: anyAddress }, allowTheToken, allowPeople] },
    request: withPair,
    answer: expectedElse(blocked('expected'), blocked('documented')),
    tell: '(API) The precedence of the policies.',
    discriminators: [{ request: {}, answer: everywhere(blocked('documented')) }],
    fix: 'Include the service token in a Service Auth policy, which runs before every Block policy; for people, give the Allow policy a lower precedence than the Block policy.',
    source: ['edge-policy-order', 'emulator-allow-admits-service-tokens'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-missing': {
    title: 'The application has no policy',
    cause: 'Without a policy nobody is let in.',
    setup: { policies: [] },
    request: withPair,
    answer: everywhere(blocked('assumed')),
    tell: '(API) The application has no policies.',
    fix: 'Give the application a Service Auth policy that includes the token.',
    source: ['edge-policy-order'],
    observable_with: ['edge', 'api'],
    alike: 'blocked',
  },
  'policy-bypass': {
    title: 'A Bypass policy lets everyone through',
    cause:
      'Access has no part in the request: no application token is made, and an assertion that a client sends is removed.',
    setup: { policies: [{ decision: 'bypass', include: [{ everyone: {} }] }, serviceAuth] },
    request: { credentials: 'invented assertion' },
    answer: everywhere({
      ...unprotected('assumed'),
      body: { kind: 'json', has: { headers: { 'cf-access-jwt-assertion': null } } },
    }),
    tell: 'The origin sees no assertion. (API) The decision of the policy.',
    discriminators: [
      {
        request: withPair,
        answer: everywhere({
          ...unprotected('assumed'),
          body: { kind: 'json', has: { headers: { 'cf-access-client-id': '{client_id}' } } },
        }),
      },
    ],
    fix: 'Remove the Bypass policy, or let the origin do without an identity.',
    source: ['edge-bypass', 'edge-bypass-strips-assertion'],
    observable_with: ['edge', 'api'],
    alike: 'unprotected',
  },
} as const satisfies Record<string, Mode>
