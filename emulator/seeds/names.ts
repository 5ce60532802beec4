/** Resolves references by name in a seed to the ids that the API expects. */
import { isObject } from '../../contracts/declaration/json.ts'
import type { Account } from '../account/account.ts'

type NamedObject = { readonly id: string; readonly name?: string | undefined }
export type SeedPath = readonly (string | number)[]

/** Rules that may refer to an object by name, and the key for its id. */
const references: Readonly<
  Record<
    string,
    {
      readonly key: string
      /** Where it is not the name of the selector. */
      readonly what?: string
      readonly rows: (account: Account) => readonly NamedObject[]
    }
  >
> = {
  service_token: { key: 'token_id', rows: ({ state }) => state.tables.service_tokens.all() },
  group: { key: 'id', rows: ({ state }) => state.tables.groups.all() },
  linked_app_token: {
    key: 'app_uid',
    what: 'application',
    rows: ({ state }) => state.tables.applications.all(),
  },
  login_method: { key: 'id', rows: ({ state }) => state.tables.identity_providers.all() },
}

const ruleLists = ['include', 'exclude', 'require'] as const

/** The body with ids in place of names in rules and policy links. Throws the error that `problem` makes; its path is relative to the item. */
export function resolveNames(
  item: object,
  account: Account,
  problem: (path: SeedPath, message: string) => Error,
): object {
  const idOf = (rows: readonly NamedObject[], name: string, what: string, path: SeedPath) => {
    const [row, second] = rows.filter((each) => each.name === name)
    if (row === undefined) throw problem(path, `there is no ${what} named "${name}" above`)
    if (second !== undefined) throw problem(path, `there is more than one ${what} named "${name}"`)
    return row.id
  }
  const rule = (given: unknown, path: SeedPath): unknown => {
    if (!isObject(given)) return given
    const [selector = ''] = Object.keys(given)
    const reference = Object.hasOwn(references, selector) ? references[selector] : undefined
    const value = given[selector]
    if (reference === undefined || !isObject(value) || typeof value.name !== 'string') return given
    const { what = selector.replaceAll('_', ' ') } = reference
    const id = idOf(reference.rows(account), value.name, what, [...path, selector, 'name'])
    return { [selector]: { [reference.key]: id } }
  }
  const lists = (given: Record<string, unknown>, path: SeedPath): Record<string, unknown> => {
    const resolved = { ...given }
    for (const name of ruleLists) {
      const rules = given[name]
      if (!Array.isArray(rules)) continue
      resolved[name] = rules.map((each, index) => rule(each, [...path, name, index]))
    }
    return resolved
  }
  const policy = (given: unknown, path: SeedPath): unknown => {
    if (!isObject(given)) return given
    if (typeof given.policy !== 'string') return lists(given, path)
    const policies = account.state.tables.policies.all().filter(isReusable)
    const id = idOf(policies, given.policy, 'reusable policy', [...path, 'policy'])
    return given.precedence === undefined ? { id } : { id, precedence: given.precedence }
  }
  const body = lists({ ...item }, [])
  if (!Array.isArray(body.policies)) return body
  return {
    ...body,
    policies: body.policies.map((each, index) => policy(each, ['policies', index])),
  }
}

function isReusable(policy: { readonly application_id?: string }): boolean {
  return policy.application_id === undefined
}
