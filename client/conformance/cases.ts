/** Every contract case, in one list. */
import { applicationCases } from './api/applications.ts'
import { bookmarkCases } from './api/bookmarks.ts'
import { certificateCases } from './api/certificates.ts'
import { customPageCases } from './api/custom-pages.ts'
import { destinationCases } from './api/destinations.ts'
import { lifeCycleCases } from './api/life-cycle.ts'
import { mcpCases } from './api/mcp.ts'
import { networkCases } from './api/network.ts'
import { organizationCases } from './api/organization.ts'
import { otherCases } from './api/others.ts'
import { ownWriteCases } from './api/own-writes.ts'
import { policyCases } from './api/policies.ts'
import { policyTestCases } from './api/policy-tests.ts'
import { readCases } from './api/reads.ts'
import { refusalCases } from './api/refusals.ts'
import { serviceTokenCases } from './api/service-tokens.ts'
import { shortLivedCertificateCaCases } from './api/short-lived-certificate-cas.ts'
import { targetCases } from './api/targets.ts'
import { userCases } from './api/users.ts'
import type { Case } from './case.ts'
import { ownPathCases } from './edge/access-paths.ts'
import { certCases } from './edge/certs.ts'
import { clientCertificateCases } from './edge/client-certificates.ts'
import { cloudflaredCases } from './edge/cloudflared.ts'
import { exchangeCases } from './edge/exchange.ts'
import { exchangeFailureCases } from './edge/exchange-failures.ts'
import { gateCases } from './edge/gate.ts'
import { gateSettingCases } from './edge/gate-settings.ts'
import { launcherCases } from './edge/launcher.ts'
import { loginCases } from './edge/login.ts'
import { oauthCases } from './edge/oauth.ts'
import { oidcCases } from './edge/oidc.ts'
import { sshCases } from './edge/ssh.ts'
import { tableCases } from './edge/table-cases.ts'

export const cases: readonly Case[] = [
  ...lifeCycleCases,
  ...applicationCases,
  ...destinationCases,
  ...policyCases,
  ...serviceTokenCases,
  ...shortLivedCertificateCaCases,
  ...certificateCases,
  ...customPageCases,
  ...mcpCases,
  ...bookmarkCases,
  ...targetCases,
  ...readCases,
  ...ownWriteCases,
  ...organizationCases,
  ...otherCases,
  ...userCases,
  ...policyTestCases,
  ...networkCases,
  ...refusalCases,
  ...exchangeCases,
  ...exchangeFailureCases,
  ...certCases,
  ...ownPathCases,
  ...loginCases,
  ...launcherCases,
  ...cloudflaredCases,
  ...sshCases,
  ...oauthCases,
  ...oidcCases,
  ...tableCases,
  ...gateSettingCases,
  ...gateCases,
  ...clientCertificateCases,
]
