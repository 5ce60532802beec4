/** An emulator with the applications M, T and P of the edge's table and any a test adds, spoken to in raw HTTP. */
import { once } from 'node:events'
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { decodeJwt, type JWTPayload } from 'jose'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { api as operations, pathsOf } from '../../contracts/api/operations.ts'
import type { SeedInput } from '../../contracts/control/seed.ts'
import type { JournalEntry } from '../../contracts/control/shapes.ts'
import type { Endpoint, ResultOf } from '../../contracts/declaration/endpoint.ts'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'

type SeedAccountInput = SeedInput['accounts'][number]
export type ApplicationInput = NonNullable<SeedAccountInput['applications']>[number]
type PolicyInput = NonNullable<ApplicationInput['policies']>[number]

/** The time of the frozen clock until a test moves it. */
export const start = '2026-11-24T10:00:00Z'
export const startSeconds = Date.parse(start) / 1000
export const team = 'team.cloudflareaccess.com'

const pairOf = (digit: string) => ({
  client_id: `${digit.repeat(32)}.access`,
  client_secret: `cfast_${digit.repeat(48)}`,
})
/** Service tokens: `named` is the one that M, T and P include. */
export const pairs = {
  named: pairOf('1'),
  unnamed: pairOf('2'),
  disabled: pairOf('3'),
  short: pairOf('4'),
} as const
export type Pair = { readonly client_id: string; readonly client_secret: string }

export const everyone = [{ everyone: {} }]
export const theNamed = [{ service_token: { name: 'named' } }]

export function policy(
  decision: 'allow' | 'deny' | 'bypass' | 'non_identity',
  include: readonly object[],
  more: Readonly<Record<string, unknown>> = {},
): PolicyInput {
  return { name: decision, decision, include, ...more } as PolicyInput
}

export function app(
  domain: string,
  policies: PolicyInput[],
  more: Partial<ApplicationInput> = {},
): ApplicationInput {
  return { type: 'self_hosted', name: domain, domain, policies, ...more }
}

export const people = policy('allow', [{ email_domain: { domain: 'example.com' } }])
const machines = policy('non_identity', theNamed)

export const hosts = { M: 'm.example.com', T: 't.example.com', P: 'p.example.com' } as const

export interface Sending {
  readonly method?: string
  /** As it stands on the request line. */
  readonly path?: string
  /** A list of names and values, where a header is sent twice. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[]
  readonly body?: string
  readonly pair?: Pair
  readonly token?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly cookies: readonly string[]
  readonly text: string
  /** What the built-in origin received. */
  readonly echo: {
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly claims: JWTPayload | null
  }
}

