/** The transfer service belongs to no account: what one stranger sets must not meet the program of another. */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { transferHosts, transferService } from '../../../contracts/edge/cloudflared.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { adminToken } from './calls.ts'

const [service] = transferHosts
/** A key whose approval page nobody has opened yet. */
const path = `/transfer/${'A'.repeat(42)}A=`

test('a fault of one account there does not act on the polls of others, and its journal does not have them', async () => {
  const emulator = await createEmulator({
    shared: true,
    adminToken,
    behaviours: { 'transfer.hold_seconds': 0 },
  })
  onTestFinished(() => emulator.close())
  const polled = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(emulator.url, { path, headers: { host: service } }, async (answer) => {
        await text(answer)
        resolve(answer.statusCode)
      })
      sent.once('error', reject).end()
    })
  const { id } = await emulator.control.createAccount({ body: { name: 'hostile' } })
  const pending = await polled()
  await emulator.control.setFaults({
    query: { account: id },
    body: [{ at: transferService.take.id, effect: { kind: 'status', status: 418 } }],
  })
  await emulator.control.setBehaviours({
    query: { account: id },
    body: { 'transfer.pending_status': 204 },
  })
  expect(pending).not.toBe(418)
  expect(await polled()).toBe(pending)
  const { result } = await emulator.control.readJournal({ query: { account: id } })
  expect(result).toEqual([])
})
