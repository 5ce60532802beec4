/**
 * Live, no fix can be tried. If the account was read, the suggested fix must still be enough, and open nothing to
 * others.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { examine } from './matrix.ts'
import {
  anyAddress,
  doctorFixture,
  type Fixture,
  type PolicyWords,
  pairHeaders,
  people,
  serviceAuth,
} from './situation.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example', profile: 'observed' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

interface Told {
  readonly fixture: Fixture
  readonly app_id: string
  readonly pair: { readonly id: string; readonly client_id: string; readonly client_secret: string }
  /** The fix of each cause, by its id. */
  readonly fixes: Readonly<Record<string, string>>
}

/** Runs the doctor with an API token, live. */
async function told(
  policies: (pair: { readonly id: string }) => readonly PolicyWords[],
  happens: (fixture: Fixture, pair: Told['pair']) => Promise<unknown> = async () => {},
): Promise<Told> {
  const fixture = doctorFixture(emulator, 'observed')
  const pair = await fixture.token({ duration: '2h' })
  const { id: app_id } = await fixture.application(policies(pair))
  await happens(fixture, pair)
  const { causes } = await examine(fixture, { url: `https://${fixture.host}/`, pair }, 'api')
  const fixes = Object.fromEntries(causes.map(({ id, fix }) => [id, fix]))
  return { fixture, app_id, pair, fixes }
}

const off = (fixture: Fixture, { id }: { readonly id: string }) =>
  fixture.api.serviceTokens.replace({ service_token_id: id, body: { enabled: false } })
const over = (fixture: Fixture) => fixture.pass(3 * 3600)

/** Does exactly what a fix about settings says. */
async function carryOut({ fixture, app_id, pair }: Told, fix: string): Promise<void> {
  const { api } = fixture
  if (/set enabled: true/i.test(fix)) {
    await api.serviceTokens.replace({ service_token_id: pair.id, body: { enabled: true } })
  }
  if (/refresh/i.test(fix)) await api.serviceTokens.refresh({ service_token_id: pair.id })
  const changed = /set the decision of the policy "[^"]*" \(([^)]+)\)/i.exec(fix)?.[1]
  const added = /add (\{.*\}) to the include of the policy "([^"]*)"/i.exec(fix)
  const given = /give the application .* that includes (\{"service_token": \{[^}]*\}\})/i.exec(fix)
  for await (const policy of api.applicationPolicies.list({ app_id })) {
    const { id: policy_id, name, decision, include, exclude, require, precedence } = policy
    const at = { app_id, policy_id }
    const body = { name, decision, include, exclude, require, precedence }
    if (policy_id === changed) {
      await api.applicationPolicies.replace({ ...at, body: { ...body, decision: 'non_identity' } })
    }
    if (name === added?.[2]) {
      const more = [...include, JSON.parse(added[1] ?? '')]
      await api.applicationPolicies.replace({ ...at, body: { ...body, include: more } })
    }
  }
  if (given !== null) {
    const include = [JSON.parse(given[1] ?? '')]
    const body = { name: 'given', decision: 'non_identity', include } as const
    await api.applicationPolicies.create({ app_id, body: { ...body, include } })
  }
}

/** A service token of the seed. */
const another = () => ({ id: emulator.account.service_tokens[0]?.id ?? '' })
const allow = (include: PolicyWords['include'], more = {}): PolicyWords => ({
  decision: 'allow',
  include,
  ...more,
})
const named = ({ id }: { readonly id: string }) => ({ service_token: { token_id: id } })
const anyToken = { any_valid_service_token: {} }
const atExample = { email_domain: { domain: 'example.com' } }

test.each<[string, string, Parameters<typeof told>, RegExp]>([
  [
    'a token that is disabled',
    'token-disabled',
    [(pair) => [serviceAuth(pair), people], off],
    /^Set enabled: true on the service token "patient" \([^)]*\)\.$/,
  ],
  [
    'a token that has expired',
    'token-expired',
    [(pair) => [serviceAuth(pair), people], over],
    /^Refresh the service token "patient" \([^)]*\): POST …\/refresh\.$/,
  ],
  [
    'a token that is disabled, and has expired',
    'token-disabled',
    [
      (pair) => [serviceAuth(pair), people],
      async (fixture, pair) => [await off(fixture, pair), await over(fixture)],
    ],
    /^Set enabled: true on .* and refresh it: POST …\/refresh\.$/,
  ],
  [
    'a disabled token that no policy names',
    'token-disabled',
    [() => [people], off],
    /\. Then give the application/,
  ],
  [
    'a disabled token under Allow',
    'token-disabled',
    [(pair) => [allow([named(pair)])], off],
    /\. Then give the application/,
  ],
  [
    'a disabled token that may be in a policy',
    'token-not-included',
    [() => [serviceAuth(another())], off],
    /^Set enabled/,
  ],
  [
    'an Allow policy for the token',
    'token-under-allow',
    [(pair) => [allow([named(pair)])]],
    /^Set the decision of the policy/,
  ],
  [
    'an Allow policy that also includes everyone',
    'token-under-allow',
    [(pair) => [allow([named(pair), { everyone: {} }])]],
    /^Give the application/,
  ],
  [
    'an Allow policy that also includes a person',
    'token-under-allow',
    [(pair) => [allow([named(pair), atExample])]],
    /^Give the application/,
  ],
  [
    'an Allow policy for any valid service token',
    'token-under-allow',
    [() => [allow([anyToken])]],
    /^Give the application/,
  ],
  [
    'an Allow policy that requires a person',
    'token-under-allow',
    [(pair) => [allow([named(pair)], { require: [atExample] })]],
    /^Give the application/,
  ],
  [
    'a Service Auth policy for another token',
    'token-not-included',
    [() => [people]],
    /^Give the application/,
  ],
  [
    'a require that needs a person',
    'policy-require-fails',
    [(pair) => [{ ...serviceAuth(pair), require: [atExample] }]],
    /^Give the application/,
  ],
  [
    'a Block policy first',
    'policy-block-first',
    [(pair) => [{ decision: 'deny', include: anyAddress }, allow([named(pair)]), people]],
    /^Give the application/,
  ],
  ['no policy', 'policy-missing', [() => []], /^Give the application/],
])('%s: the fix is enough, and opens nothing to others', async (_, id, given, words) => {
  const found = await told(...given)
  const fix = found.fixes[id] ?? `no ${id} in ${Object.keys(found.fixes)}`
  expect(fix).toMatch(words)
  const url = `https://${found.fixture.host}/`
  const answered = async (headers: Record<string, string>) =>
    (await emulator.fetch(url, { headers, redirect: 'manual' })).status
  expect(await answered(pairHeaders(found.pair))).not.toBe(200)
  await carryOut(found, fix)
  expect(await answered(pairHeaders(found.pair))).toBe(200)
  expect(await answered({})).not.toBe(200)
  const other = await found.fixture.token({ name: 'of someone else' })
  expect(await answered(pairHeaders(other))).not.toBe(200)
})
