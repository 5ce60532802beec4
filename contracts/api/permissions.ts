/** Which permission groups suffice for an operation: an API token needs any one of them (api-permissions). */
import type { Endpoint, Method } from '../declaration/endpoint.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { operations, pathsOf, patternOf } from './operations.ts'
import { documentedGroups } from './permission-groups.ts'

export interface Permission {
  /** In Cloudflare's own names, such as `Access: Apps and Policies Read`. None: any token suffices. */
  readonly groups: readonly string[]
  readonly evidence: Evidence
}

/** A family of groups, `<name> Read` and `<name> Write`, for operations whose groups the document does not name. */
interface Family {
  readonly path: RegExp
  readonly name: string
  readonly onlyRead?: true
}

const organizations = 'Access: Organizations, Identity Providers, and Groups'

/** The family of the operations beside it (api-permissions-assumed, api-target-permissions). The first row that fits counts. */
const families: readonly Family[] = [
  { path: /\/access\/apps\//, name: 'Access: Apps and Policies' },
  { path: /\/access\/(tags|bookmarks)\b/, name: 'Access: Apps and Policies' },
  { path: /\/access\/custom_pages\b/, name: 'Access: Custom Pages' },
  { path: /\/access\/service_tokens\b/, name: 'Access: Service Tokens' },
  { path: /\/access\/logs\//, name: 'Access: Audit Logs', onlyRead: true },
  { path: /\/access\//, name: organizations },
  { path: /\/tokens(?!\/verify)/, name: 'Account API Tokens' },
  { path: /\/infrastructure\/targets\b/, name: 'Zero Trust' },
  { path: /\/dns_records\b/, name: 'DNS' },
  { path: /\/workers\/routes\b/, name: 'Workers Routes' },
]

/** Groups that the document names otherwise (api-zone-list-permissions). */
const renamed: Readonly<Record<string, readonly string[]>> = { 'Zone Zone Read': ['Zone Read'] }

/** Of the operation at a path below `/client/v4`, with parameters in braces. */
export function permissionAt(method: Method, path: string): Permission {
  const documented = documentedGroups().get(`${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`)
  if (documented !== undefined) {
    const groups = documented.flatMap((name) => [name, ...(renamed[name] ?? [])])
    return { groups, evidence: 'documented' }
  }
  const family = families.find((each) => each.path.test(path))
  if (family === undefined) return { groups: [], evidence: 'assumed' }
  const { name, onlyRead } = family
  const isRead = method === 'GET'
  return {
    groups: [
      ...(isRead || onlyRead ? [`${name} Read`] : []),
      ...(onlyRead ? [] : [`${name} Write`]),
    ],
    evidence: 'assumed',
  }
}

/** Of an endpoint, for its account or for its zone: each has groups of its own, of the same names. */
export function permissionOf(endpoint: Endpoint, isInZone: boolean): Permission {
  const [first = '', second = first] = pathsOf(endpoint)
  return permissionAt(endpoint.method, isInZone ? second : first)
}

/** Of a request to a path below `/client/v4`, with its ids. Undefined if no operation is known there. */
export function permissionOfCall(method: string, path: string): Permission | undefined {
  const found = knownPaths(method).find((each) => patternOf(each).test(path))
  return found === undefined ? undefined : permissionAt(method as Method, found)
}

/** The paths of a method, with parameters in braces; those with the fewest first, so that literal segments win. */
function knownPaths(method: string): readonly string[] {
  const built = operations.filter((each) => each.method === method).flatMap(pathsOf)
  const documented = [...documentedGroups().keys()]
    .filter((call) => call.startsWith(`${method} `))
    .map((call) => call.slice(method.length + 1).replaceAll('{}', '{id}'))
  const parameters = (path: string) => path.split('{').length
  return [...built, ...documented].toSorted((a, b) => parameters(a) - parameters(b))
}
