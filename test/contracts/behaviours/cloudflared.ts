/** Demonstrates the behaviours of `contracts/behaviours/cloudflared.ts` by responses to cloudflared. */
import { decodeJwt } from 'jose'
import { vi } from 'vitest'
import type { cloudflaredBehaviours } from '../../../contracts/behaviours/cloudflared.ts'
import { type EdgeFixture, hosts, pairs, startSeconds } from '../../edge/applications.ts'
import { program } from '../../edge/cloudflared/program.ts'
import type { Demonstrations } from './demonstration.ts'

/** Polls without an approval. This process's timers do not wait; the result says how long they would have. */
async function polled(world: EdgeFixture) {
  const original = globalThis.setTimeout
  const waited: number[] = []
  const timer = vi.spyOn(globalThis, 'setTimeout')
  timer.mockImplementation((act, ms = 0) => {
    waited.push(ms)
    return original(act, 0)
  })
  try {
    const { status } = await program(world).poll()
    return { status, held: waited.find((ms) => ms === 50_000 || ms === 20_000 || ms === 5_000) }
  } finally {
    timer.mockRestore()
  }
}

export const cloudflaredDemonstrations: Demonstrations<keyof typeof cloudflaredBehaviours> = {
  'programs.clock': {
    async observe({ send }) {
      const headers = { 'cf-access-metadata-request': 'true' }
      const answer = await send(hosts.P, { method: 'HEAD', headers })
      return decodeJwt(String(answer.headers['cf-access-metadata'])).iat === startSeconds
    },
    answers: { wall: false, emulator: true },
  },
  'token_check.answered_by': {
    async observe({ send }) {
      const path = '/?cloudflared_token_check=true'
      return (await send(hosts.P, { path, pair: pairs.named })).text === ''
    },
    answers: { edge: true, origin: false },
  },
  'transfer.hold_seconds': {
    observe: async (world) => ((await polled(world)).held ?? 0) / 1000,
    answers: { 50: 50, 20: 20, 5: 5, 0: 0 },
  },
  'transfer.pending_status': {
    observe: async (world) => (await polled(world)).status,
    answers: { 404: 404, 204: 204, 200: 200 },
  },
}
