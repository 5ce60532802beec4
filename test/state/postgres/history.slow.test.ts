/**
 * Writes while the emulator is killed: what the clients saw is linearizable. `npm run history` does it for longer. To repeat
 * the decisions of a run: ACCESS_HISTORY_SEED.
 */
import { expect, test } from 'vitest'
import { told } from './history/check.ts'
import { run } from './history/run.ts'

const seed = Number(process.env.ACCESS_HISTORY_SEED ?? Date.now() % 1_000_000)

test('no acknowledged write is lost, no id is doubled, and no read is stale', async ({ skip }) => {
  const ran = await run({ seed, replicas: 3, writers: 16, kills: 6, restarts: 2, cuts: 2 })
  if (ran === undefined) return skip('there is no Postgres server here')
  const { history, counts, violations } = ran
  console.info(`ACCESS_HISTORY_SEED=${seed}`, JSON.stringify(counts))
  expect(violations.map((each) => told(each, history))).toEqual([])
  expect([counts.kills, counts.restarts]).toEqual([6, 2])
  expect(counts.writes.ok).toBeGreaterThan(20)
}, 180_000)
