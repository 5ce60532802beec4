/** Plays scenarios on a real emulator: set up by its API, asked over HTTP at its edge. */
import { decodeJwt } from 'jose'
import type { SeedInput } from '../../../contracts/seed.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import {
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
  standing,
  tokenLife,
} from './model.ts'
import { type Answer, type Credentials, judge, signsIn } from './oracle.ts'

const host = 'app.example.com'
const id = '44444444-4444-4444-8444-444444444444'
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
      applications: [{ id, type: 'self_hosted', name: host, domain: host, policies: [] }],
    },
  ],
}

/** One question that both were asked, or a sign-in. */
export interface Compared {
  readonly request: Request | { readonly signIn: Person; readonly place: Place }
  /** How sure: the request was asked of `explain` too. */
  readonly oracle: Answer | 'refused'
  readonly emulator: Answer | 'refused' | `${number}`
  readonly explained?: string
}

export interface Stage {
  play(scenario: Scenario): Promise<Compared[]>
  readonly emulator: Emulator
}

export async function stage(profile: Profile): Promise<Stage> {
  const emulator = await createEmulator({ profile, seed, at: new Date(start).toISOString() })
  const account = emulator.account.id

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

  async function put({ policies, groups }: Setting, was?: Setting) {
    for (const [at, lists] of groups.entries()) {
      if (was !== undefined && was.groups[at] === lists) continue
      await api('PUT', `groups/${groupIds[at]}`, { name: `group ${at}`, ...lists })
    }
    if (was?.policies === policies) return
    await api('PUT', `apps/${id}`, {
      type: 'self_hosted',
      name: host,
      domain: host,
      policies: policies.map((policy, at) => ({ name: `policy ${at}`, ...policy })),
    })
  }

  async function ask(headers: Record<string, string>) {
    const answer = await emulator.fetch(`https://${host}/`, { redirect: 'manual', headers })
    const body = await answer.text()
    return { status: answer.status, body }
  }

  async function end({ ended, before, now }: Scenario) {
    if (ended === undefined) return
    const { machine, how } = ended
    const { id } = machines[machine]
    const used = names(before, machine) || names(now, machine)
    if (how === 'deleted' && !used) await api('DELETE', `service_tokens/${id}`)
    else await api('PUT', `service_tokens/${id}`, { enabled: false })
  }

  async function play(scenario: Scenario): Promise<Compared[]> {
    await emulator.reset()
    await put(scenario.before)
    const compared: Compared[] = []
    const people: (string | undefined)[] = []
    for (const { person, place } of scenario.people) {
      const { provider, groups, claims, email } = person
      const { application_token } = await emulator.control.createSession({
        body: {
          email,
          ...(groups && { groups: [...groups] }),
          ...(claims && { claims: { ...claims } }),
          identity_provider_id: providers[provider],
          application: host,
          ip: place.ip,
          country: place.country,
        },
      })
      people.push(application_token ?? undefined)
      compared.push({
        request: { signIn: person, place },
        oracle: signsIn(scenario.before, place, person) ? 'pass' : 'refused',
        emulator: application_token === null ? 'refused' : 'pass',
      })
    }
    const jwts: (string | undefined)[] = []
    for (const { machine, place } of scenario.machines) {
      const { status, body } = await ask({ ...placeHeaders(place), ...pairHeaders(machine) })
      jwts.push(status === 200 ? jwtOf(body, machine) : undefined)
    }
    await emulator.control.setClock({
      body: { at: new Date(start + scenario.passed * 1000).toISOString() },
    })
    if (scenario.changed) {
      for (const { person } of scenario.people) {
        await emulator.control.createSession({
          body: { email: person.email, groups: ['ops'], claims: { dept: 'ops' } },
        })
      }
    }
    await end(scenario)
    await put(scenario.now, scenario.before)
    const standingNow = standing(scenario)
    for (const [at, request] of scenario.requests.entries()) {
      const { place, pair, held, carrier } = request
      const token = held === undefined ? undefined : { people, machines: jwts }[held.of][held.at]
      // Nobody got this token: the request would be the one without.
      if (held !== undefined && token === undefined) continue
      const headers = {
        ...placeHeaders(place),
        ...pairHeaders(pair),
        ...(token === undefined ? {} : tokenHeaders(token, carrier)),
      }
      const credentials: Credentials = {
        pair,
        ...(standingNow.some((each) => each === pair) ? { pairOf: pair as Machine } : {}),
        ...(held === undefined || scenario.passed >= tokenLife
          ? {}
          : { held: holder(held, scenario) }),
      }
      const { status } = await ask(headers)
      const explained = at % 8 === 0 ? await explain(headers) : undefined
      compared.push({
        request,
        oracle: judge(scenario.now, place, credentials, profile),
        emulator: answerOf(status),
        ...(explained === undefined ? {} : { explained }),
      })
    }
    return compared
  }

  async function explain(headers: Record<string, string>) {
    const request = { url: `https://${host}/`, headers }
    const { verdict } = await emulator.control.explain({ body: { request } })
    return verdict
  }

  return { play, emulator }
}

function holder(
  { of, at }: NonNullable<Request['held']>,
  scenario: Scenario,
): NonNullable<Credentials['held']> {
  const person = scenario.people[at]?.person
  const machine = scenario.machines[at]?.machine
  if (of === 'people' && person !== undefined) return { person }
  if (of === 'machines' && machine !== undefined) return { machine }
  throw new Error(`nobody holds ${of} ${at}`)
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

function answerOf(status: number): Compared['emulator'] {
  if (status === 200) return 'pass'
  if (status === 302) return 'login'
  return status === 401 || status === 403 ? status : `${status}`
}
