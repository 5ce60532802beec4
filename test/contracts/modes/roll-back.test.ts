/** What is taken back of a mode that could not be set. */
import { expect, test } from 'vitest'
import { type Account, createAccount } from '../../../emulator/account/account.ts'
import { createLedger, kept, rollBack } from '../../../emulator/control/modes/ledger.ts'
import {
  type ChangeLog,
  memoryLog,
  NotStored,
  type SharedOrder,
} from '../../../emulator/state/log.ts'
import { createWorld } from '../../../emulator/world/world.ts'
import { orchard } from '../../support/orchard.ts'

test('not the number of an id that another request was given since', async () => {
  const world = createWorld({ entropy: 'e' })
  const account = createAccount(orchard, { profile: 'expected', overrides: {} }, world, memoryLog)
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

const times = { created_at: '2026-01-02T03:04:05Z', updated_at: '2026-01-02T03:04:05Z' }
const nothing = async () => {}
const order: SharedOrder = {
  replica: 'one',
  keys: { keyAt: (_, make) => make() },
  journal: {
    ...{ add: nothing, clear: nothing, forget: nothing },
    fetch: async () => ({ lines: [], end: 0, isAll: true }),
  },
  faultCounts: { add: async () => 1, of: async () => new Map(), forget: nothing },
  current: async () => true,
  follow() {},
  whenReached() {},
}

test.each([
  { title: 'nothing of what was stored though it was not confirmed', isStored: true },
  { title: 'all of what was not stored', isStored: false },
])('$title', async ({ isStored }) => {
  const accounts: Account[] = []
  const log: ChangeLog = {
    refuses: () => false,
    async append(record) {
      const isOfMode = record.kind === 'changes' && record.bent !== undefined
      if (record.kind === 'changes' && (isStored || !isOfMode)) accounts[0]?.take(record)
      if (isOfMode) throw new NotStored('the connection was cut')
    },
    close: nothing,
    shared: order,
  }
  const world = createWorld({ entropy: 'e' })
  const account = createAccount(orchard, { profile: 'expected', overrides: {} }, world, log)
  accounts.push(account)
  await account.markSeeded()
  const ledger = createLedger(account)
  await ledger.commit([{ table: 'tags', put: { name: 'tag', extra: {}, ...times } }])
  const mode = {
    ...{ id: 'token-expired', undo: ledger.undo(), left: ledger.left() },
    ...{ overrides: {}, before: {} },
  } as const
  const failure = await kept(account, ledger, { ...account.overridden(), modes: [mode] })
  expect(failure?.failure).toBe('write_refused')
  expect([account.modes.size, account.state.tables.tags.size]).toEqual(isStored ? [1, 1] : [0, 0])
})
