/** An account made from a seed while the emulator runs, with names of its own, so that many may come from one seed. */

import { type SeedAccountData, seed as seedSchema } from '../../contracts/control/seed.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import type { AccountTemplate } from '../account/template.ts'
import { namedSeeds } from './index.ts'
import { SeedProblem } from './problem.ts'
import { firstFault } from './schema-fault.ts'

/** What must be unique among all accounts is made new: ids of the account and its zones, API token and key. @throws SeedProblem */
export function accountFrom({ name, seed, prefix }: AccountTemplate): SeedAccountData {
  const { id: _, api_token: __, api_key: ___, zones, ...rest } = dataOf(seed, name)
  const data = { ...rest, name, zones: zones.map(({ id: ____, ...zone }) => zone) }
  return prefix === undefined ? data : prefixed(data, prefix)
}

/** Never a file: the name comes from a request. */
function dataOf(given: AccountTemplate['seed'], name: string): SeedAccountData {
  if (typeof given === 'string') {
    const found = Object.hasOwn(namedSeeds, given) ? namedSeeds[given]?.accounts[0] : undefined
    if (found !== undefined) return found
    const names = Object.keys(namedSeeds).join(', ')
    throw new SeedProblem([], `"${given}" is no named seed with an account (${names})`)
  }
  const parsed = seedSchema().safeParse({ accounts: [{ name, ...given }] })
  const [account] = parsed.data?.accounts ?? []
  if (account !== undefined) return account
  const { path, message } = parsed.error ? firstFault(parsed.error) : { path: [], message: '' }
  throw new SeedProblem(path.slice(2), message)
}

/** `example.com` becomes `PREFIX-example.com`, wherever the seed names a host of it; addresses of mail stay. */
function prefixed(data: SeedAccountData, prefix: string): SeedAccountData {
  const names = data.zones.map(({ name }) => name.toLowerCase())
  const team = data.organization?.auth_domain?.toLowerCase()
  const roots = team === undefined ? names : [...names, team]
  const renamed = (text: string) => withPrefix(text, roots, prefix)
  return renamedIn(data, renamed) as SeedAccountData
}

/** Whose values are about mail, not hosts. */
const ofMail: ReadonlySet<string> = new Set(['email', 'email_domain', 'email_list'])

function renamedIn(value: unknown, renamed: (text: string) => string): unknown {
  if (typeof value === 'string') return renamed(value)
  if (Array.isArray(value)) return value.map((each: unknown) => renamedIn(each, renamed))
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([key, each]) => [
    key,
    ofMail.has(key) ? each : renamedIn(each, renamed),
  ])
  return Object.fromEntries(members)
}

/** A host, `host/path`, a pattern of either, or a URL: only the host is renamed. */
const hostIn = /^([a-z][a-z\d+.-]*:\/\/)?((?:[\w*-]+\.)*)([\w-]+(?:\.[\w-]+)+)(?=$|[:/?#])/i

export function withPrefix(text: string, roots: readonly string[], prefix: string): string {
  const found = hostIn.exec(text)
  if (found === null) return text
  const [head, scheme = '', below = '', rest = ''] = found
  const host = `${below}${rest}`.toLowerCase()
  const root = roots.find((each) => host === each || host.endsWith(`.${each}`))
  if (root === undefined) return text
  const above = host.slice(0, host.length - root.length)
  return `${scheme}${above}${prefix}-${root}${text.slice(head.length)}`
}
