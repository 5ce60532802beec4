/** The contract cases against a balancer over two replicas: each request goes to the other one. */
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { openEmulator } from '../../../client/conformance/emulator.ts'
import { pinnedFetch } from '../../../client/transport/pinned-fetch.ts'
import { type Profile, profiles } from '../../../contracts/behaviours/table.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { conformance } from '../../client/contract-cases/conformance.ts'
import { smoke } from '../../client/contract-cases/smoke.ts'
import { emulatorOffers, type Place } from '../../support/target.ts'
import { byTurns } from './by-turns.ts'
import { hasPostgres, type PostgresServer, startPostgres } from './server.ts'

const apiUrl = 'https://api.cloudflare.com/client/v4'
let server: PostgresServer | undefined
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server?.stop())

async function balanced(profile: Profile): Promise<Place> {
  const state = await server?.database()
  const latest: string[] = []
  const replicas = await Promise.all(
    [0, 1].map((at) =>
      createEmulator({
        ...{ profile, seed: 'example', ...(state && { state }) },
        onEntry: ({ ray }) => {
          latest[at] = ray
        },
      }),
    ),
  )
  /** The journal is promised soon, not at once: until each replica has what the other has noted last. */
  const settle = async () => {
    for (const ray of latest.filter((each) => each !== undefined)) {
      for (const { control } of replicas) {
        await vi.waitFor(async () => {
          expect((await control.readJournal({ query: { ray } })).result).toHaveLength(1)
        }, 10_000)
      }
    }
  }
  const balancer = await byTurns(replicas.map(({ url }) => url))
  const target = { fetch: pinnedFetch(balancer.url), apiUrl, address: new URL(balancer.url) }
  const place = await openEmulator({ target })
  return {
    ...place,
    target: async () => ({ ...(await place.target()), settle }),
    async close() {
      await place.close()
      await balancer.close()
      const [one = 0, other = 0] = balancer.counts()
      expect(Math.abs(one - other)).toBeLessThan(5)
      await Promise.all(replicas.map((each) => each.close()))
    },
  }
}

describe.skipIf(!hasPostgres())('two replicas behind a balancer', () => {
  for (const profile of profiles) {
    conformance(
      `profile ${profile}`,
      { kind: 'emulator', profile, offers: emulatorOffers },
      () => balanced(profile),
      profile === 'expected' ? undefined : smoke,
    )
  }
})
