/** How a replica applies what others have stored. */
import { expect, test } from 'vitest'
import { createAccount } from '../../emulator/account/account.ts'
import { createAccounts } from '../../emulator/account/accounts.ts'
import { followLog } from '../../emulator/account/follow-log.ts'
import { memoryLog } from '../../emulator/state/log.ts'
import { createWorld } from '../../emulator/world/world.ts'
import { orchard } from '../support/orchard.ts'

test('an account that has ended here still gets what a replica with a slower clock has stored', () => {
  const world = createWorld({ entropy: 'e' })
  const accounts = createAccounts()
  const made = () =>
    createAccount(orchard, { profile: 'expected', overrides: {} }, world, memoryLog)
  const account = made()
  accounts.add(account)
  const follower = followLog(accounts, world, made)
  accounts.leave(account)
  const put = { id: 'c', count: 1 }
  const changes = [{ table: 'counters', put } as const]
  follower.apply({ kind: 'changes', account: orchard.id, changes })
  // A snapshot of the log is made of these.
  expect(follower.records()).toContainEqual(
    expect.objectContaining({ state: expect.objectContaining({ counters: [put] }) }),
  )
  follower.apply({ kind: 'delete', account: orchard.id })
  expect(follower.records()).toEqual([expect.objectContaining({ kind: 'clock' })])
})
