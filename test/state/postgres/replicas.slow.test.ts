/** Several emulators on one database: an acknowledged write is seen by all, and of two that collide, one decides again. */
import { expect, test, vi } from 'vitest'
import { api as contract } from '../../../contracts/api/operations.ts'
import { type Api, other, startApi } from '../../support/api.ts'
import { startCommand } from '../../support/command.ts'
import { databasePerTest } from './databases.ts'
import { startBouncer } from './pgbouncer.ts'
import { replicasOn, shortenLog } from './replicas.ts'

const database = databasePerTest()
const { replica, open, closeAll } = replicasOn(database)

test('replicas that start together have the same accounts, and one sees at once what the other has acknowledged', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  expect(other.emulator.account).toEqual(one.emulator.account)
  for (let n = 0; n < 20; n += 1) {
    const [writer, reader] = n % 2 === 0 ? [one, other] : [other, one]
    const made = await writer.ok(contract.tags.create, { body: { name: `tag-${n}` } })
    expect(await reader.ok(contract.tags.list)).toContainEqual(expect.objectContaining(made))
  }
})

test('of writes that collide none is lost, and no id is given twice', async () => {
  const replicas = await Promise.all([replica(), replica(), replica()])
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      (replicas[n % 3] as Api).ok(contract.groups.create, {
        body: { name: 'same', include: [{ everyone: {} }] },
      }),
    ),
  )
  const ids = made.map(({ id }) => id)
  expect(new Set(ids).size).toBe(60)
  for (const { ok } of replicas) {
    const listed = await ok(contract.groups.list, { query: { per_page: 1000 } })
    expect(listed.map(({ id }) => id).sort()).toEqual([...ids].sort())
  }
})

test('the clock is one, and so is what tests have set', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  await one.emulator.control.setClock({ body: { at: '2030-01-02T03:04:05Z' } })
  expect(await other.emulator.control.getClock()).toMatchObject({ mode: 'frozen' })
  await other.emulator.control.setClock({ body: { advance: 60 } })
  expect(await one.emulator.control.getClock()).toEqual({
    now: '2030-01-02T03:05:05.000Z',
    mode: 'frozen',
  })
  await one.emulator.control.setBehaviours({ body: { 'certs.order': 'current_first' } })
  await other.emulator.control.setMode({ params: { id: 'token-expired' } })
  const { result } = await other.emulator.control.getBehaviours()
  expect(result.find(({ name }) => name === 'certs.order')?.value).toBe('current_first')
  const modes = await one.emulator.control.listModes()
  expect(modes.result.find(({ id }) => id === 'token-expired')?.set).toBe(true)
  await one.emulator.control.endMode({ params: { id: 'token-expired' } })
  await other.emulator.control.reset()
  expect((await one.emulator.control.getClock()).mode).toBe('frozen')
  const again = await one.emulator.control.getBehaviours()
  expect(again.result.find(({ name }) => name === 'certs.order')?.value).not.toBe('current_first')
})

test('what was applied from advice at one replica is taken back at the other, once', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  const domains = async ({ ok }: Api) =>
    (await ok(contract.applications.list)).map(({ domain }) => domain)
  const domain = 'advised.example.com'
  const { id } = await other.emulator.control.applyChanges({
    body: {
      changes: [
        { change: 'add_application', domain, decision: 'allow', include: [{ everyone: {} }] },
      ],
    },
  })
  expect(await domains(one)).toEqual([domain])
  await one.emulator.control.undoChanges({ params: { id } })
  expect(await domains(other)).toEqual([])
  await expect(other.emulator.control.undoChanges({ params: { id } })).rejects.toThrow('no change')
})

test('an account that is made or deleted at one replica is so at all; of two of one name made at once, one is refused', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  const made = await Promise.allSettled([
    one.emulator.control.createAccount({ body: { name: 'Twin' } }),
    other.emulator.control.createAccount({ body: { name: 'Twin' } }),
  ])
  expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const account = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))[0]
  const ids = async ({ emulator }: Api) =>
    (await emulator.control.getSeed()).accounts.map(({ id }) => id)
  expect(await ids(one)).toContain(account?.id)
  expect(await ids(other)).toEqual(await ids(one))
  await other.emulator.control.deleteAccount({ query: { account: account?.id ?? '' } })
  expect(await ids(one)).not.toContain(account?.id)
})

