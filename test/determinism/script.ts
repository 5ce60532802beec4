/** A long script of requests to every surface and the bytes returned, the same for every emulator. */
import { type Asked, openWire, type WireAnswer } from '../support/wire.ts'

export interface Recorded extends WireAnswer {
  /** The request, for readers of a diff. */
  readonly label: string
}

export interface Target {
  readonly url: string
  readonly account_id: string | null
  readonly api_token: string | null
}

/** Both runs must send exactly this many requests. */
export async function runScript(target: Target): Promise<Recorded[]> {
  const recorded: Recorded[] = []
  const wire = openWire(target.url)
  const send = async (asked: Asked): Promise<WireAnswer> => {
    const answer = await wire.send(asked)
    const label = `${recorded.length + 1}. ${asked.method ?? 'GET'} ${asked.host}${asked.path}`
    recorded.push({ ...answer, label })
    return answer
  }
  const speak = speaker(send, target)
  await exchangesAndGate(speak)
  for (let round = 1; round <= 4; round += 1) await apiLifeCycle(speak, round)
  await apiErrors(speak)
  await controlCalls(speak)
  await oddRequests(speak)
  await exchangesAndGate(speak)
  wire.close()
  return recorded
}

type Pairs = readonly (readonly [string, string])[]
interface Sent {
  readonly headers?: Pairs
  readonly body?: unknown
}

function speaker(send: (asked: Asked) => Promise<WireAnswer>, target: Target) {
  const json = (body: unknown): Pick<Asked, 'body'> =>
    body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
  const type: Pairs = [['content-type', 'application/json']]
  const credentials: Pairs = [['authorization', `Bearer ${target.api_token}`]]
  return {
    send,
    /** Below the account of the API. */
    api: (method: string, path: string, { headers = credentials, body }: Sent = {}) =>
      send({
        method,
        host: 'api.cloudflare.com',
        path: `/client/v4/accounts/${target.account_id}${path}`,
        headers: [...headers, ...(body === undefined ? [] : type)],
        ...json(body),
      }),
    /** Anywhere on the API's name. */
    root: (method: string, path: string, { headers = credentials, body }: Sent = {}) =>
      send({ method, host: 'api.cloudflare.com', path, headers, ...json(body) }),
    control: (method: string, path: string, body?: unknown) =>
      send({ method, host: 'localhost', path: `/__access${path}`, headers: type, ...json(body) }),
    host: (host: string, path: string, headers: Pairs = [], method = 'GET', body?: string) =>
      send({ method, host, path, headers, ...(body === undefined ? {} : { body }) }),
  }
}

type Speak = ReturnType<typeof speaker>

function bodyOf<T>({ body }: WireAnswer): T {
  return JSON.parse(body.toString()) as T
}

const machines = 'machines.example.com'
const wiki = 'wiki.example.com'
const team = 'example-team.cloudflareaccess.com'
const exchange = '/cdn-cgi/access/service/auth'

interface SeedShown {
  readonly accounts: readonly {
    readonly applications: readonly { readonly aud: string }[]
    readonly service_tokens: readonly {
      readonly client_id: string
      readonly client_secret: string
    }[]
  }[]
}

