/** `PUT state` with one value of a real snapshot changed: refused entirely, or no later request fails. */
import fc from 'fast-check'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { creatables } from '../../contracts/api/new-body.ts'
import { api as contract } from '../../contracts/api/operations.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { createOneOfEach } from '../support/every-resource.ts'

type Snapshot = Record<string, unknown[]>
type Path = readonly (string | number)[]

let emulator: Emulator
let whole: Snapshot
let pair: Record<string, string>
let jwt: string

beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example', at: '2026-11-24T12:00:00Z' })
  pair = await furnished()
  const furnishing = await emulator.control.getState()
  await createOneOfEach(emulator, (table) => Object(furnishing)[table].length === 0)
  await emulator.control.createToken({
    body: {
      name: 'read only',
      policies: [{ permission_groups: [{ name: 'Access: Apps and Policies Read' }] }],
      condition: { request_ip: { not_in: ['192.0.2.0/24'] } },
      not_before: '2026-01-01T00:00:00Z',
      expires_on: '2027-01-01T00:00:00Z',
    },
  })
  const session = await emulator.control.createSession({
    body: {
      application: 'Fuzzed',
      email: 'ada@example.com',
      groups: ['a'],
      claims: { b: ['c'] },
      country: 'NL',
    },
  })
  jwt = JSON.stringify(session).match(/eyJ[\w.-]+/)?.[0] ?? ''
  expect(jwt).not.toBe('')
  // The seed alone says which hosts are Workers.
  const worker_hosts = [{ id: 'w.example.com', worker: 'w', preview: false }]
  const state = await emulator.control.getState()
  const certificate_settings = [
    {
      id: 'w.example.com',
      hostname: 'w.example.com',
      china_network: false,
      client_certificate_forwarding: true,
    },
  ]
  const deleted_users = [{ id: '33333333-0000-4000-8000-000000000000', revoked_at: 1 }]
  const policy_tests = [
    { id: 'a', users: [{ id: deleted_users[0]?.id, email: 'a@b', status: 'approved' }] },
  ]
  const created_at = '2026-11-24T12:00:00Z'
  const idp_federation_grants = [
    { id: '0'.repeat(32), idp_id: '44444444-0000-4000-8000-000000000000', created_at, extra: {} },
  ]
  const secret = 'a'.repeat(96)
  const gateway_cas = [{ id: '55555555-0000-4000-8000-000000000000', secret, extra: {} }]
  const public_certificate = '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'
  const uid = '66666666-0000-4000-8000-000000000000'
  const saml_certificates = [
    {
      uid,
      current_certificate: { uid, public_certificate, not_after: created_at, is_current: true },
      previous_certificate: null,
      created_at,
      updated_at: created_at,
      extra: {},
    },
  ]
  const organization_doh = [{ doh_jwt_duration: '24h', extra: {} }]
  whole = {
    ...state,
    saml_certificates,
    organization_doh,
    worker_hosts,
    idp_federation_grants,
    gateway_cas,
    certificate_settings,
    deleted_users,
    policy_tests,
    ...oauthRows(state, jwt),
    ...loginRows(state),
  }
  await emulator.control.putState({ body: whole })
  const empty = Object.keys(whole).filter((table) => whole[table]?.length === 0)
  expect(empty).toEqual([])
})
afterAll(() => emulator.close())

