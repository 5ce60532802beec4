/** The table of effects: what is set through the API, and what the edge answers before and after. Tests prove each row. */

export interface Effect {
  /** What is set, by the names of the API. */
  readonly set: string
  /** What is asked, before and after. */
  readonly asked: string
  readonly before: string
  readonly after: string
}

const login = '302 to the login'
const forbidden = '403 “Forbidden”'
const origin = '200 from the origin'
const alone = 'without credentials'

/** Asked by curl, over TLS. */
export const byCurl = {
  // Client certificates
  'a CA for client certificates': {
    set: 'POST `certificates`, with the host in `associated_hostnames`',
    asked: 'with a certificate of that CA, which a Service Auth policy includes by `common_name`',
    before: forbidden,
    after: origin,
  },
  'a CA that loses its host': {
    set: 'PUT `certificates/{id}`: `associated_hostnames` empty',
    asked: 'with a certificate of that CA, which a Service Auth policy includes by `common_name`',
    before: origin,
    after: forbidden,
  },
  'the common name of a policy': {
    set: 'PUT of the policy: `common_name` is `device-2`, was `device-1`',
    asked: 'with the certificate of `device-1`',
    before: origin,
    after: forbidden,
  },
  'a certificate required of people': {
    set: 'PUT of the Allow policy: `require` has `certificate`',
    asked: 'without a certificate',
    before: login,
    after: forbidden,
  },
  'a person who must also have a certificate': {
    set: 'a CA for the host, and PUT of the Allow policy: `require` has `certificate`',
    asked: 'with a certificate',
    before: login,
    after: `${login}, whose \`meta\` names \`device-1\``,
  },
  'forwarding of client certificates': {
    set: 'PUT `certificates/settings`: `client_certificate_forwarding`',
    asked: 'with a certificate',
    before: origin,
    after: `${origin}, which gets \`Cf-Client-Cert-Sha256\``,
  },

  // Denials
  'a custom page of an application': {
    set: '`custom_pages` of the application, with a page of type `forbidden`',
    asked: `${alone}, where only a Service Auth policy is`,
    before: forbidden,
    after: '403 “Ours”',
  },
  'a custom page of the organization': {
    set: '`custom_pages.forbidden` of the organization',
    asked: `${alone}, where only a Service Auth policy is`,
    before: forbidden,
    after: '403 “Ours”',
  },
  'a login page of the account': {
    set: '`custom_pages` of the application, with a template of type `login`',
    asked: 'the login page of the application',
    before: '200 “Sign in to wiki.example.com”',
    after: '200 “Ours”, with the form of Access',
  },
  'an approval page of the account': {
    set: '`custom_pages` of the application, with a template of type `interstitial`',
    asked: '`/cdn-cgi/access/cli`, by a person who is signed in',
    before: '200 “Let a program sign in as you?”',
    after: '200 “Ours”, with the form of Access',
  },
  custom_non_identity_deny_url: {
    set: '`custom_non_identity_deny_url` of the application',
    asked: `${alone}, where only a Service Auth policy is`,
    before: forbidden,
    after: '302 to https://help.example.org/denied',
  },
  service_auth_401_redirect: {
    set: '`service_auth_401_redirect` of the application (profile `observed`)',
    asked: `${alone}, where only a Service Auth policy is`,
    before: forbidden,
    after: '401 “Unauthorized”',
  },
  deny_unmatched_requests: {
    set: '`deny_unmatched_requests` of the organization',
    asked: 'a host that no application covers',
    before: origin,
    after: forbidden,
  },

  // Sessions and tokens
  'a revoked user': {
    set: 'POST `organizations/revoke_user`',
    asked: 'with the `CF_Authorization` of that user',
    before: origin,
    after: login,
  },
  'one revoked sign-in of a program': {
    set: 'POST `/cdn-cgi/access/oauth/revoke`, with the refresh token of one sign-in',
    asked:
      'with the OAuth access token of that sign-in, and with that of another sign-in of the same person',
    before: `${origin}; the other: ${origin}`,
    after: `401; the other: ${origin}; after a new sign-in: ${origin}`,
  },
  'a deleted user': {
    set: 'DELETE `users/{id}`',
    asked: 'with the `CF_Authorization` of that user',
    before: origin,
    after: login,
  },
  'a policy that takes out a signed-in person': {
    set: 'PUT of the Allow policy: it names another address',
    asked: 'the login page of the application, with the global session of a person',
    before: '302 back to the application',
    after: '403 “That account does not have access.”',
  },
  'custom_deny_url of a signed-in person': {
    set: '`custom_deny_url` of the application',
    asked:
      'the login page of an application that does not admit the person, with their global session',
    before: '403 “That account does not have access.”',
    after: '302 to https://help.example.org/denied',
  },
  'revoked tokens of an application': {
    set: 'POST `apps/{id}/revoke_tokens`',
    asked: 'with a `CF_Authorization` of that application',
    before: origin,
    after: login,
  },
  'a disabled service token': {
    set: 'PUT `service_tokens/{id}`: `enabled` is false',
    asked: 'with its client id and secret',
    before: origin,
    after: forbidden,
  },
  'a rotated service token': {
    set: 'POST `service_tokens/{id}/rotate`',
    asked: 'with the old secret',
    before: origin,
    after: forbidden,
  },
  'a strict organization': {
    set: '`strict_service_token_auth` of the organization (profile `observed`)',
    asked: 'with a wrong secret, where an Allow policy is',
    before: login,
    after: '401 “Unauthorized”',
  },
  read_service_tokens_from_header: {
    set: '`read_service_tokens_from_header` of the application is `Authorization`',
    asked: 'with id and secret as JSON in that header',
    before: forbidden,
    after: origin,
  },
  'session_duration of a policy': {
    set: '`session_duration` of the policy is `1h`',
    asked: 'with a service token: how long the cookie lives',
    before: '24 hours',
    after: '1 hour',
  },

  // Settings of an application
  'a Bypass policy': {
    set: 'PUT of the policy: `decision` is `bypass`, was `allow`',
    asked: alone,
    before: login,
    after: origin,
  },
  'a rule group': {
    set: 'PUT `groups/{id}`: `include` has the country',
    asked: `${alone}, where a Bypass policy includes the group`,
    before: forbidden,
    after: origin,
  },
  'what a policy test counts': {
    set: 'PUT `groups/{id}`: `include` has the domain of the only user',
    asked: 'POST `policy-tests` with a policy that includes the group, then GET of the test',
    before: '0 of 1 approved',
    after: '1 of 1 approved',
  },
  options_preflight_bypass: {
    set: '`options_preflight_bypass` of the application',
    asked: 'OPTIONS, as a browser’s preflight',
    before: forbidden,
    after: origin,
  },
  oauth_configuration: {
    set: '`oauth_configuration.enabled` of the application',
    asked: `${alone}, accepting no HTML`,
    before: login,
    after: '401 and a challenge of scheme `Bearer`',
  },
  'a DNS record': {
    set: 'DELETE `dns_records/{id}` (profile `observed`)',
    asked: 'a host that only this record names',
    before: origin,
    after: '530 “error code: 1016”',
  },
} as const satisfies Readonly<Record<string, Effect>>
