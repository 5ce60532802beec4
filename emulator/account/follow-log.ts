/** Applies the records of a shared log to the accounts of a replica. */
import type { AccountRecord, Follower } from '../state/log.ts'
import type { World } from '../world.ts'
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'

export function followLog(
  accounts: Accounts,
  { clock }: Pick<World, 'clock'>,
  made: (record: AccountRecord) => Account,
): Follower {
  return {
    records: () => [
      ...accounts.all().map((account) => account.record()),
      { kind: 'clock', account: '', setting: clock.setting() },
    ],
    apply(record) {
      if (record.kind === 'account') accounts.add(made(record))
      else if (record.kind === 'delete') {
        accounts.byId(record.account)?.faults.restore([], undefined)
        accounts.delete(record.account)
      } else if (record.kind === 'clock') clock.set(record.setting)
      else accounts.byId(record.account)?.take(record)
    },
    replace(records, setting) {
      if (setting !== undefined) clock.set(setting)
      for (const { id } of accounts.all()) accounts.delete(id)
      for (const record of records) accounts.add(made(record))
    },
  }
}