export interface ApiInput {
  readonly params?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface EdgeFixture {
  readonly emulator: Emulator
  send(host: string, sending?: Sending): Promise<Answer>
  /** The response to one API operation, successful or not. */
  call(endpoint: Endpoint, input?: ApiInput): Promise<Answer>
  /** The result of a successful operation. */
  api<E extends Endpoint>(endpoint: E, input?: ApiInput): Promise<ResultOf<E>>
  /** Replaces the settings of an application; its policies stay, unless others are given. */
  change(domain: string, settings: object): Promise<unknown>
  /** The newest entry of the journal, of those that the query selects. */
  lastEntry(query?: Readonly<Record<string, string>>): Promise<JournalEntry>
  /** The reasons in the trail of that entry. */
  lastReasons(query?: Readonly<Record<string, string>>): Promise<readonly string[]>
  aud(domain: string): string
  id(domain: string): string
  /** A JWT issued for the pair, as the origin received it. */
  tokenFor(host: string, pair?: Pair): Promise<string>
  signIn(email: string, domain: string): Promise<string>
  advance(seconds: number): Promise<void>
}

interface SeedOptions {
  readonly applications?: readonly ApplicationInput[]
  /** Names of tags. */
  readonly tags?: readonly string[]
  /** Accounts in addition to the first, on which the API calls operate. */
  readonly otherAccounts?: readonly SeedAccountInput[]
}

export interface EdgeOptions extends EmulatorOptions, SeedOptions {
  readonly keep?: boolean
}

export function edgeSeed({
  applications = [],
  tags = [],
  otherAccounts = [],
}: SeedOptions = {}): SeedInput {
  return {
    accounts: [
      {
        name: 'Edge',
        api_token: 'token-of-the-edge-account',
        zones: [
          {
            name: 'example.com',
            dns_records: [{ type: 'AAAA', name: '*', content: '100::', proxied: true }],
          },
        ],
        organization: { name: 'Team', auth_domain: team },
        tags: tags.map((name) => ({ name })),
        identity_providers: [{ type: 'onetimepin', name: 'One-time PIN', config: {} }],
        service_tokens: [
          { name: 'named', ...pairs.named },
          { name: 'unnamed', ...pairs.unnamed },
          { name: 'disabled', enabled: false, ...pairs.disabled },
          { name: 'short', duration: '1h', ...pairs.short },
        ],
        applications: [
          app(hosts.M, [machines]),
          app(hosts.T, [policy('allow', theNamed)]),
          app(hosts.P, [machines, people]),
          ...applications,
        ],
      },
      ...otherAccounts,
    ],
  }
}

/** Closed when the test ends, or by `emulator.close()` if `keep` is set. */
export async function edgeFixture({
  applications,
  tags,
  otherAccounts,
  keep = false,
  ...options
}: EdgeOptions = {}): Promise<EdgeFixture> {
  const seed = edgeSeed({
    ...(applications && { applications }),
    ...(tags && { tags }),
    ...(otherAccounts && { otherAccounts }),
  })
  const emulator = await createEmulator({ seed, at: start, ...options })
  if (!keep) onTestFinished(() => emulator.close())
  const { account } = emulator
  const row = (domain: string) => {
    const found = account.applications.find((each) => each.domain === domain)
    if (found === undefined) throw new Error(`the world has no application ${domain}`)
    return found
  }
  const send = (host: string, sending: Sending = {}) => request(emulator.port, host, sending)
  const call: EdgeFixture['call'] = (endpoint, { params, body } = {}) => {
    const names: Readonly<Record<string, string>> = { account_id: account.id, ...params }
    const path = (pathsOf(endpoint)[0] ?? '').replaceAll(
      /\{(\w+)\}/g,
      (_, name: string) => names[name] ?? '',
    )
    return send('api.cloudflare.com', {
      method: endpoint.method,
      path: `/client/v4${path}`,
      headers: { authorization: `Bearer ${account.api_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
  const api: EdgeFixture['api'] = async (endpoint, input) => {
    const answer = await call(endpoint, input)
    if (answer.status !== endpoint.status) throw new Error(`${endpoint.id}: ${answer.text}`)
    return (JSON.parse(answer.text) as { result: ResultOf<typeof endpoint> }).result
  }
  const lastEntry: EdgeFixture['lastEntry'] = async (query = {}) => {
    const entry = (await emulator.control.readJournal({ query })).result.at(-1)
    if (entry === undefined) throw new Error(`the journal has nothing of ${JSON.stringify(query)}`)
    return entry
  }
  return {
    emulator,
    send,
    api,
    change: (domain, settings) =>
      api(operations.applications.replace, {
        params: { app_id: row(domain).id },
        body: { type: 'self_hosted', name: domain, domain, ...settings },
      }),
    lastEntry,
    lastReasons: async (query) => (await lastEntry(query)).trail.map(({ reason }) => reason),
    aud: (domain) => row(domain).aud,
    id: (domain) => row(domain).id,
    call,
    async tokenFor(host, pair = pairs.named) {
      const { status, echo } = await send(host, { pair })
      const token = status === 200 ? echo.headers['cf-access-jwt-assertion'] : undefined
      if (token === undefined) throw new Error(`${host} gave no token: ${status}`)
      return token
    },
    async signIn(email, domain) {
      const body = { email, application: row(domain).id }
      const { application_token } = await emulator.control.createSession({ body })
      if (application_token === null) throw new Error(`${email} was not let in at ${domain}`)
      return application_token
    },
    async advance(seconds) {
      await emulator.control.setClock({ body: { advance: seconds } })
    },
  }
}

/** One edge for all tests of a file or of a `describe`: for rows of requests that change nothing. */
export function sharedEdge(
  options: EdgeOptions = {},
  make: (options: EdgeOptions) => Promise<EdgeFixture> = edgeFixture,
): () => EdgeFixture {
  let edge: EdgeFixture | undefined
  beforeAll(async () => {
    edge = await make({ ...options, keep: true })
  })
  afterAll(() => edge?.emulator.close())
  return () => {
    if (edge === undefined) throw new Error('the tests have not begun')
    return edge
  }
}

async function request(
  port: number,
  host: string,
  { method = 'GET', path = '/', headers = {}, body, pair, token }: Sending,
): Promise<Answer> {
  const given = isList(headers) ? [...headers] : Object.entries(headers).flat()
  const outgoing = http.request({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    headers: [
      'Host',
      host,
      ...(method === 'GET' || method === 'HEAD'
        ? []
        : ['Content-Length', String(Buffer.byteLength(body ?? ''))]),
      ...(pair === undefined
        ? []
        : ['CF-Access-Client-Id', pair.client_id, 'CF-Access-Client-Secret', pair.client_secret]),
      ...(token === undefined ? [] : ['Cookie', `CF_Authorization=${token}`]),
      ...given,
    ],
  })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  const said = await text(incoming)
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    cookies: incoming.headers['set-cookie'] ?? [],
    text: said,
    get echo() {
      return JSON.parse(said) as Answer['echo']
    },
  }
}

function isList(headers: NonNullable<Sending['headers']>): headers is readonly string[] {
  return Array.isArray(headers)
}

/** The parts of a login redirect. */
export function loginOf({ headers }: Pick<Answer, 'headers'>) {
  const location = new URL(headers.location ?? 'none:')
  const parameters = location.searchParams
  return {
    page: location.origin + location.pathname,
    order: [...parameters.keys()].join(),
    kid: parameters.get('kid'),
    redirect_url: parameters.get('redirect_url'),
    meta: decodeJwt(parameters.get('meta') ?? ''),
  }
}
