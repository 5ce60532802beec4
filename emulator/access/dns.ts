/** Whether a host name resolves in its zone: by its own record, or by a wildcard (RFC 4592). Pure. */
import { isWithin } from '../../contracts/declaration/primitives.ts'

/** Names are fully qualified and in lower case. */
interface NamedRecord {
  readonly name: string
  readonly type: string
}

const addressTypes = ['A', 'AAAA', 'CNAME']

/**
 * True if a resolver would find the host. A name that exists, even if only for a TXT record or a subdomain, is not covered
 * by a wildcard.
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
 * Whether a Worker route `[http[s]://]HOST[/PATH]` covers this host, at any path. The host may begin with `*` (Workers
 * documentation, "Routes").
 */
export function routeCovers(pattern: string, host: string): boolean {
  const [, given = ''] = /^(?:https?:\/\/)?([^/]*)/i.exec(pattern) ?? []
  const name = given.toLowerCase()
  return name.startsWith('*') ? host.endsWith(name.slice(1)) : name === host
}
