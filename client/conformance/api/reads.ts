/** Cases of what is only read, or refused, in any account: its user, DoH settings, SAML certificate sets and others. */
import { api } from '../../../contracts/api/operations.ts'
import { refuses, succeeds } from '../api-answer.ts'
import type { Case } from '../case.ts'
import { casesOf } from '../define.ts'
import { nobodysId } from '../guard.ts'

const {
  authenticatorAaguids,
  currentUser,
  identityProviders,
  jitRequestLogs,
  mcpPortals,
  mcpServers,
  organizationDoh,
  samlCertificates,
} = api
const unknownSet = { saml_cert_set_id: nobodysId }

export const readCases: readonly Case[] = [
  ...casesOf(currentUser.get, {
    'an answer': {
      title: 'the user of the credentials is shown',
      async run(target) {
        await succeeds(target, currentUser.get)
      },
    },
  }),
  ...casesOf(currentUser.memberships, {
    'a list': {
      title: 'the memberships of the user are listed',
      async run(target) {
        await succeeds(target, currentUser.memberships)
      },
    },
  }),
  ...casesOf(authenticatorAaguids.list, {
    'a list': {
      title: 'models of authenticators are listed',
      async run(target) {
        await succeeds(target, authenticatorAaguids.list)
      },
    },
  }),
  ...casesOf(organizationDoh.get, {
    'an answer': {
      title: 'the DoH settings are shown',
      async run(target) {
        await succeeds(target, organizationDoh.get)
      },
    },
  }),
  ...casesOf(samlCertificates.list, {
    'a list': {
      title: 'SAML certificate sets are listed',
      async run(target) {
        await succeeds(target, samlCertificates.list)
      },
    },
  }),
  ...casesOf(samlCertificates.get, {
    unknown: {
      title: 'a SAML certificate set that does not exist is refused',
      async run(target) {
        await refuses(target, samlCertificates.get, 'not_found', { params: unknownSet })
      },
    },
  }),
  ...casesOf(samlCertificates.pem, {
    unknown: {
      title: 'a certificate that does not exist cannot be downloaded',
      async run(target) {
        await refuses(target, samlCertificates.pem, 'not_found', { params: unknownSet })
      },
    },
  }),
  ...casesOf(samlCertificates.rotate, {
    unknown: {
      title: 'a certificate that does not exist cannot be rotated',
      needs: ['write'],
      async run(target) {
        await refuses(target, samlCertificates.rotate, 'not_found', { params: unknownSet })
      },
    },
  }),
  ...casesOf(identityProviders.createSamlCertificate, {
    unknown: {
      title: 'an identity provider that does not exist gets no SAML certificate',
      needs: ['write'],
      async run(target) {
        const params = { identity_provider_id: nobodysId }
        await refuses(target, identityProviders.createSamlCertificate, 'not_found', { params })
      },
    },
  }),
  ...casesOf(organizationDoh.update, {
    'too long': {
      title: 'a DoH token cannot outlive the keys',
      needs: ['own_account'],
      evidence: 'assumed',
      async run(target) {
        const body = { doh_jwt_duration: '1000000h' }
        await refuses(target, organizationDoh.update, 'invalid_request', { body })
      },
    },
  }),
  ...casesOf(mcpServers.sync, {
    unknown: {
      title: 'an MCP server that does not exist cannot be synced',
      needs: ['own_account'],
      async run(target) {
        const params = { mcp_server_id: 'no_such_server' }
        await refuses(target, mcpServers.sync, 'not_found', { params })
      },
    },
  }),
  ...casesOf(jitRequestLogs.get, {
    unknown: {
      title: 'a request for temporary access that does not exist is refused',
      async run(target) {
        const params = { knock_request_id: nobodysId }
        await refuses(target, jitRequestLogs.get, 'not_found', { params })
      },
    },
  }),
  ...casesOf(mcpPortals.effectiveRedirectUri, {
    unknown: {
      title: 'a portal that does not exist has no redirect URI',
      async run(target) {
        const params = { mcp_portal_id: 'no_such_portal', mcp_server_id: 'no_such_server' }
        await refuses(target, mcpPortals.effectiveRedirectUri, 'not_found', { params })
      },
    },
  }),
]
