/**
 * A situation for the doctor, made by API calls alone: an application, its policies, a service token, and the time that
 * passes.
 */
import { type ApiClient, createApiClient } from '../../../client/api/api.ts'
import { type Target, targetFrom } from '../../../client/target/target.ts'
import type { ApplicationBody } from '../../../contracts/api/applications.ts'
import type { Decision } from '../../../contracts/api/policies.ts'
import type { Rule } from '../../../contracts/api/rules.ts'
import type { ServiceTokenWithSecret } from '../../../contracts/api/service-tokens.ts'
import type { Profile } from '../../../contracts/behaviours/table.ts'
import type { Emulator } from '../../../emulator/index.ts'

export interface Pair {
  readonly client_id?: string
  readonly client_secret?: string
}

/** A request that the client sends; the doctor receives it with its response. */
export interface Request {
  readonly method?: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly redirect?: 'follow'
  /** Replaces the response, for origins we cannot run here. */
  readonly answered?: {
    readonly status: number
    readonly body: string
    readonly answer?: readonly (readonly [name: string, value: string])[]
  }
}

/** What the doctor receives. */
export interface Situation {
  readonly url: string
  readonly pair?: Pair | undefined
  readonly aud?: string | undefined
  readonly team?: string | undefined
  readonly account_id?: string
  readonly api_token?: string
  readonly timeoutMs?: number
  /** Default: all. */
  readonly inputs?: readonly ('edge' | 'api' | 'exchange')[]
  /** Default: GET on the URL with the pair. */
  readonly observed?: readonly Request[]
}

export interface PolicyWords {
  readonly decision: Decision
  readonly include: readonly Rule[]
  readonly require?: readonly Rule[]
  readonly exclude?: readonly Rule[]
}

export interface Fixture {
  readonly emulator: Emulator
  readonly profile: Profile
  readonly api: ApiClient
  readonly target: Target
  readonly zone: string
  readonly zone_id: string
  readonly team: string
  /** A host of the zone that is still unused. */
  readonly host: string
  /** Creates DNS records for `host` and every name below it: without an application, names need one to answer. */
  record(): Promise<void>
  token(body?: Readonly<Record<string, unknown>>): Promise<ServiceTokenWithSecret>
  /** The pair of a token created by this fixture. */
  pairOf(token_id: string): ServiceTokenWithSecret | undefined
  /** Creates an application on `host`; `policies` in order. */
  application(
    policies: readonly PolicyWords[],
    fields?: Partial<ApplicationBody>,
  ): Promise<Awaited<ReturnType<ApiClient['applications']['create']>>>
  /** Lets time pass. */
  pass(seconds: number): Promise<void>
  /** The application token that the pair gets, or that the origin receives. */
  tokenFor(url: string, pair: Pair): Promise<string>
}

/** An address range that no client has. */
export const elsewhere: Rule = { ip: { ip: '192.0.2.0/24' } }
export const anyAddress: readonly Rule[] = [{ ip: { ip: '0.0.0.0/0' } }, { ip: { ip: '::/0' } }]
export const people: PolicyWords = {
  decision: 'allow',
  include: [{ email_domain: { domain: 'example.com' } }],
}

export function serviceAuth({ id }: { readonly id: string }): PolicyWords {
  return { decision: 'non_identity', include: [{ service_token: { token_id: id } }] }
}

export function pairHeaders({ client_id, client_secret }: Pair): Record<string, string> {
  return {
    ...(client_id === undefined ? {} : { 'CF-Access-Client-Id': client_id }),
    ...(client_secret === undefined ? {} : { 'CF-Access-Client-Secret': client_secret }),
  }
}

export function doctorFixture(emulator: Emulator, profile: Profile): Fixture {
  const { account } = emulator
  const [zone] = account.zones
  if (zone === undefined) throw new Error('the seed has no zone')
  const target = targetFrom({ target: 'live', fetch: emulator.fetch, env: {} })
  const api = createApiClient({
    target,
    account_id: account.id,
    apiToken: account.api_token,
    retries: 0,
    env: {},
  })
  const host = `patient.${zone.name}`
  const made = new Map<string, ServiceTokenWithSecret>()
  return {
    emulator,
    profile,
    api,
    target,
    zone: zone.name,
    zone_id: zone.id,
    team: account.auth_domain,
    host,
    async record() {
      const { api_token: apiToken } = account
      const inZone = createApiClient({ target, zone_id: zone.id, apiToken, retries: 0, env: {} })
      for (const name of [host, `*.${host}`]) {
        const body = { type: 'AAAA', name, content: '100::', proxied: true } as const
        await inZone.dnsRecords.create({ body })
      }
    },
    async token(body = {}) {
      const token = await api.serviceTokens.create({ body: { name: 'patient', ...body } })
      made.set(token.id, token)
      return token
    },
    pairOf: (token_id) => made.get(token_id),
    application: (policies, fields = {}) =>
      api.applications.create({
        body: {
          type: 'self_hosted',
          name: 'Patient',
          domain: host,
          ...fields,
          policies: policies.map((words, index) => ({
            name: `policy ${index + 1}`,
            decision: words.decision,
            include: [...words.include],
            require: [...(words.require ?? [])],
            exclude: [...(words.exclude ?? [])],
          })),
        },
      }),
    async pass(seconds) {
      await emulator.control.setClock({ body: { advance: seconds } })
    },
    async tokenFor(url, pair) {
      const answer = await emulator.fetch(url, { headers: pairHeaders(pair), redirect: 'manual' })
      const cookie = /CF_Authorization=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1]
      if (cookie !== undefined) return cookie
      const echo: unknown = await answer.json()
      const shown = /"cf-access-jwt-assertion":"([^"]+)"/.exec(JSON.stringify(echo))?.[1]
      if (shown === undefined) throw new Error(`${url} showed no token: ${answer.status}`)
      return shown
    },
  }
}

/** The same connection, as a target that the client knows to be an emulator. */
export function targetOf({ target }: Pick<Fixture, 'target'>): Target {
  return { ...target, name: 'emulator' }
}

/** Undefined if this profile needs the mode switch. */
export type SituationMaker = (fixture: Fixture) => Promise<Situation | undefined>

export const wrong = 'cfast_wrongSecretThatNobodyHasGivenOut00000000000000000'

/** An application that lets the pair in, and people too if requested. */
export async function good(fixture: Fixture, { withPeople = false } = {}) {
  const pair = await fixture.token()
  const policies = [serviceAuth(pair), ...(withPeople ? [people] : [])]
  const application = await fixture.application(policies)
  return { pair, application, url: `https://${fixture.host}/` }
}
