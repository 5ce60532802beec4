/** Adds an account where replicas share the log of changes. */
import type { SeedAccountData } from '../../contracts/control/seed.ts'
import type { Account } from '../account/account.ts'
import { createAccounts } from '../account/accounts.ts'
import { memoryLog } from '../state/log.ts'
import type { AccountLease } from '../state/rows.ts'
import { type Seeding, seedAccount } from './apply-seed.ts'
import { refuseTaken } from './identity.ts'

/** Adds one account, which is there once the log has it. @throws SeedProblem, OverQuota, Outrun */
export async function seedShared(
  data: SeedAccountData,
  seeding: Seeding,
  lease?: AccountLease,
): Promise<Account> {
  const { accounts, log, workers } = seeding
  const trial = createAccounts(workers)
  const made = await seedAccount(data, { ...seeding, accounts: trial, log: memoryLog }, [], lease)
  refuseTaken(made, accounts, [])
  await log.append(made.record())
  return accounts.byId(made.id) ?? made
}
