/** Advice is proven: each piece is carried out, by the API and by a request, and the edge then lets the request in. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import type { Profile } from '../../contracts/behaviours/table.ts'
import type { AdviceChange } from '../../contracts/control/advice.ts'
import { app, edgeWorld, everyone, pairs, policy, type Sending, type World } from './world.ts'

const names = { named: pairs.named, unnamed: pairs.unnamed, disabled: pairs.disabled } as const

const rule = fc.constantFrom<object>(
  { everyone: {} },
  { email: { email: 'ada@example.com' } },
  { email: { email: 'bob@example.com' } },
  { email_domain: { domain: 'example.com' } },
  { ip: { ip: '192.0.2.0/24' } },
  { ip: { ip: '127.0.0.0/8' } },
  { geo: { country_code: 'FR' } },
  { geo: { country_code: 'XX' } },
  { common_name: { common_name: 'laptop' } },
  { okta: { name: 'staff' } },
  { oidc: { claim_name: 'role', claim_value: 'ops' } },
  { service_token: { name: 'named' } },
  { service_token: { name: 'disabled' } },
  { any_valid_service_token: {} },
  { device_posture: { integration_uid: 'disk' } },
)
const few = fc.array(rule, { maxLength: 1 })
const policies = fc.array(
  fc.record({
    decision: fc.constantFrom('allow', 'allow', 'deny', 'non_identity', 'bypass'),
    include: fc.array(rule, { minLength: 1, maxLength: 2 }),
    require: few,
    exclude: few,
  }),
  { minLength: 1, maxLength: 3 },
)
const credentials = ['none', 'named', 'unnamed', 'disabled', 'wrong secret', 'ada'] as const
type Credential = (typeof credentials)[number]

/** What is sent, as far as advice changes it. */
interface Asked {
  readonly ip?: string
  readonly country?: string
  readonly commonName?: string
  readonly pair?: Sending['pair']
  readonly token?: string
}

function sendingOf({ ip, country, commonName, pair, token }: Asked): Sending {
  return {
    headers: {
      ...(ip && { 'access-emulator-client-ip': ip }),
      ...(country && { 'access-emulator-country': country }),
      ...(commonName && { 'access-emulator-certificate-common-name': commonName }),
    },
    ...(pair && { pair }),
    ...(token && { token }),
  }
}

async function askedWith(world: World, host: string, credential: Credential): Promise<Asked> {
  if (credential === 'none') return {}
  if (credential === 'wrong secret') return { pair: { ...pairs.named, client_secret: 'cfast_no' } }
  if (credential !== 'ada') return { pair: names[credential] }
  const body = { email: 'ada@example.com', application: host }
  const { application_token } = await world.emulator.control.createSession({ body })
  return application_token === null ? {} : { token: application_token }
}

/** Carries one change out, and gives what is sent from then on. */
async function carriedOut(
  world: World,
  host: string,
  asked: Asked,
  change: AdviceChange,
): Promise<Asked> {
  const params = { app_id: world.id(host) }
  switch (change.change) {
    case 'send_from':
      return { ...asked, ip: change.ip }
    case 'send_from_country':
      return { ...asked, country: change.country }
    case 'present_certificate':
      return { ...asked, commonName: change.common_name }
    case 'send_no_service_token': {
      const { pair: _, ...rest } = asked
      return rest
    }
    case 'send_service_token': {
      const row = world.emulator.account.service_tokens.find(({ id }) => id === change.token_id)
      const found = Object.values(pairs).find(({ client_id }) => client_id === row?.client_id)
      const { token: _, ...rest } = asked
      return { ...rest, ...(found && { pair: found }) }
    }
    case 'sign_in': {
      const { change: _, ...person } = change
      const { ip, country, commonName } = asked
      const place = {
        ...(ip && { ip }),
        ...(country && { country }),
        ...(commonName && { certificate: { common_name: commonName } }),
      }
      const body = { ...person, application: host, ...place }
      const { application_token } = await world.emulator.control.createSession({ body })
      const { pair: __, token: ___, ...rest } = asked
      return { ...rest, ...(application_token && { token: application_token }) }
    }
    case 'enable_service_token':
      await world.api(api.serviceTokens.replace, {
        params: { service_token_id: change.token_id },
        body: { enabled: true },
      })
      return asked
    case 'set_decision':
    case 'add_exclude': {
      const at = { ...params, policy_id: change.policy_id }
      const { name, decision, include, exclude, require, precedence } = await world.api(
        api.applicationPolicies.get,
        { params: at },
      )
      const body = {
        ...{ name, include, require, precedence },
        decision: change.change === 'set_decision' ? change.decision : decision,
        exclude: change.change === 'add_exclude' ? [...exclude, change.rule] : exclude,
      }
      await world.api(api.applicationPolicies.replace, { params: at, body })
      return asked
    }
    case 'remove_policy':
      await world.api(api.applicationPolicies.delete, {
        params: { ...params, policy_id: change.policy_id },
      })
      return asked
    case 'add_policy': {
      const { decision, include } = change
      await world.api(api.applicationPolicies.create, {
        params,
        body: { name: 'added', decision, include },
      })
      return asked
    }
    case 'unset_strict_service_token_auth':
      await world.api(api.organizations.patch, { body: { strict_service_token_auth: false } })
      return asked
    default:
      throw new Error(`nobody here can ${change.change}`)
  }
}

