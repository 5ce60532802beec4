/** The operations of the API, one line each group to where it lives. */
import type { api } from '../../contracts/api/operations.ts'
import { accessLogs } from './access-logs.ts'
import { accounts } from './accounts.ts'
import { applicationPolicies } from './application-policies.ts'
import { applications } from './applications.ts'
import type { ApiHandlers } from './context.ts'
import { dnsRecords } from './dns-records.ts'
import { groups } from './groups.ts'
import { identityProviders } from './identity-providers.ts'
import { keys } from './keys.ts'
import { organizations } from './organization.ts'
import { reusablePolicies } from './policies.ts'
import { serviceTokens } from './service-tokens.ts'
import { tags } from './tags.ts'
import { tokenVerify } from './token-verify.ts'
import { workerRoutes } from './worker-routes.ts'
import { zones } from './zones.ts'

export const handlers: { readonly [N in keyof typeof api]: ApiHandlers<(typeof api)[N]> } = {
  applications,
  applicationPolicies,
  reusablePolicies,
  serviceTokens,
  groups,
  identityProviders,
  organizations,
  keys,
  tags,
  accessLogs,
  accounts,
  zones,
  dnsRecords,
  workerRoutes,
  tokenVerify,
}
