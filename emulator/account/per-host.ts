import type { Account } from './account.ts'

interface RememberedValue<T> {
  readonly version: number
  readonly hosts: Map<string, T>
}

const hostsRemembered = 1000

/** Caches a value derived from an account's rows, per host, until anything in the account changes. */
export function perHost<T extends object | boolean>(
  derive: (account: Account, host: string) => T,
): (account: Account, host: string) => T {
  const known = new WeakMap<Account, RememberedValue<T>>()
  return (account, host) => {
    const { version } = account.state
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
