/** The live target, tested without a live account: on an emulator under the real names. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Case, leftOut } from '../../../client/conformance/case.ts'
import { cases } from '../../../client/conformance/cases.ts'
import { openLive } from '../../../client/conformance/live.ts'
import { runCase } from '../../../client/conformance/run.ts'
import type { Target } from '../../../client/target/target.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { configurationOf } from '../../support/configuration.ts'
import { proxyEveryName } from '../../support/dns.ts'
import { smoke } from './smoke.ts'

const apiUrl = 'https://api.cloudflare.com/client/v4'
const slept: number[] = []
const clock = {
  now: () => 1_700_000_000_000,
  sleep: async (ms: number) => {
    slept.push(ms)
  },
}

let emulator: Emulator
let sent: { readonly method: string; readonly url: string }[] = []
let target: Target
beforeAll(async () => {
  emulator = await createEmulator({ profile: 'observed', seed: 'example' })
  await proxyEveryName(emulator)
  target = {
    name: 'live',
    apiUrl,
    fetch: (input, init) => {
      const url = String(input instanceof Request ? input.url : input)
      sent.push({ method: init?.method ?? 'GET', url })
      return emulator.fetch(input, init)
    },
  }
})
afterAll(() => emulator.close())

function environment(more: Readonly<Record<string, string>> = {}) {
  const { account } = emulator
  const [pair] = account.service_tokens
  return {
    CLOUDFLARE_API_TOKEN: account.api_token,
    CLOUDFLARE_ACCOUNT_ID: account.id,
    ACCESS_ZONE: account.zones[0]?.name ?? '',
    ACCESS_PROTECTED_URL: `https://${account.applications[0]?.domain}/`,
    CF_ACCESS_CLIENT_ID: pair?.client_id ?? '',
    CF_ACCESS_CLIENT_SECRET: pair?.client_secret ?? '',
    ...more,
  }
}

const mayWrite = () => ({
  ACCESS_ALLOW_WRITES: emulator.account.id,
  ACCESS_NAME_PREFIX: 'conform',
})

/** Every row except counters, which never decrease, and a service token's last use. */
const configuration = () => configurationOf(emulator)

async function runAll(
  env: Readonly<Record<string, string>>,
  chosen: (able: readonly Case[]) => readonly Case[] = (able) => able,
) {
  const place = await openLive({ env, target, clock })
  const run = chosen(cases.filter((each) => leftOut(each, place) === undefined))
  const failed: string[] = []
  for (const each of run) {
    const lasting = await place.target()
    await runCase(each, lasting).catch((error: unknown) => failed.push(`${each.id}: ${error}`))
  }
  await place.close()
  return { run, failed, place }
}

test('read-only, it sends nothing but GET and finds the profile of its organization', async () => {
  const before = await configuration()
  sent = []
  const { run, failed, place } = await runAll(environment())
  expect(failed).toEqual([])
  expect(run.length).toBeGreaterThan(20)
  expect(place).toMatchObject({ kind: 'live', profile: 'observed' })
  expect([...place.offers]).toEqual(['seed'])
  expect(sent.filter(({ method }) => method !== 'GET')).toEqual([])
  expect(await configuration()).toEqual(before)
})

test('writes require both the account id and a prefix', async () => {
  const { id } = emulator.account
  for (const more of [
    { ACCESS_ALLOW_WRITES: id },
    { ACCESS_NAME_PREFIX: 'conform' },
    { ACCESS_ALLOW_WRITES: 'yes', ACCESS_NAME_PREFIX: 'conform' },
  ]) {
    const place = await openLive({ env: environment(more), target, clock })
    expect([...place.offers]).toEqual(['seed'])
    const { api } = await place.target()
    await expect(api.tags.create({ body: { name: 'conform-x' } })).rejects.toThrow('read-only')
  }
})

// A few cases of each class; `conformance/live.slow.test.ts` runs them all.
test('with writes it makes only names with the prefix, waits for the edge, and leaves nothing', async () => {
  const before = await configuration()
  slept.length = 0
  const { run, failed, place } = await runAll(
    environment({ ...mayWrite(), ACCESS_WILDCARD_HOSTS: '1', ACCESS_SETTLE_SECONDS: '7' }),
    smoke,
  )
  expect(failed).toEqual([])
  expect([...place.offers].sort()).toEqual(['hosts', 'seed', 'write'])
  expect(run.length).toBeGreaterThan(50)
  expect(new Set(slept)).toEqual(new Set([7000]))
  expect(await configuration()).toEqual(before)
})

test('what it did not make it neither changes nor removes', async () => {
  const place = await openLive({ env: environment(mayWrite()), target, clock })
  const { api } = await place.target()
  const app_id = emulator.account.applications[0]?.id ?? ''
  const refusal = 'it was not created here'
  await expect(api.applications.delete({ app_id })).rejects.toThrow(refusal)
  await expect(api.applications.revokeTokens({ app_id })).rejects.toThrow(refusal)
  await expect(api.keys.rotate()).rejects.toThrow(refusal)
  await expect(api.organizations.patch({ body: { name: 'x' } })).rejects.toThrow(refusal)
})

test('nor through another account, others’ objects, or a request prepared in advance', async () => {
  const place = await openLive({ env: environment(mayWrite()), target, clock })
  const { api, fetch, account } = await place.target()
  const app_id = emulator.account.applications[0]?.id ?? ''
  const of = `${apiUrl}/accounts/${emulator.account.id}/access`
  const headers = { authorization: `Bearer ${account.api_token.reveal()}` }
  sent = []
  const made = api.applicationPolicies.create({
    app_id,
    body: { name: 'conform-x', decision: 'bypass', include: [{ everyone: {} }] },
  })
  await expect(made).rejects.toThrow('it was not created here')
  for (const [method, url] of [
    ['POST', `${apiUrl}/accounts/${'f'.repeat(32)}/access/tags`],
    ['POST', `${apiUrl}/zones/${'f'.repeat(32)}/dns_records`],
    ['POST', `${of}/service_tokens/apps`],
    ['DELETE', `${of}/apps/${app_id}/`],
    ['DELETE', `https://api.cloudflare.com//client/v4/accounts/x/access/apps/${app_id}`],
  ] as const) {
    await expect(fetch(url, { method, headers })).rejects.toThrow('it was not created here')
    await expect(fetch(new Request(url, { method, headers }))).rejects.toThrow(
      'it was not created here',
    )
  }
  expect(sent).toEqual([])
  await place.close()
})

test('what a case forgets is swept at the end', async () => {
  const place = await openLive({ env: environment(mayWrite()), target, clock })
  const { api, name } = await place.target()
  const forgotten = await api.tags.create({ body: { name: name('tag') } })
  expect(forgotten.name).toMatch(/^conform-tag-/)
  await place.close()
  await expect(api.tags.get({ tag_name: forgotten.name })).rejects.toMatchObject({ status: 404 })
})

test.each([
  ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_TOKEN is not set'],
  ['CLOUDFLARE_ACCOUNT_ID', 'CLOUDFLARE_ACCOUNT_ID is not set'],
  ['ACCESS_ZONE', 'ACCESS_ZONE is not set'],
])('without %s it says what is missing', async (name, words) => {
  await expect(openLive({ env: { ...environment(), [name]: '' }, target, clock })).rejects.toThrow(
    words,
  )
})
