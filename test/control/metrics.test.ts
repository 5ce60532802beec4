/** `GET /__access/metrics`: what Prometheus reads. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { api as contract } from '../../contracts/api/operations.ts'
import type { SeedInput } from '../../contracts/control/seed.ts'
import { createEmulator, type EmulatorOptions } from '../../emulator/index.ts'
import { type Api, startApi, team } from '../support/api.ts'
import { type Family, readExposition } from './exposition.ts'

const seed: SeedInput = {
  accounts: [
    {
      ...team,
      applications: [
        {
          ...{ name: 'Machines', type: 'self_hosted', domain: 'machines.example.com' },
          policies: [
            {
              ...{ name: 'tokens', decision: 'non_identity' },
              include: [{ any_valid_service_token: {} }],
            },
          ],
        },
        {
          ...{ name: 'People', type: 'self_hosted', domain: 'people.example.com' },
          policies: [{ name: 'all', decision: 'allow', include: [{ everyone: {} }] }],
        },
      ],
    },
  ],
}

async function started(options: EmulatorOptions = {}): Promise<Api> {
  const api = await startApi({ seed, ...options })
  onTestFinished(() => api.emulator.close())
  return api
}

async function scraped(url: string): Promise<Map<string, Family>> {
  const answer = await fetch(`${url}/__access/metrics`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  return readExposition(await answer.text())
}

function samples(families: Map<string, Family>, name: string): Record<string, number> {
  const all = families.get(name)?.samples ?? []
  return Object.fromEntries(
    all.map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  )
}

test('requests and verdicts are counted from the first time on', async () => {
  const { emulator, ok, call, refused } = await started()
  await ok(contract.tags.list)
  const before = await scraped(emulator.url)
  expect(samples(before, 'access_emulator_requests_total')).toEqual({})
  await ok(contract.tags.list)
  await ok(contract.tags.create, { body: { name: 'counted' } })
  await refused(contract.tags.get, { params: { tag_name: 'none' } })
  await call(contract.tags.list)
  await emulator.fetch('https://machines.example.com/')
  await emulator.fetch('https://people.example.com/', { redirect: 'manual' })
  await emulator.fetch('https://team.cloudflareaccess.com/cdn-cgi/access/certs')
  await emulator.control.health()
  const after = await scraped(emulator.url)
  expect(samples(after, 'access_emulator_requests_total')).toEqual({
    'api GET 200': 2,
    'api POST 201': 1,
    'api GET 404': 1,
    'application GET 403': 1,
    'application GET 302': 1,
    'access GET 200': 1,
  })
  expect(samples(after, 'access_emulator_verdicts_total')).toEqual({ deny: 1, login: 1 })
})

test('names follow the conventions, and each family is documented', async () => {
  const { emulator } = await started()
  const families = await scraped(emulator.url)
  const own = [...families.values()].filter(({ name }) => name.startsWith('access_emulator_'))
  expect(own.length).toBeGreaterThan(4)
  for (const { name, type, help } of own) {
    expect(help).toMatch(/\.$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    if (type === 'histogram') expect(name).toMatch(/_seconds$/)
  }
  for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds']) {
    expect(families.has(name)).toBe(true)
  }
})

test('accounts, readiness, and how long a change took to be stored', async () => {
  const state = await mkdtemp(join(tmpdir(), 'metrics-'))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  const { emulator, ok } = await started({ state })
  const before = await scraped(emulator.url)
  expect(before.get('access_emulator_commit_seconds')?.samples).toEqual([])
  await ok(contract.tags.create, { body: { name: 'stored' } })
  await emulator.control.createAccount({ body: { name: 'Another' } })
  const after = await scraped(emulator.url)
  expect(samples(after, 'access_emulator_accounts')).toEqual({ '': 2 })
  expect(samples(after, 'access_emulator_ready')).toEqual({ '': 1 })
  const counted = after
    .get('access_emulator_commit_seconds')
    ?.samples.find(({ name }) => name.endsWith('_count'))
  expect(counted).toMatchObject({ labels: { outcome: 'stored' }, value: expect.any(Number) })
  expect(counted?.value).toBeGreaterThan(0)
})

test('what accounts with a quota hold, and how near the fullest one is', async () => {
  const { emulator } = await started()
  const none = await scraped(emulator.url)
  expect(samples(none, 'access_emulator_held')).toEqual({ objects: 0, bytes: 0 })
  expect(samples(none, 'access_emulator_quota_used_ratio')).toEqual({ objects: 0, bytes: 0 })
  const [small, large] = [
    await emulator.control.createAccount({ body: { name: 'Small', max_bytes: 10_000 } }),
    await emulator.control.createAccount({ body: { name: 'Large', max_objects: 4 } }),
  ]
  const [one, two] = [small.quota, large.quota]
  if (one === undefined || two === undefined) throw new Error('no quota')
  const families = await scraped(emulator.url)
  expect(samples(families, 'access_emulator_held')).toEqual({
    objects: one.objects + two.objects,
    bytes: one.bytes + two.bytes,
  })
  expect(samples(families, 'access_emulator_quota_used_ratio')).toEqual({
    objects: 0.5,
    bytes: one.bytes / 10_000,
  })
})

test('two emulators of one process count apart', async () => {
  const [one, other] = [await started(), await createEmulator({ seed: 'example' })]
  onTestFinished(() => other.close())
  await Promise.all([scraped(one.emulator.url), scraped(other.url)])
  await one.ok(contract.tags.list)
  expect(samples(await scraped(other.url), 'access_emulator_requests_total')).toEqual({})
  expect(await one.emulator.control.metrics()).toContain('access_emulator_requests_total{')
})

test.each([
  ['a sample of no family', 'a 1\n'],
  ['a type without help', '# TYPE a counter\na 1\n'],
  ['no end of line', '# HELP a A.\n# TYPE a counter\na 1'],
  ['a value that is no number', '# HELP a A.\n# TYPE a counter\na one\n'],
  ['a label without quotes', '# HELP a A.\n# TYPE a counter\na{b=c} 1\n'],
  ['a sample twice', '# HELP a A.\n# TYPE a counter\na{b="c"} 1\na{b="c"} 2\n'],
  ['a bucket too few', '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n'],
])('the reader refuses %s', (_what, text) => {
  expect(() => readExposition(text)).toThrow()
})
