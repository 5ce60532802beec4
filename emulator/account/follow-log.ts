/** Applies the records of a shared log to the accounts of a replica. */
import type { AccountRecord, Follower } from '../state/log.ts'
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'

export function followLog(accounts: Accounts, made: (record: AccountRecord) => Account): Follower {
  return {
    apply(record) {
      if (record.kind === 'account') accounts.add(made(record))
      else if (record.kind === 'delete') accounts.delete(record.account)
      else accounts.byId(record.account)?.take(record)
    },
    replace(records) {
      for (const { id } of accounts.all()) accounts.delete(id)
      for (const record of records) accounts.add(made(record))
    },
  }
}
