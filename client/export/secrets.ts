/** The fields that the API takes and never shows again. An export names a variable in their place. */
import type { ResourceTable } from '../../contracts/api/operations.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import type { Item } from '../import/kinds.ts'

export interface SecretField {
  readonly table: ResourceTable
  readonly field: string
  /** The object that it is in, if it is not a field of the item itself. */
  readonly within?: string
  readonly isSet: (item: Item) => boolean
}

const secretFields: readonly SecretField[] = [
  {
    table: 'identity_providers',
    field: 'client_secret',
    within: 'config',
    isSet: ({ config }) => isObject(config) && typeof config.client_id === 'string',
  },
  { table: 'certificates', field: 'certificate', isSet: () => true },
  { table: 'service_tokens', field: 'client_secret', isSet: () => true },
  {
    table: 'mcp_servers',
    field: 'auth_credentials',
    isSet: ({ auth_type }) => auth_type !== 'unauthenticated',
  },
  {
    table: 'applications',
    field: 'client_secret',
    within: 'saas_app',
    isSet: ({ saas_app }) => isObject(saas_app) && saas_app.auth_type === 'oidc',
  },
]

/** The item with its secret, if it has one, replaced by what `secretOf` makes of its name and its path (`a.b`). */
export function withSecret(
  table: ResourceTable,
  item: Item,
  secretOf: (field: string, path: string) => unknown,
): Item {
  const secret = secretFields.find((each) => each.table === table)
  if (secret === undefined || !secret.isSet(item)) return item
  const { field, within } = secret
  const value = { [field]: secretOf(field, within === undefined ? field : `${within}.${field}`) }
  if (within === undefined) return { ...item, ...value }
  const outer = item[within]
  return { ...item, [within]: isObject(outer) ? { ...outer, ...value } : value }
}

/** `service_tokens`, `ci_deploy` and `client_secret` give `service_token_ci_deploy_client_secret`. */
export function variableName(table: ResourceTable, label: string, field: string): string {
  return [table.replace(/s$/, ''), label.replace(/^_+/, ''), field].join('_')
}
