/** Every operation of the API with the permission groups that suffice, and paths that name objects which do not exist. */
import { collections, operations, pathsOf } from '../../contracts/api/operations.ts'
import { permissionAt } from '../../contracts/api/permissions.ts'
import { team } from './api.ts'

const formOf = new Map(collections.map(({ param, keyForm }) => [param, keyForm]))
formOf.set('token_id', 'hex32')

function unknownOf(param: string): string {
  if (param === 'account_id') return team.id
  if (param === 'zone_id') return team.zones[0]?.id ?? ''
  return formOf.get(param) === 'hex32' ? 'f'.repeat(32) : 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415'
}

/** One for each path that an operation is served at. */
export const permittedCalls = operations
  .flatMap((endpoint) =>
    pathsOf(endpoint).map((path) => ({
      method: endpoint.method,
      operation: path,
      path: path.replaceAll(/\{(\w+)\}/g, (_, param) => unknownOf(param)),
      groups: permissionAt(endpoint.method, path).groups,
    })),
  )
  .filter(({ groups }) => groups.length > 0)

export const everyGroup = [...new Set(permittedCalls.flatMap(({ groups }) => groups))]

/** The account and all zones. */
export const everywhere = {
  [`com.cloudflare.api.account.${team.id}`]: '*',
  'com.cloudflare.api.account.zone.*': '*',
} as const
