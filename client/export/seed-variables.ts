/** Names an environment variable wherever a seed would hold a secret, so that it can be shared and kept in a repository. */

import { stored } from '../../contracts/api/operations.ts'
import type { Item } from '../import/kinds.ts'
import { listOf } from '../import/sections.ts'
import { labelFor } from './hcl.ts'
import { variableName, withSecret } from './secrets.ts'

export interface SharedSeed {
  readonly seed: { readonly accounts: readonly [Item] }
  /** The names of the variables, in the order of the seed. */
  readonly variables: readonly string[]
}

export function withVariables({ accounts: [account] }: SharedSeed['seed']): SharedSeed {
  const variables: string[] = []
  const sections = stored.flatMap(({ table }) => {
    const section: unknown = account[table]
    if (!Array.isArray(section)) return []
    const taken = new Set<string>()
    const items = listOf(section).map((item) => {
      const label = labelFor(String(item.name ?? item.id), taken)
      return withSecret(table, item, (field) => {
        const name = variableName(table, label, field).toUpperCase()
        variables.push(name)
        return `\${${name}}`
      })
    })
    return [[table, items] as const]
  })
  return { seed: { accounts: [{ ...account, ...Object.fromEntries(sections) }] }, variables }
}