test('a long log is shortened, and a replica that slept meanwhile has everything', async () => {
  const one = await replica()
  const sleeper = await startCommand(['--state', database.url])
  const pid = sleeper.child.pid ?? 0
  try {
    process.kill(pid, 'SIGSTOP')
    const body = { name: 'long', include: [{ everyone: {} }] }
    const { id } = await one.ok(contract.groups.create, { body })
    await shortenLog(one, database)
    expect(await database.number('select count(*)::int from access_emulator.log')).toBeLessThan(200)
    await one.ok(contract.groups.replace, {
      params: { group_id: id },
      body: { ...body, name: 'longer' },
    })
    process.kill(pid, 'SIGCONT')
    const answer = await fetch(
      `${sleeper.ready.url}/client/v4/accounts/${one.emulator.account.id}/access/groups/${id}`,
      { headers: { authorization: `Bearer ${one.emulator.account.api_token}` } },
    )
    expect(await answer.json()).toMatchObject({ result: { name: 'longer' } })
  } finally {
    process.kill(pid, 'SIGCONT')
    await sleeper.stop('SIGKILL')
  }
})

test('signing keys that are not the published ones are of all replicas, also after a restart', async () => {
  const keysOf = async ({ emulator }: Api) => {
    const answer = await emulator.fetch('https://team.cloudflareaccess.com/cdn-cgi/access/certs')
    const { keys } = (await answer.json()) as { keys: { kid: string }[] }
    return keys.map(({ kid }) => kid)
  }
  const [one, other] = await Promise.all([
    replica({ freshKeys: true }),
    replica({ freshKeys: true }),
  ])
  const [kids, others] = await Promise.all([keysOf(one), keysOf(other)])
  expect(others).toEqual(kids)
  await closeAll()
  expect(await keysOf(await replica({ freshKeys: true }))).toEqual(kids)
  expect(await keysOf(await replica())).not.toEqual(kids)
})

test('the journal is one: in order, with who answered, explained at any replica, and cleared at all', async () => {
  const [one, other] = await Promise.all([replica(), replica()])
  for (let n = 0; n < 6; n += 1) {
    const { emulator } = n % 2 === 0 ? one : other
    await emulator.fetch(`https://team.cloudflareaccess.com/nothing-${n}`)
  }
  const paths = async ({ emulator }: Api) =>
    (await emulator.control.readJournal({ query: { host: 'team.cloudflareaccess.com' } })).result
  const wanted = Array.from({ length: 6 }, (_, n) => `/nothing-${n}`)
  for (const each of [one, other]) {
    await vi.waitFor(async () => {
      expect((await paths(each)).map(({ path }) => path)).toEqual(wanted)
    }, 10_000)
  }
  const seen = await paths(one)
  expect(new Set(seen.map(({ ray }) => ray)).size).toBe(6)
  expect(new Set(seen.map(({ replica: name }) => name)).size).toBe(2)
  const ofOther = seen.find(({ replica: name }) => name !== undefined)
  const explained = await one.emulator.control.explain({ body: { ray: ofOther?.ray ?? '' } })
  expect(explained.why).toBe(ofOther?.why)
  await other.emulator.control.clearJournal()
  expect(await paths(one)).toEqual([])
})

test('ids and secrets are what the entropy says, whichever replica makes them', async () => {
  const entropy = 'the same'
  const alone = await startApi({ entropy })
  open.push(alone)
  const [one, second] = await Promise.all([replica({ entropy }), replica({ entropy })])
  for (const [n, name] of ['a', 'b', 'a', 'b', 'a', 'a'].entries()) {
    const turn = n % 2 === 0 ? one : second
    const [expected, made] = await Promise.all(
      [alone, turn].map(({ ok }) => ok(contract.serviceTokens.create, { body: { name } })),
    )
    expect(made).toEqual(expected)
  }
})

test('of two accounts that take one team name at two replicas at once, one gets it', async () => {
  const [one, second] = await Promise.all([replica(), replica()])
  for (let n = 0; n < 5; n += 1) {
    const body = { auth_domain: `wanted-${n}.cloudflareaccess.com` }
    const answers = await Promise.all([
      one.call(contract.organizations.patch, { body }),
      second.call(contract.organizations.patch, { body, as: other }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  }
})

test('through PgBouncer in transaction mode, without sessions and notices, replicas agree as well', async ({
  skip,
}) => {
  const bouncer = await startBouncer(database.url)
  if (bouncer === undefined) return skip('there is no PgBouncer here')
  try {
    const through = bouncer.urlOf(database.url)
    const [one, other] = await Promise.all([
      replica({ state: through }),
      replica({ state: through }),
    ])
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? one : other).ok(contract.tags.create, { body: { name: `tag-${n}` } }),
      ),
    )
    for (const { ok } of [one, other]) {
      expect(await ok(contract.tags.list)).toHaveLength(made.length)
    }
    await closeAll()
  } finally {
    await bouncer.stop()
  }
})
