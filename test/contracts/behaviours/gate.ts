/** Demonstrates the behaviours of `contracts/behaviours/gate.ts`, each by a response. */
import { api } from '../../../contracts/api/operations.ts'
import type { gateBehaviours } from '../../../contracts/behaviours/gate.ts'
import {
  app,
  type EdgeFixture,
  everyone,
  hosts,
  pairs,
  people,
  policy,
  type Sending,
  theNamed,
} from '../../edge/applications.ts'
import { fetchOrUpgrade } from '../../support/upgrade.ts'
import type { Demonstrations } from './demonstration.ts'

const machines = policy('non_identity', theNamed)
const office = '192.0.2.7'
const atTheOffice = { require: [{ ip: { ip: office } }] }
const fromTheOffice = { 'access-emulator-client-ip': office }
const exchange = '/cdn-cgi/access/service/auth'
const wrongPair = { ...pairs.named, client_secret: pairs.unnamed.client_secret }
const halfPair = { headers: { 'cf-access-client-id': pairs.named.client_id } }

const statusAt =
  (host: string, sending: Sending = {}) =>
  async ({ send }: EdgeFixture) =>
    (await send(host, sending)).status

/** The application token of the service token, as the cookie. */
async function replayed(edge: EdgeFixture, host: string, headers = {}): Promise<number> {
  const first = await edge.send(host, { pair: pairs.named, headers })
  const token = first.echo.headers['cf-access-jwt-assertion'] ?? ''
  return (await edge.send(host, { token })).status
}

async function unmatched({ api: call, send }: EdgeFixture) {
  await call(api.organizations.patch, { body: { deny_unmatched_requests: true } })
  return send('open.example.com')
}

