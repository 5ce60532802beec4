/** References by name in a seed, made into the ids that the API wants. */
import type { Account } from '../account/account.ts'

type Found = { readonly id: string; readonly name?: string | undefined }

/** What a rule may name in place of an id, and under which key the id goes. */
const references: Readonly<
  Record<string, { readonly key: string; readonly rows: (account: Account) => readonly Found[] }>
> = {
  service_token: { key: 'token_id', rows: ({ state }) => state.tables.service_tokens.all() },
  group: { key: 'id', rows: ({ state }) => state.tables.groups.all() },
  login_method: { key: 'id', rows: ({ state }) => state.tables.identity_providers.all() },
}

const ruleLists = ['include', 'exclude', 'require'] as const

/** A body whose rules and policy links name ids only. `problem` makes the error to throw. */
export function resolveNames(
  item: object,
  account: Account,
  problem: (message: string) => Error,
): object {
  const idOf = (rows: readonly Found[], name: string, what: string) => {
    const row = rows.find((each) => each.name === name)
    if (row === undefined) throw problem(`there is no ${what} named "${name}" above`)
    return row.id
  }
  const rule = (given: unknown): unknown => {
    if (!isRecord(given)) return given
    const [selector = ''] = Object.keys(given)
    const reference = references[selector]
    const value = given[selector]
    if (reference === undefined || !isRecord(value) || typeof value.name !== 'string') return given
    const id = idOf(reference.rows(account), value.name, selector.replaceAll('_', ' '))
    return { [selector]: { [reference.key]: id } }
  }
  const lists = (given: Record<string, unknown>): Record<string, unknown> => {
    const resolved = { ...given }
    for (const name of ruleLists) {
      const rules = given[name]
      if (Array.isArray(rules)) resolved[name] = rules.map(rule)
    }
    return resolved
  }
  const policy = (given: unknown): unknown => {
    if (!isRecord(given)) return given
    if (typeof given.policy !== 'string') return lists(given)
    const id = idOf(account.state.tables.policies.all(), given.policy, 'reusable policy')
    return given.precedence === undefined ? { id } : { id, precedence: given.precedence }
  }
  const body = lists({ ...item })
  return Array.isArray(body.policies) ? { ...body, policies: body.policies.map(policy) } : body
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
