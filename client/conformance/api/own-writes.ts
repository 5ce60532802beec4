/** Cases of writes that leave something behind, so that they need an account of their own: SAML certificates, DoH settings, syncs. */
import { mcpIdFrom } from '../../../contracts/api/mcp-servers.ts'
import { api } from '../../../contracts/api/operations.ts'
import { call, refuses, succeeds } from '../api-answer.ts'
import type { Case, CaseTarget } from '../case.ts'
import { casesOf } from '../define.ts'
import { holds, present, same } from '../difference.ts'
import { nobodysId } from '../guard.ts'

const { identityProviders, mcpServers, organizationDoh, samlCertificates, serviceTokens } = api
const needs = ['own_account'] as const

/** A SAML provider with a certificate set. */
async function certified(target: CaseTarget) {
  const config = { sso_target_url: 'https://idp.example/sso', issuer_url: 'https://idp.example' }
  const body = { type: 'saml', name: target.name('saml'), config } as const
  const { result: provider } = await succeeds(target, identityProviders.create, { body })
  const params = { identity_provider_id: provider.id }
  target.cleanup(() => target.api.identityProviders.delete(params))
  const made = await succeeds(target, identityProviders.createSamlCertificate, { params })
  return { params, set: made.result, ofSet: { saml_cert_set_id: made.result.uid } }
}

export const ownWriteCases: readonly Case[] = [
  ...casesOf(identityProviders.createSamlCertificate, {
    'one set': {
      title: 'an identity provider gets one certificate set, which it then names',
      needs,
      async run(target) {
        const { params, set } = await certified(target)
        const again = await call(target, identityProviders.createSamlCertificate, { params })
        same(again.status, 200, 'status of asking for it again')
        holds(again.body, { result: set }, 'the set, asked for again')
        const { result } = await succeeds(target, identityProviders.get, { params })
        same(Reflect.get(result, 'saml_certificate_set_id'), set.uid, 'saml_certificate_set_id')
      },
    },
  }),
  ...casesOf(samlCertificates.rotate, {
    'keeps the previous one': {
      title: 'a rotated set has another certificate, and the previous one beside it',
      needs,
      async run(target) {
        const { set, ofSet } = await certified(target)
        const { result } = await succeeds(target, samlCertificates.rotate, { params: ofSet })
        const [before, now] = [set, result].map((each) =>
          present(each.current_certificate, 'current'),
        )
        const isAnother = now?.public_certificate !== before?.public_certificate
        same(isAnother, true, 'whether the current certificate is another one')
        same(
          result.previous_certificate?.public_certificate,
          before?.public_certificate,
          'previous_certificate',
        )
        same(
          (await succeeds(target, samlCertificates.get, { params: ofSet })).result,
          result,
          'set',
        )
      },
    },
  }),
  ...casesOf(organizationDoh.update, {
    'shows its token': {
      title: 'DoH settings with a service token show it, until they are read again',
      needs,
      async run(target) {
        const name = target.name('doh')
        const { result: token } = await succeeds(target, serviceTokens.create, { body: { name } })
        const params = { service_token_id: token.id }
        target.cleanup(() => target.api.serviceTokens.delete(params))
        const body = { doh_jwt_duration: '800h', service_token_id: token.id }
        const { result } = await succeeds(target, organizationDoh.update, { body })
        same(result.doh_jwt_duration, '800h', 'doh_jwt_duration')
        same(result.client_id, token.client_id, 'client_id')
        const { result: shown } = await succeeds(target, organizationDoh.get)
        same(shown.doh_jwt_duration, '800h', 'doh_jwt_duration, read again')
      },
    },
    'of an unknown token': {
      title: 'DoH settings cannot name a service token that does not exist',
      needs,
      evidence: 'assumed',
      async run(target) {
        const body = { service_token_id: nobodysId }
        await refuses(target, organizationDoh.update, 'not_found', { body })
      },
    },
  }),
  ...casesOf(mcpServers.sync, {
    'tells of its outcome': {
      title: 'a sync succeeds as a call, and the server shows what came of it',
      needs,
      async run(target) {
        const id = mcpIdFrom(target.name('server'))
        const body = {
          ...{ id, name: id, hostname: 'https://mcp.example.net/mcp' },
          auth_type: 'unauthenticated',
        } as const
        const { result: made } = await succeeds(target, mcpServers.create, { body })
        const params = { mcp_server_id: made.id }
        target.cleanup(() => target.api.mcpServers.delete(params))
        same(made.status, 'waiting', 'status before the first sync')
        const { result: outcome } = await succeeds(target, mcpServers.sync, { params })
        const { result } = await succeeds(target, mcpServers.get, { params })
        holds(result, outcome, 'the server after the sync')
      },
    },
  }),
]