/** 44 requests. */
async function exchangesAndGate({ host, control }: Speak): Promise<void> {
  const [account] = bodyOf<SeedShown>(await control('GET', '/seed')).accounts
  const [good, unnamed] = (account?.service_tokens ?? []).map(
    ({ client_id, client_secret }): Pairs => [
      ['CF-Access-Client-Id', client_id],
      ['CF-Access-Client-Secret', client_secret],
    ],
  )
  const wrong: Pairs = [
    ['CF-Access-Client-Id', 'a.access'],
    ['CF-Access-Client-Secret', 'b'],
  ]
  const aud = account?.applications[0]?.aud ?? ''
  const exchanged = await host(machines, exchange, good, 'POST')
  const { token } = bodyOf<{ token: string }>(exchanged)
  await host(team, `${exchange}?aud=${aud}`, good, 'POST')
  await host(team, exchange, good, 'POST')
  await host(machines, exchange, good, 'POST', JSON.stringify({ aud }))
  await host(machines, exchange, good, 'POST', '{"aud":"0"}')
  await host(machines, exchange, good, 'POST', 'no json')
  await host(wiki, exchange, good, 'POST', JSON.stringify({ aud }))
  await host(machines, exchange, wrong, 'POST')
  await host(machines, exchange, unnamed, 'POST')
  await host(machines, exchange, [], 'POST')
  await host(machines, exchange)
  for (const name of [machines, wiki, 'shop.example.com', 'open.example.com']) {
    await host(name, '/admin?a=1')
    await host(name, '/admin', good)
    await host(name, '/admin', wrong)
  }
  await host(machines, '/', unnamed)
  await host(machines, '/', [['accept', 'application/json']])
  await host(machines, '/', [['cf-access-token', token]])
  await host(machines, '/', [['cf-access-jwt-assertion', token]])
  await host(machines, '/', [['cookie', `CF_Authorization=${token}`]])
  await host(machines, '/', [['authorization', `Bearer ${token}`]])
  await host(machines, '/upload', good, 'POST', 'a body')
  await host(machines, '/', good, 'HEAD')
  await host(wiki, '/', [['x-requested-with', 'XMLHttpRequest']])
  await host(wiki, '/', [['access-control-request-method', 'PUT']], 'OPTIONS')
  await host(wiki, '/%zz')
  for (const name of [team, machines]) await host(name, '/cdn-cgi/access/certs')
  await host(wiki, '/cdn-cgi/access/get-identity', [['cookie', `CF_Authorization=${token}`]])
  await host(wiki, '/cdn-cgi/access/get-identity')
  await host(wiki, '/cdn-cgi/access/logout')
  await host(wiki, '/.well-known/cloudflare-access-protected-resource')
  await host(wiki, '/cdn-cgi/access/nothing')
  await host(team, '/')
  await host('nobody.cloudflareaccess.com', '/cdn-cgi/access/certs')
  await host('elsewhere.test', '/')
}

/** 20 requests. */
async function apiLifeCycle({ api }: Speak, round: number): Promise<void> {
  const idOf = (answer: WireAnswer) => bodyOf<{ result: { id: string } }>(answer).result.id
  const tokens = '/access/service_tokens'
  const token = idOf(await api('POST', tokens, { body: { name: 'robot', duration: '24h' } }))
  await api('GET', `${tokens}?per_page=2&page=${round}`)
  await api('POST', `${tokens}/${token}/rotate`, {
    body: { previous_client_secret_expires_at: '2026-11-25T00:00:00Z' },
  })
  await api('PUT', `${tokens}/${token}`, { body: { name: `robot ${round}` } })
  await api('POST', '/access/tags', { body: { name: `tag ${round}` } })
  const include = [{ service_token: { token_id: token } }]
  const group = idOf(await api('POST', '/access/groups', { body: { name: 'robots', include } }))
  const policy = idOf(
    await api('POST', '/access/policies', {
      body: { name: 'robots', decision: 'non_identity', include: [{ group: { id: group } }] },
    }),
  )
  const app = idOf(
    await api('POST', '/access/apps', {
      body: {
        type: 'self_hosted',
        name: `Round ${round}`,
        domain: `round-${round}.example.com`,
        tags: [`tag ${round}`],
        policies: [{ id: policy, precedence: 1 }],
      },
    }),
  )
  await api('GET', '/access/apps')
  await api('GET', `/access/apps/${app}`)
  await api('PUT', `/access/apps/${app}`, {
    body: { type: 'self_hosted', name: 'Changed', domain: `round-${round}.example.com` },
  })
  await api('POST', `/access/apps/${app}/policies`, {
    body: { name: 'own', decision: 'allow', include: [{ everyone: {} }] },
  })
  await api('GET', `/access/apps/${app}/policies`)
  await api('POST', `/access/apps/${app}/revoke_tokens`)
  await api('DELETE', `${tokens}/${token}`)
  if (round % 2 === 0) await api('DELETE', `/access/apps/${app}`)
  else await api('GET', '/access/organizations')
  await api('POST', '/access/keys/rotate')
  await api('GET', '/access/keys')
  await api('GET', '/access/identity_providers')
  await api('GET', '/access/logs/access_requests')
}