export const gateDemonstrations: Demonstrations<keyof typeof gateBehaviours> = {
  'service_auth.endpoint': {
    observe: statusAt(hosts.M, { method: 'POST', path: exchange, pair: pairs.named }),
    answers: { exchange: 200, absent: 404 },
  },
  'service_auth.wrong_method': {
    observe: statusAt(hosts.M, { path: exchange }),
    answers: { 404: 404, 405: 405 },
  },
  'worker_destination.websocket': {
    options: {
      workers: { 'site.example.com': 'site' },
      applications: [
        {
          type: 'self_hosted',
          name: 'a Worker',
          destinations: [{ type: 'worker', worker_id: 'site' }],
          policies: [policy('bypass', everyone)],
        },
      ],
    },
    async observe({ emulator }) {
      const headers = { connection: 'Upgrade', upgrade: 'websocket' }
      const { status } = await fetchOrUpgrade(emulator, 'https://site.example.com/', { headers })
      return status
    },
    // The built-in origin, which it then reaches, speaks no WebSocket.
    answers: { refused: 403, decided: 501 },
  },
  'policy.allow_admits_service_tokens': {
    observe: statusAt(hosts.T, { pair: pairs.named }),
    answers: { true: 200, false: 403 },
  },
  'policy.login_needs': {
    observe: statusAt(hosts.T),
    answers: { any_allow: 302, allow_for_people: 403 },
  },
  'policy.unnamed_service_token': {
    observe: statusAt(hosts.P, { pair: pairs.unnamed }),
    answers: { deny: 403, as_anonymous: 302 },
  },
  'application_token.replay': {
    observe: (edge) => replayed(edge, hosts.M),
    answers: { any_application: 200, with_allow_policy: 403 },
  },
  'application_token.assertion_header': {
    async observe(edge) {
      const headers = { 'cf-access-jwt-assertion': await edge.tokenFor(hosts.M) }
      return (await edge.send(hosts.M, { headers })).status
    },
    answers: { true: 200, false: 403 },
  },
  'application_token.bound_to': {
    options: {
      applications: [app('wiki.example.com', [policy('allow', everyone, atTheOffice), people])],
    },
    async observe({ emulator, send }) {
      const { application_token: token } = await emulator.control.createSession({
        body: { email: 'ada@example.com', application: 'wiki.example.com', ip: office },
      })
      return (await send('wiki.example.com', { token: token ?? '' })).status
    },
    answers: { any_policy: 200, issuing_policy: 302 },
  },
  'service_token_jwt.judged_by': {
    options: {
      profile: 'observed',
      applications: [
        app('wiki.example.com', [
          policy('non_identity', theNamed, atTheOffice),
          policy('allow', theNamed),
        ]),
      ],
    },
    observe: (edge) => replayed(edge, 'wiki.example.com', fromTheOffice),
    answers: { policies_of_the_pair: 302, any_policy: 200 },
  },
  'service_token_jwt.after_end': {
    options: {
      applications: [
        app('any.example.com', [policy('non_identity', [{ any_valid_service_token: {} }])]),
      ],
    },
    async observe(edge) {
      const token = await edge.tokenFor('any.example.com', pairs.short)
      await edge.advance(3601)
      return (await edge.send('any.example.com', { token })).status
    },
    answers: { valid: 200, refused: 403 },
  },
  'group.nesting_limit': {
    async observe(edge) {
      const statuses: number[] = []
      let include: object[] = everyone
      for (let depth = 1; depth <= 64; depth += 1) {
        const body = { name: `group ${depth}`, include }
        const { id } = await edge.api(api.groups.create, { body })
        include = [{ group: { id } }]
        if (![4, 16, 64].includes(depth)) continue
        const domain = `depth-${depth}.example.com`
        await edge.api(api.applications.create, {
          body: app(domain, [policy('bypass', include)]),
        })
        statuses.push((await edge.send(domain)).status)
      }
      return statuses
    },
    answers: { 64: [200, 200, 200], 16: [200, 200, 403], 4: [200, 403, 403] },
  },
  'binding_cookie.needed_by': {
    options: {
      applications: [app('bound.example.com', [machines], { enable_binding_cookie: true })],
    },
    observe: (edge) => replayed(edge, 'bound.example.com'),
    answers: { people: 200, every_token: 403 },
  },
  'organization.strict_default': {
    observe: statusAt(hosts.M, { pair: wrongPair }),
    answers: { true: 401, false: 403 },
  },
  'organization.strict_locked': {
    async observe({ call }) {
      const body = { strict_service_token_auth: false }
      return (await call(api.organizations.patch, { body })).status
    },
    answers: { true: 400, false: 200 },
  },

  'answer_401.by_setting': {
    options: {
      applications: [app('m401.example.com', [machines], { service_auth_401_redirect: true })],
    },
    observe: statusAt('m401.example.com'),
    answers: { every_block_of_service_auth_application: 401, requests_with_pair: 403 },
  },
  'answer_401.for_xhr': {
    observe: statusAt(hosts.P, { headers: { 'x-requested-with': 'XMLHttpRequest' } }),
    answers: { true: 401, false: 302 },
  },
  'answer_401.for_managed_oauth': {
    options: {
      applications: [app('mcp.example.com', [people], { oauth_configuration: { enabled: true } })],
    },
    observe: statusAt('mcp.example.com'),
    answers: { true: 401, false: 302 },
  },
  'strict.unusable_headers': {
    options: { profile: 'strict' },
    observe: statusAt(hosts.M, halfPair),
    answers: { 401: 401, 403: 403 },
  },
  'block.access_error_header': {
    observe: async ({ send }) => (await send(hosts.M)).headers['cf-access-error'] ?? 'none',
    answers: { 1: '1', '': 'none' },
  },
  'block.explanation_link': {
    observe: async ({ send }) => {
      const visit = { 'upgrade-insecure-requests': '1' }
      const { text, headers } = await send(hosts.M, { headers: visit })
      return text.includes(`/__access/requests/${headers['cf-ray']}">`)
    },
    answers: { true: true, false: false },
  },
  'block.json_when': {
    async observe({ send }) {
      const headers = { accept: 'text/html, application/json' }
      return (await send(hosts.M, { headers })).headers['content-type'] ?? ''
    },
    answers: { json_without_html: 'text/html; charset=UTF-8', json: 'application/json' },
  },
  'organization.unmatched_status': {
    observe: async (edge) => (await unmatched(edge)).status,
    answers: { 403: 403, 404: 404 },
  },
  'organization.unmatched_body': {
    async observe(edge) {
      const { status, headers, text } = await unmatched(edge)
      const says = /<h1>Forbidden<\/h1>|^error code: 1043$/.exec(text)?.[0] ?? text
      return [status, headers['content-type'] ?? '', says]
    },
    answers: {
      block_page: [403, 'text/html; charset=UTF-8', '<h1>Forbidden</h1>'],
      error_1043: [403, 'text/plain; charset=UTF-8', 'error code: 1043'],
    },
  },
}
