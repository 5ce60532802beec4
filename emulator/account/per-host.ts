import type { TableName } from '../state/rows.ts'
import type { AccountBase } from './base.ts'

interface RememberedValue<T> {
  readonly version: number
  readonly hosts: Map<string, T>
}

const hostsRemembered = 1000

/** Caches a value per host, until one of the tables that it is derived from changes. */
export function perHost<T extends object | boolean>(
  tables: readonly TableName[],
  derive: (account: AccountBase, host: string) => T,
): (account: AccountBase, host: string) => T {
  const known = new WeakMap<AccountBase, RememberedValue<T>>()
  return (account, host) => {
    // Each only grows, so the sum is the same only if all are.
    const version = tables.reduce((sum, name) => sum + account.state.tables[name].version, 0)
    let remembered = known.get(account)
    if (remembered?.version !== version || remembered.hosts.size > hostsRemembered) {
      remembered = { version, hosts: new Map() }
      known.set(account, remembered)
    }
    const before = remembered.hosts.get(host)
    if (before !== undefined) return before
    const value = derive(account, host)
    remembered.hosts.set(host, value)
    return value
  }
}