/** 16 requests. */
async function apiErrors({ api, root }: Speak): Promise<void> {
  await root('GET', '/client/v4/user/tokens/verify')
  await root('GET', '/client/v4/accounts')
  await root('GET', '/client/v4/zones')
  await root('GET', '/client/v4/nothing')
  await root('GET', '/client/v4/%zz')
  await root('GET', '/elsewhere')
  await api('GET', '/access/apps', { headers: [] })
  await api('GET', '/access/apps', {
    headers: [['authorization', 'Bearer wrong-token-wrong-token']],
  })
  await api('GET', '/access/apps', { headers: [['authorization', 'Basic eA==']] })
  await api('GET', '/access/apps/00000000-0000-4000-8000-000000000000')
  await api('PATCH', '/access/tags')
  await api('GET', '/workers/scripts')
  await api('POST', '/access/apps', { body: '{"name":' })
  await api('POST', '/access/apps', { body: { type: 'self_hosted', domain: 7 } })
  await api('POST', '/access/apps', { body: `"${'x'.repeat(1_100_000)}"` })
  await root('POST', '/client/v4/accounts', { body: 'plain' })
}

/** 30 requests. */
async function controlCalls({ control, host, send }: Speak): Promise<void> {
  const login = await host(wiki, '/page')
  const ray = login.header('cf-ray')
  await control('GET', '/health')
  await control('GET', '/clock')
  await control('PUT', '/clock', { advance: 60 })
  await control('PUT', '/clock', { at: 'soon' })
  await control('PUT', '/behaviours', { 'cookie.service_token_http_only': null })
  await control('PUT', '/behaviours', { 'no.such': true })
  await control('GET', '/behaviours')
  await control('PUT', '/faults', [
    { at: 'gate', effect: { kind: 'status', status: 503, headers: {}, body: 'down' }, times: 1 },
  ])
  await host(machines, '/')
  await control('GET', '/faults')
  await control('DELETE', '/faults')
  await control('GET', '/journal')
  await control('GET', `/journal?ray=${ray}`)
  await control('POST', '/explain', { ray })
  await control('POST', '/explain', {
    request: { method: 'GET', url: `https://${machines}/`, headers: {} },
  })
  const person = { email: 'ann@example.com', application: wiki }
  const session = await control('POST', '/sessions', person)
  const { cookie } = bodyOf<{ cookie: string }>(session)
  await host(wiki, '/', [['cookie', cookie]])
  await host(wiki, '/cdn-cgi/access/get-identity', [['cookie', cookie]])
  await control('GET', '/modes')
  await control('PUT', '/modes/no-such-mode', {})
  const made = bodyOf<{ id: string }>(await control('POST', '/accounts', { name: 'Second' }))
  await control('POST', '/accounts', { name: 'Second' })
  await host('any.second.test', '/')
  await control('GET', `/state?account=${made.id}`)
  await control('DELETE', `/accounts?account=${made.id}`)
  await control('GET', '/state')
  await control('GET', '/openapi.json')
  await control('GET', '/nothing')
  await control('PUT', '/clock', 'no json')
  await send({
    method: 'POST',
    host: 'localhost',
    path: '/__access/reset',
    headers: [['origin', 'https://evil.example']],
  })
}

/** 5 requests that Node would answer by itself, with the wall clock's date. */
async function oddRequests({ send }: Speak): Promise<void> {
  await send({ host: '', path: '/' })
  await send({ host: machines, path: '/', headers: [['expect', 'wonders']] })
  await send({
    host: machines,
    path: '/',
    headers: [
      ['connection', 'Upgrade'],
      ['upgrade', 'websocket'],
    ],
  })
  await send({ method: 'BAD METHOD', host: machines, path: '/' })
  await send({ host: machines, path: '/', headers: [['x-large', 'x'.repeat(140_000)]] })
}
