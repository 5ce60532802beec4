/** The journal of an account that goes while another replica's lines of it are fetched. */
import { expect, onTestFinished, test } from 'vitest'
import { createAccount } from '../../../emulator/account/account.ts'
import { createAccounts } from '../../../emulator/account/accounts.ts'
import { shareJournals } from '../../../emulator/account/shared-journal.ts'
import type { JournalStore } from '../../../emulator/state/log.ts'
import { memoryLog } from '../../../emulator/state/log.ts'
import { journalIn } from '../../../emulator/state/postgres/journal.ts'
import { createWorld } from '../../../emulator/world/world.ts'
import { startApi } from '../../support/api.ts'
import { orchard } from '../../support/orchard.ts'
import { databasePerTest } from './databases.ts'

const database = databasePerTest()

const answered = { host: 'app.example.com', path: '/', method: 'GET' }

test.each(['unknown', 'another of its id'])(
  '%s: it is read to its end all the same',
  async (now) => {
    const { emulator } = await startApi({ state: database.url })
    onTestFinished(() => emulator.close())
    const { pool } = database
    const lines = Array.from({ length: 600 }, (_, n) => ({
      account: orchard.id,
      sequence: n + 1,
      line: JSON.stringify({ account: orchard.id, sequence: n + 1, answered }),
    }))
    await journalIn({ pool, replica: 'other', isLost: () => false }).add(lines)

    const world = createWorld({ entropy: 'e' })
    const accounts = createAccounts()
    const make = () => {
      const journal = accounts.journals.make(orchard.id)
      const given = { profile: 'expected', overrides: {}, journal } as const
      return createAccount(orchard, given, world, memoryLog)
    }
    const account = make()
    accounts.add(account)
    const store = journalIn({ pool, replica: 'one', isLost: () => false })
    let pages = 0
    const goesMeanwhile: JournalStore = {
      ...store,
      async fetch(...wanted) {
        pages += 1
        const found = await store.fetch(...wanted)
        if (pages === 1) {
          accounts.delete(orchard.id)
          if (now !== 'unknown') accounts.add(make())
        }
        // Ends the test where it would go on for ever.
        if (pages > 9) throw new Error('once more')
        return found
      },
    }
    shareJournals(accounts, goesMeanwhile, world)
    expect(await account.journal.gathered()).toEqual([])
    expect(pages).toBe(2)
    const present = accounts.byId(orchard.id)
    if (present !== undefined) expect(await present.journal.gathered()).toHaveLength(600)
  },
)