/** The rows that a Managed OAuth sign-in leaves behind. */
function oauthRows(state: Snapshot, token: string): Snapshot {
  const [{ id: user_id, email }] = state.users as [{ id: string; email: string }]
  const [{ id: application_id }] = state.applications as [{ id: string }]
  const [id, client_id] = ['1', '2'].map(
    (digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`,
  )
  const client = {
    id: client_id,
    redirect_uris: ['http://127.0.0.1/cb'],
    grant_types: ['authorization_code'],
    token_endpoint_auth_method: 'none',
    issued_at: 1,
  }
  const grant = {
    ...{ id, client_id, application_id, user_id, identity: { email } },
    ...{ redirect_uri: 'http://127.0.0.1/cb', resource: '', code_digest: 'a' },
    ...{ is_exchanged: true, issued_at: 1, exp: 2, rotation: 0 },
  }
  const access = { id: 'b', grant_id: id, claims: decodeJwt(token) }
  return { oauth_clients: [client], oauth_grants: [grant], oauth_tokens: [access] }
}

/** The rows of people who are about to sign in, here and in a program. */
function loginRows(state: Snapshot): Snapshot {
  const [{ id: application_id }] = state.applications as [{ id: string }]
  const [{ id: identity_provider_id }] = state.identity_providers as [{ id: string }]
  const app_session = 'a'.repeat(32)
  const place = { application_id, hostname: 'fuzzed.example.com', path: '/' }
  const began_at = Date.parse('2026-11-24T12:00:00Z')
  const login = { ...place, id: 'a', browser: '0123456789abcdef', identity_provider_id, began_at }
  const pin = { email: 'ada@example.com', pin: '123456', tries: 1, is_used: false }
  const pending = { ...place, id: 'c', state: 'd', token: 'e', exp: 1, ends_at: 1, app_session }
  const transfer = { id: 'f', sealed: { box: 'g', service_public_key: 'h' }, ends_at: 1 }
  return {
    logins: [{ ...login, ...pin, app_session }],
    login_origins: [{ id: 'b', app_session, certificate: { common_name: 'i' } }],
    pending_logins: [pending],
    transfers: [transfer],
  }
}

test('no value of a snapshot brings a request down', { timeout: 60_000 }, async () => {
  const paths = pathsIn(whole)
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      undefined,
      null,
      true,
      0,
      -1,
      1.5,
      1e300,
      '',
      ' ',
      '*',
      '/',
      'a',
      [],
      {},
    ),
    fc.constantFrom<unknown>('\0', '\ud800', '%zz', 'https://a b/', '__proto__', [null], [[]], {
      a: 1,
    }),
    fc.constantFrom<unknown>(
      '9999-12-31T23:59:59Z',
      '99999999999999h',
      'wiki.example.com',
      253402300799,
    ),
    fc.constantFrom<unknown>({ type: 'public' }, [{ type: 'public', uri: '' }], ['a'], {
      url: 'x',
    }),
    fc.string(),
    fc.jsonValue(),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), value, async (path, to) => {
      const changed = structuredClone(whole)
      change(changed, path, to)
      const answer = await ask('PUT', '/__access/state', changed)
      expect([200, 400]).toContain(answer.status)
      if (answer.status === 200) {
        expect(await failures()).toEqual([])
      }
      await emulator.control.putState({ body: whole })
      if (answer.status === 400) expect(await emulator.control.getState()).toEqual(whole)
    }),
    { numRuns: 40, seed: 8 },
  )
})

const json = { 'content-type': 'application/json' }

function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const url = path.startsWith('https:') ? path : `https://api.cloudflare.com${path}`
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const target = path.startsWith('/__access') ? `${emulator.url}${path}` : url
  const fetching = path.startsWith('/__access') ? fetch : emulator.fetch
  return fetching(target, { method, headers: { ...json, ...headers }, redirect: 'manual', ...sent })
}

function api(method: string, path: string, body?: unknown): Promise<Response> {
  const { id, api_token } = emulator.account
  const inAccount = path.startsWith('/') ? path : `/access/${path}`
  const base = path.startsWith('/zones') ? path : `/accounts/${id}${inAccount}`
  return ask(method, `/client/v4${base}`, body, { authorization: `Bearer ${api_token}` })
}

async function made(path: string, body: unknown): Promise<Record<string, string>> {
  const answer = await api('POST', path, body)
  const read = (await answer.json()) as { result: Record<string, string> }
  expect(answer.ok, JSON.stringify(read)).toBe(true)
  return read.result
}

/** A row in every table. */
async function furnished(): Promise<Record<string, string>> {
  const machine = await made('service_tokens', { name: 'machine' })
  const brief = await made('service_tokens', { name: 'brief' })
  await api('DELETE', `service_tokens/${brief.id}`)
  await made('tags', { name: 'tagged' })
  const group = await made('groups', {
    name: 'All',
    include: [{ email_domain: { domain: 'example.com' } }],
  })
  const policy = await made('policies', {
    ...{ name: 'Reusable', decision: 'allow', session_duration: '12h' },
    include: [
      { group: { id: group.id } },
      { ip: { ip: '10.0.0.0/8' } },
      { geo: { country_code: 'NL' } },
    ],
  })
  await made('identity_providers', {
    ...{ type: 'oidc', name: 'Theirs', scim_config: { enabled: true } },
    config: { client_id: 'a', client_secret: 'b', auth_url: 'https://a.example/' },
  })
  const fuzzed = await made('apps', {
    ...{ type: 'self_hosted', name: 'Fuzzed', domain: 'fuzzed.example.com', tags: ['tagged'] },
    ...{ cors_headers: { allow_all_origins: true }, custom_deny_url: 'https://a.example/' },
    destinations: [{ type: 'public', uri: 'fuzzed.example.com' }],
    policies: [
      { id: policy.id, precedence: 1 },
      {
        name: 'm',
        decision: 'non_identity',
        include: [{ service_token: { token_id: machine.id } }],
      },
    ],
  })
  await api('POST', `apps/${fuzzed.id}/ca`)
  await made('apps', {
    ...{ type: 'saas', name: 'SaaS' },
    saas_app: { auth_type: 'oidc', redirect_uris: ['https://a.example/'], scopes: ['openid'] },
  })
  const left = await made('apps', { type: 'self_hosted', name: 'Left', domain: 'left.example.com' })
  await api('DELETE', `apps/${left.id}`)
  await api('POST', 'keys/rotate')
  return {
    'cf-access-client-id': machine.client_id ?? '',
    'cf-access-client-secret': machine.client_secret ?? '',
  }
}

/** Every request to the API, the edge and the control API that got a 500. */
async function failures(): Promise<string[]> {
  const failed: string[] = []
  const note = async (what: string, asked: Promise<Response>) => {
    const answer = await asked
    const text = await answer.text()
    if (answer.status >= 500 && answer.status !== 501 && answer.status !== 530) {
      failed.push(`${what}: ${answer.status} ${text}`)
    }
    return text
  }
  const lists = creatables.filter(({ below }) => below === undefined)
  for (const { operations, scope, key = 'id' } of lists) {
    const { path } = operations.list
    const list = scope === 'zone' ? `/zones/${emulator.account.zones[0]?.id}${path}` : path
    const text = await note(path, api('GET', `${list}?per_page=50`))
    const rows = (JSON.parse(text) as { result: Record<string, string>[] | null }).result ?? []
    for (const row of rows) {
      const item = `${list}/${encodeURIComponent(row[key] ?? '')}`
      if (item.includes('%00')) continue
      await note(item, api('GET', item))
      if (operations === contract.applications) {
        await note(`${item}/policies`, api('GET', `${item}/policies`))
        await note(`${item} checks`, api('GET', `${item}/user_policy_checks?email=ada@example.com`))
      }
      if (operations === contract.serviceTokens) {
        await note(`${item}/rotate`, api('POST', `${item}/rotate`))
      }
    }
  }
  for (const path of ['organizations', 'keys', 'certificates', 'logs/access_requests']) {
    await note(path, api('GET', path))
  }
  const [zone] = whole.dns_records as { zone_id: string }[]
  await note('dns', api('GET', `/zones/${zone?.zone_id}/dns_records?order=name`))
  for (const host of ['fuzzed', 'wiki', 'machines', 'shop', 'left', 'a']) {
    const url = `https://${host}.example.com`
    for (const headers of [{}, pair, { cookie: `CF_Authorization=${jwt}` }]) {
      await note(`${url}/`, ask('GET', `${url}/`, undefined, headers))
      await note(
        `${url} get-identity`,
        ask('GET', `${url}/cdn-cgi/access/get-identity`, undefined, headers),
      )
    }
    await note(`${url} exchange`, ask('POST', `${url}/cdn-cgi/access/service/auth`, {}, pair))
    const answer = await ask('GET', `${url}/`)
    const login = answer.headers.get('location')
    if (login?.startsWith('https:')) await note(`${url} login`, ask('GET', login))
  }
  for (const path of ['certs', 'get-identity', 'logout']) {
    await note(path, ask('GET', `https://example-team.cloudflareaccess.com/cdn-cgi/access/${path}`))
  }
  for (const path of ['seed', 'journal', 'behaviours', 'modes', 'faults', 'state', 'clock']) {
    await note(path, ask('GET', `/__access/${path}`))
  }
  await note(
    'session',
    ask('POST', '/__access/sessions', { email: 'ada@example.com', application: 'Fuzzed' }),
  )
  const mode = '/__access/modes/token-wrong-secret'
  await note('mode', ask('PUT', mode, {}))
  await note('mode ended', ask('DELETE', mode))
  for (const { id } of whole.applications as { id: string }[]) {
    await note(`revoke ${id}`, api('POST', `apps/${id}/revoke_tokens`))
    await note(`delete ${id}`, api('DELETE', `apps/${id}`))
  }
  return failed
}

function pathsIn(value: unknown, at: Path = []): Path[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const below = inner.flatMap(([key, each]) =>
    pathsIn(each, [...at, Array.isArray(value) ? Number(key) : key]),
  )
  return at.length === 0 ? below : [at, ...below]
}

/** Undefined takes the value away. */
function change(within: unknown, path: Path, to: unknown): void {
  const [key = '', ...rest] = path
  const holder = within as Record<string | number, unknown>
  if (rest.length > 0) change(holder[key], rest, to)
  else if (to === undefined) delete holder[key]
  else holder[key] = to
}
