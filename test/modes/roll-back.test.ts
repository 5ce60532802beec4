/** What is taken back of a mode that could not be set. */
import { expect, test } from 'vitest'
import { createAccount } from '../../emulator/account/account.ts'
import { createLedger, rollBack } from '../../emulator/control/modes/ledger.ts'
import { memoryLog } from '../../emulator/state/log.ts'
import { createWorld } from '../../emulator/world.ts'

const identity = {
  id: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',
  name: 'Orchard',
  zones: [],
  api_token: 'orchard-api-token',
  api_key: '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0',
  email: 'owner@orchard.example',
}

test('not the number of an id that another request was given since', async () => {
  const world = createWorld({ entropy: 'e' })
  const account = createAccount(identity, { profile: 'expected', overrides: {} }, world, memoryLog)
  const mint = () => account.mint('policy', 'Same name')
  const ledger = createLedger(account)
  await ledger.commit([mint().change])
  const other = mint()
  account.commit([other.change])
  await rollBack(account, ledger)
  const later = [mint()]
  account.commit(later.map(({ change }) => change))
  expect([...later, mint()].map(({ id }) => id)).not.toContain(other.id)
})
