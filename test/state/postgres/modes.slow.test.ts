/** What takes several changes, while another replica writes to the same account: it is there once, or not at all. */
import { expect, test } from 'vitest'
import { api as contract } from '../../../contracts/api/operations.ts'
import { type Api, team } from '../../support/api.ts'
import { databasePerTest } from './databases.ts'
import { replicasOn } from './replicas.ts'

const { replica } = replicasOn(databasePerTest())
const query = { account: team.id }

/** Writes to the account for as long as it takes to act. */
async function whileBusy({ ok }: Api, act: () => Promise<unknown>): Promise<void> {
  let isOver = false
  const acting = act().finally(() => {
    isOver = true
  })
  for (let n = 0; !isOver; n += 1) await ok(contract.tags.create, { body: { name: `busy-${n}` } })
  await acting
}

test('modes are set and ended', async () => {
  const [{ ok, emulator }, busy] = await Promise.all([replica(), replica()])
  const params = { id: 'token-expired' }
  await whileBusy(busy, async () => {
    for (let n = 0; n < 10; n += 1) {
      await emulator.control.setMode({ params, query })
      await emulator.control.endMode({ params, query })
    }
  })
  expect(await ok(contract.applications.list)).toEqual([])
  expect(await ok(contract.serviceTokens.list)).toEqual([])
}, 60_000)

test('advice is applied', async () => {
  const [{ ok, emulator }, busy] = await Promise.all([replica(), replica()])
  const { id } = await ok(contract.applications.create, {
    body: { name: 'App', type: 'self_hosted', domain: 'app.example.com' },
  })
  await whileBusy(busy, async () => {
    for (let n = 0; n < 20; n += 1) {
      await emulator.control.applyChanges({
        query,
        body: {
          application: id,
          changes: [{ change: 'add_policy', decision: 'allow', include: [{ everyone: {} }] }],
        },
      })
    }
  })
  const params = { app_id: id }
  expect(await ok(contract.applicationPolicies.list, { params })).toHaveLength(20)
}, 60_000)
