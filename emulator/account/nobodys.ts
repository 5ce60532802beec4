/** Who answers where no account is asked, and one must. */
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'
import { createFaults } from './faults.ts'
import { createFlows } from './flows.ts'

/** An account as the emulator was started, with a journal that is no account's. Undefined while there are none. */
export function nobodys(accounts: Pick<Accounts, 'first' | 'journals'>): Account | undefined {
  const first = accounts.first()
  if (first === undefined) return undefined
  return {
    ...first,
    faults: createFaults(),
    behaviour: first.behaviourAtStart,
    journal: accounts.journals.ofNone,
    flows: createFlows(),
  }
}