const person = (email: string, more: object = {}) =>
  ({ change: 'sign_in', email, ...more }) as AdviceChange
/** Every change of a request that could matter to the rules above. */
const singles: readonly AdviceChange[] = [
  ...['192.0.2.1', '127.0.0.1', '203.0.113.1'].map((ip) => ({ change: 'send_from', ip }) as const),
  ...['FR', 'XX', 'ZZ'].map((country) => ({ change: 'send_from_country', country }) as const),
  { change: 'present_certificate', common_name: 'laptop' },
  { change: 'send_no_service_token' },
  person('ada@example.com'),
  person('bob@example.com'),
  person('eve@elsewhere.example'),
  person('eve@elsewhere.example', { groups: ['staff'] }),
  person('eve@elsewhere.example', { claims: { role: 'ops' } }),
]

/** A change of the request that would have helped, though no advice was given. */
async function singleChange(world: World, host: string, asked: Asked) {
  const tokens = world.emulator.account.service_tokens
    .filter(({ client_id }) => client_id !== pairs.disabled.client_id)
    .map(({ id }) => ({ change: 'send_service_token', token_id: id }) as const)
  for (const change of [...singles, ...tokens]) {
    const now = await carriedOut(world, host, asked, change)
    if ((await world.send(host, sendingOf(now))).status === 200) return change
  }
  return undefined
}

const applications = Number(process.env.ADVICE_APPLICATIONS ?? 24)
const seed = Number(process.env.ADVICE_SEED ?? 20261126)

test.each<Profile>(['expected', 'observed', 'strict'])(
  'all advice on denials in profile %s lets the request in, and says what it opens',
  async (profile) => {
    const sets = fc.sample(policies, { numRuns: applications, seed })
    const hosts = sets.map((_, index) => `a${index}.example.com`)
    const world = await edgeWorld({
      profile,
      applications: sets.map((set, index) =>
        app(
          hosts[index] ?? '',
          set.map(({ decision, include, ...lists }, at) => ({
            ...policy(decision as 'allow', include, lists),
            name: `policy ${at}`,
          })),
        ),
      ),
    })
    const { control } = world.emulator
    const before = await control.getState()
    const counted = { denials: 0, advice: 0, silent: 0 }
    const wrong: unknown[] = []
    for (const [index, host] of hosts.entries()) {
      for (const credential of credentials) {
        const asked = await askedWith(world, host, credential)
        const { status, headers } = await world.send(host, sendingOf(asked))
        if (status === 200) continue
        const anonymous = (await world.send(host)).status
        const ray = String(headers['cf-ray'])
        const { advice } = await control.explain({ body: { ray } })
        counted.denials += 1
        counted.advice += advice.length
        if (advice.length === 0) {
          counted.silent += 1
          const missed = await singleChange(world, host, asked)
          if (missed !== undefined) wrong.push({ policies: sets[index], credential, missed })
        }
        for (const { says, changes, also_admits } of advice) {
          let now = asked
          for (const change of changes) now = await carriedOut(world, host, now, change)
          const after = (await world.send(host, sendingOf(now))).status
          const opened = (await world.send(host)).status === 200 && anonymous !== 200
          const isTold = also_admits?.endsWith('without credentials') === true
          if (after !== 200 || (opened && !isTold)) {
            wrong.push({ policies: sets[index], credential, says, after, opened })
          }
          await control.putState({ body: before })
        }
      }
    }
    expect(wrong).toEqual([])
    expect(counted.denials).toBeGreaterThan(applications)
    if (process.env.ADVICE_APPLICATIONS !== undefined) console.log(profile, counted)
  },
  600_000,
)

test('advice that would open the application to anyone is the last, marked, or not given', async () => {
  const world = await edgeWorld({
    profile: 'observed',
    applications: [
      app('a.example.com', [policy('allow', everyone)]),
      app('b.example.com', [
        policy('deny', everyone),
        policy('bypass', [{ geo: { country_code: 'FR' } }]),
      ]),
    ],
  })
  const adviceOn = async (host: string, sending: Sending) => {
    const { headers } = await world.send(host, sending)
    return world.emulator.control.explain({ body: { ray: String(headers['cf-ray']) } })
  }
  const { would_pass_if } = await adviceOn('a.example.com', { pair: pairs.named })
  expect(would_pass_if).toEqual([
    'sign in',
    'add a policy with the decision non_identity that includes the service token "named"',
  ])
  expect((await adviceOn('b.example.com', {})).would_pass_if).toEqual(['send the request from FR'])
})
