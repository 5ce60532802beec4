/** Demonstrates the behaviours of `contracts/behaviours/wire.ts`, each by a response. */
import { decodeProtectedHeader } from 'jose'
import { api } from '../../../contracts/api/operations.ts'
import type { wireBehaviours } from '../../../contracts/behaviours/wire.ts'
import { app, type EdgeFixture, hosts, pairs, team } from '../../edge/applications.ts'
import type { Demonstrations } from './demonstration.ts'

const certsPath = '/cdn-cgi/access/certs'

async function claimsOf({ send }: EdgeFixture) {
  const { claims } = (await send(hosts.M, { pair: pairs.named })).echo
  if (claims === null) throw new Error(`${hosts.M} let nobody in`)
  return claims
}

async function sentHeaders({ send }: EdgeFixture, kilobytes: number) {
  const cookie = `filler=${'x'.repeat(kilobytes * 1024)}`
  return send(hosts.M, { pair: pairs.named, headers: { cookie } })
}

function attributesOf(cookies: readonly string[], name: string): string {
  const line = cookies.find((each) => each.startsWith(`${name}=`)) ?? `there is no ${name}`
  return line.split('; ').slice(1).join('; ')
}

const applicationPage = 'Unable to find your Access application!'

export const wireDemonstrations: Demonstrations<keyof typeof wireBehaviours> = {
  'path.unknown_body_team': {
    async observe({ send }) {
      const { status, text } = await send(team, { path: '/cdn-cgi/access/nothing' })
      return [status, text.includes(applicationPage) ? applicationPage : text]
    },
    answers: { application_page: [404, applicationPage], empty: [404, ''] },
  },
  'path.unknown_application_status': {
    async observe({ send }) {
      const { status, text } = await send(team, { path: '/cdn-cgi/access/login/x?kid=ff' })
      return [status, text.includes(applicationPage)]
    },
    answers: { 404: [404, true], 200: [200, true] },
  },
  'certs.on_application_host': {
    observe: async ({ send }) => (await send(hosts.M, { path: certsPath })).status,
    answers: { true: 200, false: 404 },
  },
  'certs.order': {
    async observe({ send }) {
      const { keys, public_cert } = JSON.parse((await send(team, { path: certsPath })).text)
      return keys.map(({ kid }: { kid: string }) => kid === public_cert.kid)
    },
    answers: { previous_first: [false, true], current_first: [true, false] },
  },
  'get_identity.for_service_token': {
    async observe(edge) {
      const token = await edge.tokenFor(hosts.M)
      const { status, text } = await edge.send(hosts.M, {
        path: '/cdn-cgi/access/get-identity',
        token,
      })
      return [status, text.includes('"service_token_status":true')]
    },
    answers: { body: [200, true], error: [400, false] },
  },

  'request.header_limit': {
    observe: async (edge) => (await sentHeaders(edge, 40)).status,
    answers: { '128_kb': 200, '32_kb_and_16_kb_each': 400 },
  },
  'request.too_large_status': {
    async observe(edge) {
      const { status, text } = await sentHeaders(edge, 129)
      return [status, /<title>([^<]*)/.exec(text)?.[1] ?? text]
    },
    answers: {
      400: [400, '400 Request Header Or Cookie Too Large'],
      413: [413, '413 Request Header Fields Too Large'],
    },
  },

  'edge.requires_dns_record': {
    options: {
      otherAccounts: [
        {
          name: 'Without records',
          zones: [{ name: 'example.org' }],
          organization: { name: 'Other', auth_domain: 'other.cloudflareaccess.com' },
          applications: [app('app.example.org', [])],
        },
      ],
    },
    async observe({ send }) {
      const statuses = []
      for (const host of ['unnamed.example.org', 'app.example.org']) {
        statuses.push((await send(host)).status)
      }
      return statuses
    },
    answers: { false: [200, 403], true: [530, 403], even_with_application: [530, 530] },
  },

  'service_token_jwt.aud': {
    observe: async (edge) => Array.isArray((await claimsOf(edge)).aud),
    answers: { string: false, array: true },
  },
  'service_token_jwt.exp_offset': {
    async observe(edge) {
      const { iat = 0, exp = 0 } = await claimsOf(edge)
      return exp - iat - 86_400
    },
    answers: { 0: 0, 1: 1 },
  },
  'jwt.internal_hostname': {
    observe: async (edge) => 'h_INTERNAL_DO_NOT_USE' in (await claimsOf(edge)),
    answers: { true: true, false: false },
  },
  'identity_jwt.typ': {
    async observe(edge) {
      const token = await edge.signIn('ada@example.com', hosts.P)
      return decodeProtectedHeader(token).typ ?? 'none'
    },
    answers: { true: 'JWT', false: 'none' },
  },
  'cookie.app_session_same_site': {
    async observe({ send }) {
      const attributes = attributesOf((await send(hosts.P)).cookies, 'CF_AppSession')
      return /SameSite=(\w+)/.exec(attributes)?.[1] ?? ''
    },
    answers: { '': '', None: 'None' },
  },
  'cookie.service_token_http_only': {
    async observe({ send }) {
      const { cookies } = await send(hosts.M, { pair: pairs.named })
      return attributesOf(cookies, 'CF_Authorization').includes('HttpOnly')
    },
    answers: { true: true, false: false },
  },

  'api.duplicate_domain': {
    async observe({ call }) {
      const body = { type: 'self_hosted', domain: hosts.M }
      return (await call(api.applications.create, { body })).status
    },
    answers: { refuse: 409, accept: 201 },
  },
  'api.embedded_policy_reusable': {
    async observe({ api: call, id }) {
      const { policies } = await call(api.applications.get, { params: { app_id: id(hosts.M) } })
      return policies.map((policy) => policy.reusable ?? 'not said')
    },
    answers: { true: [false], false: ['not said'] },
  },
  'api.applications_order': {
    observe: async ({ api: call }) =>
      (await call(api.applications.list)).map(({ domain }) => domain ?? ''),
    answers: {
      newest_first: [hosts.P, hosts.T, hosts.M],
      oldest_first: [hosts.M, hosts.T, hosts.P],
    },
  },
  'api.permission_missing': {
    async observe({ emulator, send }) {
      const policies = [{ permission_groups: [{ name: 'DNS Read' }] }]
      const { value } = await emulator.control.createToken({ body: { name: 'dns', policies } })
      const { status, text } = await send('api.cloudflare.com', {
        path: `/client/v4/accounts/${emulator.account.id}/access/tags`,
        headers: { authorization: `Bearer ${value}` },
      })
      return [status, text]
    },
    answers: {
      authentication_error: [
        403,
        '{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}',
      ],
      forbidden: [
        403,
        '{"success":false,"errors":[{"code":10000,"message":"Forbidden","documentation_url":"https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/tags/methods/list"}],"messages":[],"result":null}',
      ],
    },
  },
  'api.granular_lists': {
    async observe({ emulator, send, api: call }) {
      const [, second] = await call(api.applications.list)
      const { value } = await emulator.control.createToken({
        body: {
          name: 'of one application',
          policies: [
            {
              permission_groups: [{ name: 'Access: Apps and Policies Read' }],
              resources: { [`com.cloudflare.api.account.access.app.${second?.id}`]: '*' },
            },
          ],
        },
      })
      const { status, text } = await send('api.cloudflare.com', {
        path: `/client/v4/accounts/${emulator.account.id}/access/apps`,
        headers: { authorization: `Bearer ${value}` },
      })
      const { result } = JSON.parse(text)
      return [status, ...(result ?? []).map(({ domain }: { domain: string }) => domain)]
    },
    answers: { filtered: [200, hosts.T], refused: [403] },
  },
  'api.not_enabled_status': {
    options: {
      otherAccounts: [
        { id: '3'.repeat(32), name: 'Fresh', api_token: 'token-of-the-fresh-account' },
      ],
    },
    async observe({ send }) {
      const { status } = await send('api.cloudflare.com', {
        path: `/client/v4/accounts/${'3'.repeat(32)}/access/apps`,
        headers: { authorization: 'Bearer token-of-the-fresh-account' },
      })
      return status
    },
    answers: { 403: 403, 400: 400, 404: 404 },
  },
  'api.route_unknown_status': {
    observe: async ({ emulator, send }) => {
      const headers = { authorization: `Bearer ${emulator.account.api_token}` }
      return (await send('api.cloudflare.com', { path: '/client/v4/nothing', headers })).status
    },
    answers: { 404: 404, 400: 400 },
  },
  'api.conflict_should_retry': {
    async observe({ api: call, call: answerTo }) {
      const body = { name: 'twice' }
      await call(api.tags.create, { body })
      const { status, headers } = await answerTo(api.tags.create, { body })
      return [status, headers['x-should-retry'] ?? 'not said']
    },
    answers: { true: [409, 'false'], false: [409, 'not said'] },
  },
}
