/** A real emulator, set up through its API and queried over HTTP at its edge. */
import { decodeJwt } from 'jose'
import type { SeedInput } from '../../../contracts/control/seed.ts'
import { createEmulator } from '../../../emulator/index.ts'
import {
  applicationId,
  groupIds,
  type Machine,
  machines,
  names,
  type Person,
  type Place,
  type Profile,
  providers,
  type Request,
  type Scenario,
  type Setting,
} from './model.ts'
import type { Answer } from './oracle.ts'
import { wireTo } from './wire.ts'

const host = 'app.example.com'
const start = Date.parse('2026-11-24T10:00:00Z')
const apiToken = 'token-of-the-account'
const everyone = { include: [{ everyone: {} }] }

const pairOf = (machine: Machine) => ({
  client_id: `${machines[machine].digit.repeat(32)}.access`,
  client_secret: `cfast_${machines[machine].digit.repeat(48)}`,
})

const seed: SeedInput = {
  accounts: [
    {
      name: 'Oracle',
      api_token: apiToken,
      zones: [
        {
          name: 'example.com',
          dns_records: [{ type: 'AAAA', name: '*', content: '100::', proxied: true }],
        },
      ],
      organization: { name: 'Team', auth_domain: 'team.cloudflareaccess.com' },
      identity_providers: Object.entries(providers).map(([type, id]) => ({
        type: type as Person['provider'],
        name: type,
        config: {},
        id,
      })),
      service_tokens: (Object.keys(machines) as Machine[]).map((name) => {
        const { digit: _, ...more } = machines[name]
        return { name, ...more, ...pairOf(name) }
      }),
      groups: groupIds.map((id, at) => ({ id, name: `group ${at}`, ...everyone })),
      applications: [
        { id: applicationId, type: 'self_hosted', name: host, domain: host, policies: [] },
      ],
    },
  ],
}

export interface Tokens {
  readonly people: readonly (string | undefined)[]
  readonly machines: readonly (string | undefined)[]
}

export interface Asked {
  readonly request: Request
  readonly headers: Readonly<Record<string, string>>
  readonly answer: Answer | `${number}`
}

export interface Edge {
  /** Starts over, obtains a scenario's tokens, and lets time pass; `now` is applied later. */
  begin(scenario: Scenario): Promise<Tokens>
  put(setting: Setting): Promise<void>
  /** Skips requests with a token that was never issued. */
  ask(requests: readonly Request[], tokens: Tokens): Promise<Asked[]>
  explain(headers: Readonly<Record<string, string>>): Promise<string>
  close(): Promise<void>
}

