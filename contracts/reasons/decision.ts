/** Reasons that policies give: for the outcome of a rule, of a policy, and of the whole decision. */
import { reasonRows } from './row.ts'

/** Why a client certificate that was presented does not count. */
export const certificateReasons = reasonRows({
  certificate_untrusted: {
    text: 'No CA that was uploaded for this host has issued the client certificate',
  },
  certificate_expired: {
    text: 'The client certificate, or a CA above it, is not valid at this time',
  },
  certificate_not_for_clients: {
    text: 'The extended key usage of the client certificate does not allow client authentication',
  },
})

/** Why a rule has its outcome. */
export const ruleReasons = reasonRows({
  matches: { text: 'The rule matches' },
  not_evaluable: { text: 'The emulator cannot evaluate this rule for the request' },
  login_needed: { text: 'Only a login would decide it', fix: 'sign in' },
  email_differs: { text: 'The person has another email address' },
  email_domain_differs: { text: "The person's email address is of another domain" },
  email_not_in_list: { text: "The person's email address is not in the list" },
  list_unknown: { text: 'The list that the rule names is not known' },
  login_method_unknown: { text: 'It is not known which identity provider the person used' },
  login_method_differs: { text: 'The person used another identity provider' },
  not_in_group: { text: 'The person is not in the group' },
  claim_absent: { text: 'The identity provider did not send the claim' },
  claim_differs: { text: 'The claim has another value' },
  ip_unknown: { text: "The client's address is not known" },
  ip_malformed: { text: 'A range that the rule names is malformed' },
  ip_outside: { text: "The client's address is outside the range" },
  country_unknown: { text: "The client's country is not known" },
  country_differs: { text: 'The client is in another country' },
  no_certificate: { text: 'The request came without a client certificate' },
  ...certificateReasons,
  common_name_differs: { text: 'The client certificate has another common name' },
  no_service_token: { text: 'The request carries no service token' },
  service_token_unusable: { text: "The service token's headers cannot be read" },
  service_token_invalid: { text: 'The service token does not authenticate' },
  other_service_token: { text: 'The request carries another service token' },
  no_linked_token: { text: 'The request carries no token of another application' },
  other_linked_application: {
    text: 'The request carries a token of an application that the rule does not link',
  },
  linked_token_invalid: {
    text: 'The token of the linked application has expired, was revoked, or is no longer valid',
    fix: 'send a token of the linked application that is valid',
  },
  group: { text: 'The outcome is that of the rule group' },
  group_unknown: { text: 'The rule group does not exist' },
  group_cycle: { text: 'The rule group includes itself' },
  group_too_deep: { text: 'The rule group is nested too deeply' },
})

/** Why a policy has its outcome, or does not decide. */
export const policyReasons = reasonRows({
  admits: { text: 'The policy admits the request' },
  blocks: { text: 'The policy blocks the request' },
  include_not_met: { text: 'No rule in the include list of the policy matches' },
  require_not_met: { text: 'A rule in the require list of the policy does not match' },
  exclude_met: { text: 'A rule in the exclude list of the policy matches' },
  offers_login: { text: 'The policy would admit someone who signs in' },
  names_only_machines: { text: 'No person can satisfy the policy, so it offers no login' },
  names_no_sent_service_token: {
    text: 'The policy matches, but none of its rules is about the service token that was sent',
  },
  allow_admits_no_service_token: {
    text: 'An Allow policy does not admit a service token',
    fix: 'change the decision of the policy to Service Auth',
  },
  no_allow_policy: {
    text: 'The token was issued to a service token, and Access does not read it if the application has no Allow policy',
    fix: 'send the client id and secret with every request',
  },
  purpose_justification_not_emulated: {
    text: 'Cloudflare would ask the person for a justification; the emulator does not',
  },
  approval_not_emulated: {
    text: 'Cloudflare would ask an approver; the emulator does not',
  },
  isolation_not_emulated: {
    text: 'Cloudflare would require an isolated browser; the emulator does not',
  },
  mfa_not_emulated: {
    text: 'Cloudflare would ask for another factor; the emulator does not',
  },
})

/** Why a request or a sign-in is denied. `{credentials}`: what was sent, and what is wrong with it. */
export const denyReasons = reasonRows({
  credentials_invalid: { text: '{credentials}' },
  not_authorized: { text: '{credentials}, but no policy admits it' },
  blocked_by_policy: { text: 'The deny policy "{policy}" applies' },
  blocked_before_login: { text: 'The deny policy "{policy}" applies' },
  identity_not_admitted: { text: 'No policy admits this person' },
  no_policy: {
    text: 'The application has no policy',
    fix: 'add a policy to the application',
  },
  no_interactive_policy: { text: '{credentials}, and no policy lets a person log in' },
  requirements_failed: {
    text: '{credentials}, and the request does not meet the rules of a policy',
  },
})
