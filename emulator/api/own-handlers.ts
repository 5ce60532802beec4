/** What groups of operations do of their own. Generated from the files of this folder by `npm run docs`. Do not edit. */
import { accessLogs } from './access-logs.ts'
import { accountTokens } from './account-tokens.ts'
import { accounts } from './accounts.ts'
import { applicationPolicies } from './application-policies.ts'
import { applications } from './applications.ts'
import { authenticatorAaguids } from './authenticator-aaguids.ts'
import { bookmarks } from './bookmarks.ts'
import { certificateSettings } from './certificate-settings.ts'
import { certificates } from './certificates.ts'
import { currentUser } from './current-user.ts'
import { customPages } from './custom-pages.ts'
import { dnsRecords } from './dns-records.ts'
import { gatewayCas } from './gateway-cas.ts'
import { groups } from './groups.ts'
import { identityProviders } from './identity-providers.ts'
import { idpFederationGrants } from './idp-federation-grants.ts'
import { jitRequestLogs } from './jit-request-logs.ts'
import { keys } from './keys.ts'
import { mcpPortals } from './mcp-portals.ts'
import { mcpServers } from './mcp-servers.ts'
import { organizationDoh } from './organization-doh.ts'
import { organizations } from './organizations.ts'
import { policyTests } from './policy-tests.ts'
import { reusablePolicies } from './reusable-policies.ts'
import { samlCertificates } from './saml-certificates.ts'
import { scim } from './scim.ts'
import { seats } from './seats.ts'
import { serviceTokens } from './service-tokens.ts'
import { shortLivedCertificateCas } from './short-lived-certificate-cas.ts'
import { tags } from './tags.ts'
import { targets } from './targets.ts'
import { tokenVerify } from './token-verify.ts'
import { users } from './users.ts'
import { workerRoutes } from './worker-routes.ts'
import { zones } from './zones.ts'

export const own = {
  applications,
  applicationPolicies,
  reusablePolicies,
  serviceTokens,
  groups,
  identityProviders,
  organizations,
  keys,
  tags,
  shortLivedCertificateCas,
  accessLogs,
  accounts,
  zones,
  customPages,
  certificates,
  certificateSettings,
  mcpServers,
  mcpPortals,
  bookmarks,
  gatewayCas,
  idpFederationGrants,
  organizationDoh,
  authenticatorAaguids,
  currentUser,
  samlCertificates,
  targets,
  dnsRecords,
  workerRoutes,
  tokenVerify,
  accountTokens,
  users,
  seats,
  policyTests,
  scim,
  jitRequestLogs,
}