export async function createEdge(profile: Profile): Promise<Edge> {
  const emulator = await createEmulator({ profile, seed, at: new Date(start).toISOString() })
  const { control } = emulator
  const account = emulator.account.id
  const wire = wireTo(emulator.port, host)
  let last: Setting | undefined

  async function api(method: string, path: string, body?: unknown) {
    const answer = await emulator.fetch(
      `${emulator.url}/client/v4/accounts/${account}/access/${path}`,
      {
        method,
        headers: {
          authorization: `Bearer ${apiToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
    )
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  }

  async function put(setting: Setting) {
    const { policies, groups } = setting
    for (const [at, lists] of groups.entries()) {
      if (last?.groups[at] === lists) continue
      await api('PUT', `groups/${groupIds[at]}`, { name: `group ${at}`, ...lists })
    }
    if (last?.policies !== policies) {
      await api('PUT', `apps/${applicationId}`, {
        type: 'self_hosted',
        name: host,
        domain: host,
        policies: policies.map((policy, at) => ({ name: `policy ${at}`, ...policy })),
      })
    }
    last = setting
  }

  /** The token, or undefined if the sign-in is refused. */
  async function signIn({ email, provider, groups, claims }: Person, { ip, country }: Place) {
    const { application_token } = await control.createSession({
      body: {
        email,
        ...(groups && { groups: [...groups] }),
        ...(claims && { claims: { ...claims } }),
        identity_provider_id: providers[provider],
        application: host,
        ip,
        country,
      },
    })
    return application_token ?? undefined
  }

  async function issue(machine: Machine, place: Place) {
    const headers = { ...placeHeaders(place), ...pairHeaders(machine) }
    const answer = await emulator.fetch(`https://${host}/`, { redirect: 'manual', headers })
    const body = await answer.text()
    return answer.status === 200 ? jwtOf(body, machine) : undefined
  }

  async function end({ ended, before, now }: Scenario) {
    if (ended === undefined) return
    const { machine, how } = ended
    const { id } = machines[machine]
    const used = names(before, machine) || names(now, machine)
    if (how === 'deleted' && !used) await api('DELETE', `service_tokens/${id}`)
    else await api('PUT', `service_tokens/${id}`, { enabled: false })
  }

  async function begin(scenario: Scenario): Promise<Tokens> {
    await emulator.reset()
    last = undefined
    await put(scenario.before)
    const tokens = { people: [], machines: [] } as Record<keyof Tokens, (string | undefined)[]>
    for (const { person, place } of scenario.people) {
      tokens.people.push(await signIn(person, place))
    }
    for (const { machine, place } of scenario.machines) {
      tokens.machines.push(await issue(machine, place))
    }
    await control.setClock({ body: { at: new Date(start + scenario.passed * 1000).toISOString() } })
    if (scenario.changed) {
      for (const { person } of scenario.people) {
        const body = { email: person.email, groups: ['ops'], claims: { dept: 'ops' } }
        await control.createSession({ body })
      }
    }
    await end(scenario)
    return tokens
  }

  async function ask(requests: readonly Request[], tokens: Tokens): Promise<Asked[]> {
    const asked = requests.flatMap((request) => {
      const { place, pair, held, carrier } = request
      const token = held === undefined ? undefined : tokens[held.of][held.at]
      if (held !== undefined && token === undefined) return []
      const ofToken = token === undefined ? {} : tokenHeaders(token, carrier)
      return [{ request, headers: { ...placeHeaders(place), ...pairHeaders(pair), ...ofToken } }]
    })
    const statuses = await wire.statuses(asked.map(({ headers }) => headers))
    return asked.map((each, at) => ({ ...each, answer: answerOf(statuses[at] ?? 0) }))
  }

  async function explain(headers: Readonly<Record<string, string>>) {
    const request = { url: `https://${host}/`, headers: { ...headers } }
    return (await control.explain({ body: { request } })).verdict
  }

  async function close() {
    wire.close()
    await emulator.close()
  }

  return { begin, put, ask, explain, close }
}

function jwtOf(body: string, machine: Machine): string | undefined {
  const { headers } = JSON.parse(body) as { headers: Record<string, string> }
  const token = headers['cf-access-jwt-assertion']
  if (token === undefined) return undefined
  const { common_name } = decodeJwt(token)
  return common_name === pairOf(machine).client_id ? token : undefined
}

const placeHeaders = ({ ip, country, certificate }: Place) => ({
  'access-emulator-client-ip': ip,
  'access-emulator-country': country,
  ...(certificate === undefined ? {} : { 'access-emulator-certificate-common-name': certificate }),
})

function pairHeaders(pair: Request['pair']): Record<string, string> {
  if (pair === undefined) return {}
  const { client_id, client_secret } = pairOf(pair === 'wrong' || pair === 'half' ? 'A' : pair)
  if (pair === 'half') return { 'cf-access-client-id': client_id }
  const secret = pair === 'wrong' ? pairOf('B').client_secret : client_secret
  return { 'cf-access-client-id': client_id, 'cf-access-client-secret': secret }
}

function tokenHeaders(token: string, carrier: Request['carrier']): Record<string, string> {
  if (carrier === 'cookie') return { cookie: `CF_Authorization=${token}` }
  return { [carrier]: token }
}

function answerOf(status: number): Asked['answer'] {
  if (status === 200) return 'pass'
  if (status === 302) return 'login'
  return status === 401 || status === 403 ? status : `${status}`
}
