/** Contract cases that change something, against a balancer over two replicas: each request goes to the other one. */
import { describe, expect, vi } from 'vitest'
import type { Case, Need } from '../../../client/conformance/case.ts'
import { openEmulator } from '../../../client/conformance/emulator.ts'
import { pinnedFetch } from '../../../client/transport/pinned-fetch.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { conformance } from '../../client/contract-cases/conformance.ts'
import { smoke } from '../../client/contract-cases/smoke.ts'
import { emulatorOffers, type Place } from '../../support/target.ts'
import { byTurns } from './by-turns.ts'
import { database } from './databases.ts'
import { hasPostgres } from './server.ts'

const apiUrl = 'https://api.cloudflare.com/client/v4'

/** What a request finds changed by the one before, which the other replica has answered. */
const changing: readonly Need[] = ['write', 'own_account', 'clock', 'person']

/** A few of each class: beyond these, cases differ in what one handler says, which is the same at any replica and in any profile. */
function thatChange(cases: readonly Case[]): readonly Case[] {
  return smoke(cases.filter(({ needs }) => needs.some((need) => changing.includes(need))))
}

async function balanced(): Promise<Place> {
  const state = await database((note) => {
    throw new Error(note)
  })
  const latest: string[] = []
  const replicas = await Promise.all(
    [0, 1].map((at) =>
      createEmulator({
        ...{ seed: 'example', state },
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
  const balancer = await byTurns(() => replicas.map(({ url }) => url))
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
  const promised = { kind: 'emulator', profile: 'expected', offers: emulatorOffers } as const
  conformance('contract cases', promised, balanced, thatChange)
})
