/** Who calls the control API, and how much of the emulator that lets them see. */

import { onlyForEmulator, reachOf } from '../../contracts/control/reach.ts'
import type { Endpoint } from '../../contracts/declaration/endpoint.ts'
import { type Failure, fail } from '../../contracts/errors/errors.ts'
import type { Account } from '../account/account.ts'
import type { Accounts } from '../account/accounts.ts'
import { createJournals } from '../account/journal.ts'
import { queryOf, type Routed } from '../http/routes.ts'
import type { Controlled, ReachableAccounts } from './context.ts'

/** `emulator`: everything. An account: itself alone. `anyone`: what is open. */
export type ControlCaller = 'emulator' | Account | 'anyone'

/** What the caller may see and change for this call, or why it may not make it. */
export function reachableBy(
  caller: ControlCaller,
  request: Routed,
  endpoint: Endpoint,
  controlled: Controlled,
): Controlled | Failure<'forbidden'> {
  const needed = reachOf(endpoint)
  if (caller === 'emulator' || needed === 'open') return controlled
  if (caller === 'anyone') return fail('forbidden')
  if (needed === 'emulator') return fail('forbidden', onlyForEmulator[endpoint.id])
  const named = new URLSearchParams(queryOf(request)).getAll('account')
  if (named.some((id) => id !== caller.id)) {
    return fail('forbidden', `This admin token reaches only its own account, ${caller.id}.`)
  }
  // What belongs to no account is the emulator's.
  return {
    ...controlled,
    accounts: aloneOf(caller, controlled.everyAccount),
    resetWorld() {},
    clearJournal: async (id) => (id === null ? undefined : controlled.clearJournal(id)),
  }
}

/** The accounts as one of them sees them: handlers that look at all find nothing else. */
function aloneOf(account: Account, accounts: Accounts): ReachableAccounts {
  const own = (found: Account | undefined) => (found === account ? account : undefined)
  return {
    all: () => [account],
    byId: (id) => own(accounts.byId(id)),
    byHost: (host) => own(accounts.byHost(host)),
    first: () => account,
    remembered: () => account.journal.gathered(),
    journals: createJournals(),
  }
}
