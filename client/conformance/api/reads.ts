/** Cases of what is only read, or refused, in any account: its user, DoH settings, SAML certificate sets and others. */
import { api } from '../../../contracts/api/operations.ts'
import type { Endpoint } from '../../../contracts/declaration/endpoint.ts'
import type { Case, Need } from '../case.ts'
import { caseWith, owning, reading } from '../define.ts'
import { nobodysHex, nobodysId } from '../guard.ts'

const {
  accountTokens,
  authenticatorAaguids,
  currentUser,
  identityProviders,
  jitRequestLogs,
  mcpPortals,
  mcpServers,
  organizationDoh,
  samlCertificates,
} = api

/** Any account answers it. */
function answered(endpoint: Endpoint, title: string): Case {
  return reading(endpoint, 'an answer', { title })
}

/** No account has what its path names. */
function unknown(
  endpoint: Endpoint,
  title: string,
  params: Readonly<Record<string, string>>,
  ...needs: readonly Need[]
): Case {
  const input = { params }
  return caseWith(...needs)(endpoint, 'unknown', { title, refused: 'not_found', input })
}

const set = { saml_cert_set_id: nobodysId }
const server = { mcp_server_id: 'no_such_server' }
const provider = { identity_provider_id: nobodysId }

export const readCases: readonly Case[] = [
  answered(currentUser.get, 'the user of the credentials is shown'),
  answered(currentUser.memberships, 'the memberships of the user are listed'),
  answered(accountTokens.list, 'the API tokens of the account are listed'),
  unknown(accountTokens.get, 'an API token that does not exist is refused', {
    token_id: nobodysHex,
  }),
  answered(authenticatorAaguids.list, 'models of authenticators are listed'),
  answered(organizationDoh.get, 'the DoH settings are shown'),
  answered(samlCertificates.list, 'SAML certificate sets are listed'),
  unknown(samlCertificates.get, 'a SAML certificate set that does not exist is refused', set),
  unknown(samlCertificates.pem, 'a certificate that does not exist cannot be downloaded', set),
  unknown(
    samlCertificates.rotate,
    'a certificate that does not exist cannot be rotated',
    set,
    'write',
  ),
  unknown(
    identityProviders.createSamlCertificate,
    'an identity provider that does not exist gets no SAML certificate',
    provider,
    'write',
  ),
  unknown(jitRequestLogs.get, 'a request for temporary access that does not exist is refused', {
    knock_request_id: nobodysId,
  }),
  unknown(mcpPortals.effectiveRedirectUri, 'a portal that does not exist has no redirect URI', {
    mcp_portal_id: 'no_such_portal',
    ...server,
  }),
  unknown(
    mcpServers.sync,
    'an MCP server that does not exist cannot be synced',
    server,
    'own_account',
  ),
  owning(organizationDoh.update, 'too long', {
    title: 'a DoH token cannot outlive the keys',
    evidence: 'assumed',
    refused: 'invalid_request',
    input: { body: { doh_jwt_duration: '1000000h' } },
  }),
]
