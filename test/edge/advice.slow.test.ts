/**
 * Advice works: each suggestion is carried out through the API and the request, and the edge then admits the request.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createApiClient } from '../../client/api/api.ts'
import { targetFrom } from '../../client/target/target.ts'
import type { Profile } from '../../contracts/behaviours/table.ts'
import { type AdviceChange, opensToClients } from '../../contracts/control/advice.ts'
import { carryOut, type Hands, placeHeaders, type Sent } from '../support/apply-advice.ts'
import {
  app,
  type EdgeFixture,
  edgeFixture,
  everyone,
  pairs,
  policy,
  type Sending,
} from './applications.ts'

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

function sendingOf(sent: Sent): Sending {
  const { pair, token } = sent
  return { headers: placeHeaders(sent), ...(pair && { pair }), ...(token && { token }) }
}

async function askedWith(edge: EdgeFixture, host: string, credential: Credential): Promise<Sent> {
  if (credential === 'none') return {}
  if (credential === 'wrong secret') return { pair: { ...pairs.named, client_secret: 'cfast_no' } }
  if (credential !== 'ada') return { pair: names[credential] }
  const body = { email: 'ada@example.com', application: host }
  const { application_token } = await edge.emulator.control.createSession({ body })
  return application_token === null ? {} : { token: application_token }
}

/** The reader of the advice has every pair of the edge. */
function handsOf({ emulator, id }: EdgeFixture, host: string): Hands {
  const { account, control } = emulator
  const { id: account_id, api_token: apiToken } = account
  const target = targetFrom({ target: 'live', fetch: emulator.fetch, env: {} })
  return {
    api: createApiClient({ target, account_id, apiToken, retries: 0, env: {} }),
    control,
    host,
    app_id: id(host),
    async pairOf(token_id) {
      const row = account.service_tokens.find((token) => token.id === token_id)
      const found = Object.values(pairs).find(({ client_id }) => client_id === row?.client_id)
      if (found === undefined) throw new Error(`the edge has no service token ${token_id}`)
      return found
    },
  }
}

const person = (email: string, more: object = {}) =>
  ({ change: 'sign_in', email, ...more }) as AdviceChange
/** Every change to a request that could matter to the rules above. */
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
async function singleChange(edge: EdgeFixture, host: string, asked: Sent) {
  const tokens = edge.emulator.account.service_tokens
    .filter(({ client_id }) => client_id !== pairs.disabled.client_id)
    .map(({ id }) => ({ change: 'send_service_token', token_id: id }) as const)
  for (const change of [...singles, ...tokens]) {
    const now = await carryOut(handsOf(edge, host), asked, [change])
    if ((await edge.send(host, sendingOf(now))).status === 200) return change
  }
  return undefined
}

const applications = Number(process.env.ADVICE_APPLICATIONS ?? 12)
const seed = Number(process.env.ADVICE_SEED ?? 20261126)

test.each<Profile>(['expected', 'observed', 'strict'])(
  'all advice on denials in profile %s lets the request in, and says what it opens',
  async (profile) => {
    const sets = fc.sample(policies, { numRuns: applications, seed })
    const hosts = sets.map((_, index) => `a${index}.example.com`)
    const edge = await edgeFixture({
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
    const { control } = edge.emulator
    const before = await control.getState()
    const counted = { denials: 0, advice: 0, silent: 0 }
    const wrong: unknown[] = []
    for (const [index, host] of hosts.entries()) {
      for (const credential of credentials) {
        const asked = await askedWith(edge, host, credential)
        const { status, headers } = await edge.send(host, sendingOf(asked))
        if (status === 200) continue
        const anonymous = (await edge.send(host)).status
        const ray = String(headers['cf-ray'])
        const { advice } = await control.explain({ body: { ray } })
        counted.denials += 1
        counted.advice += advice.length
        if (advice.length === 0) {
          counted.silent += 1
          const missed = await singleChange(edge, host, asked)
          if (missed !== undefined) wrong.push({ policies: sets[index], credential, missed })
        }
        for (const { says, changes, also_admits } of advice) {
          const now = await carryOut(handsOf(edge, host), asked, changes)
          const after = (await edge.send(host, sendingOf(now))).status
          const opened = (await edge.send(host)).status === 200 && anonymous !== 200
          const isTold = opensToClients({ also_admits })
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
  const edge = await edgeFixture({
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
    const { headers } = await edge.send(host, sending)
    return edge.emulator.control.explain({ body: { ray: String(headers['cf-ray']) } })
  }
  const { would_pass_if } = await adviceOn('a.example.com', { pair: pairs.named })
  expect(would_pass_if).toEqual([
    'sign in',
    'add a policy with the decision non_identity that includes the service token "named"',
  ])
  expect((await adviceOn('b.example.com', {})).would_pass_if).toEqual(['send the request from FR'])
})
