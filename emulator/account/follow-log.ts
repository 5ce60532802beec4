/** Applies the records of a shared log to the accounts of a replica. */
import type { AccountRecord, Follower } from '../state/log.ts'
import type { KeptOverrides } from '../state/overrides.ts'
import type { World } from '../world/world.ts'
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'

export function followLog(
  accounts: Accounts,
  { clock }: Pick<World, 'clock'>,
  made: (record: AccountRecord) => Account,
): Follower {
  /** By the log, one that leaves is there until it says otherwise: another replica may not know yet that it has ended. */
  const stored = (id: string) =>
    accounts.byId(id) ?? accounts.leaving().find((each) => each.id === id)
  return {
    records: () => [
      // Those that leave too: what deletes them comes later in the log.
      ...[...accounts.all(), ...accounts.leaving()].map((account) => account.record()),
      { kind: 'clock', account: '', setting: clock.setting() },
    ],
    apply(record) {
      if (record.kind === 'account') accounts.add(made(record))
      else if (record.kind === 'delete') {
        const { account: id } = record
        stored(id)?.faults.restore([], undefined)
        accounts.delete(id)
      } else if (record.kind === 'clock') clock.set(record.setting)
      else stored(record.account)?.take(record)
    },
    replace(records, setting) {
      if (setting !== undefined) clock.set(setting)
      const before = new Map(accounts.all().map((account) => [account.id, account]))
      for (const { id } of [...accounts.all(), ...accounts.leaving()]) accounts.delete(id)
      for (const record of records) {
        accounts.add(renewed(before.get(record.identity.id), record) ?? made(record))
      }
    },
  }
}

const notBent: KeptOverrides = { behaviours: { set: {}, unset: [] }, faults: [], modes: [] }

/** The same account as the record has it, for requests on their way that have it already. Undefined if it is another. */
function renewed(account: Account | undefined, record: AccountRecord): Account | undefined {
  if (account === undefined) return undefined
  const { identity, seeded } = account.record()
  const isSame =
    JSON.stringify([identity, seeded]) === JSON.stringify([record.identity, record.seeded])
  if (!isSame) return undefined
  const { state = record.seeded, bent = notBent } = record
  account.take({ kind: 'restore', account: account.id, state })
  account.take({ kind: 'changes', account: account.id, changes: [], bent })
  return account
}
