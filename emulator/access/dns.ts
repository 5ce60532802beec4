/** Whether a host name has an address in its zone: by a record of its own, or by a wildcard (RFC 4592). Pure. */
import { isWithin } from '../../contracts/primitives.ts'

/** Names are whole and lower case. */
interface NamedRecord {
  readonly name: string
  readonly type: string
}

const addressTypes = ['A', 'AAAA', 'CNAME']

/**
 * True where a resolver would find the host. What has a name of its own, be it for a TXT record or for what is below
 * it, takes nothing from a wildcard.
 */
export function recordCovers(records: readonly NamedRecord[], host: string): boolean {
  const hasAddress = (name: string) =>
    records.some((record) => record.name === name && addressTypes.includes(record.type))
  const exists = (name: string) => records.some((record) => isWithin(record.name, name))

  const name = host.toLowerCase()
  if (exists(name)) return hasAddress(name)
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const parent = name.slice(dot + 1)
    if (exists(parent)) return hasAddress(`*.${parent}`)
  }
  return false
}

/**
 * Whether a Worker route `[http[s]://]HOST[/PATH]` is for this host, whatever its path; `*` may lead the host (Workers
 * documentation, "Routes").
 */
export function routeCovers(pattern: string, host: string): boolean {
  const [, given = ''] = /^(?:https?:\/\/)?([^/]*)/i.exec(pattern) ?? []
  const name = given.toLowerCase()
  return name.startsWith('*') ? host.endsWith(name.slice(1)) : name === host
}
