/** The names of an account that was made from a seed: those of the seed, with a prefix of its own. */

import type { SeedAccount } from '../../../contracts/control/shapes.ts'
import { transferHosts } from '../../../contracts/edge/cloudflared.ts'

/** The roots of an account's names: its zones, and its team. */
function rootsOf({ zones, auth_domain }: SeedAccount): readonly string[] {
  const names = zones.map(({ name }) => name)
  return auth_domain === '' ? names : [...names, auth_domain]
}

function isUnder(host: string, root: string): boolean {
  return host === root || host.endsWith(`.${root}`)
}

/** The name that stands for a host of the seed, as `PREFIX-example.com` for `example.com`; any other is itself. */
export function ownName(host: string, accounts: readonly SeedAccount[], prefix: string): string {
  const own = accounts.flatMap(rootsOf)
  if (own.some((root) => isUnder(host, root))) return host
  const root = own.find(
    (each) => each.startsWith(`${prefix}-`) && isUnder(host, each.slice(prefix.length + 1)),
  )
  if (root === undefined) return host
  return `${host.slice(0, host.length - (root.length - prefix.length - 1))}${root}`
}

/** Whether the shared emulator serves this name, as far as these accounts go. */
export function isServedFor(host: string, accounts: readonly SeedAccount[]): boolean {
  if (host === 'api.cloudflare.com' || transferHosts.some((name) => name === host)) return true
  return accounts.some((account) => rootsOf(account).some((root) => isUnder(host, root)))
}
