/** What differs between two seeds, in words: the objects, by kind and name. */
import { stored } from '../../contracts/api/operations.ts'
import type { Seed } from '../../contracts/control/seed.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import { nounOf } from '../../contracts/declaration/resource.ts'

export interface SeedDifference {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

/** What became of a changed seed file. */
export type SeedChange =
  | ({ readonly applied: true; readonly file: string } & SeedDifference)
  /** Nothing has changed. `error` says where in the file the mistake is. */
  | { readonly applied: false; readonly file: string; readonly error: string }

export function differenceOf(before: Seed, after: Seed): SeedDifference {
  const [old, now] = [objectsIn(before), objectsIn(after)]
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    changed: [...now].flatMap(([name, text]) => ((old.get(name) ?? text) === text ? [] : [name])),
    removed: [...old.keys()].filter((name) => !now.has(name)),
  }
}

export function isEmpty({ added, changed, removed }: SeedDifference): boolean {
  return added.length + changed.length + removed.length === 0
}

/** One line, for a person. */
export function seedChangeText(change: SeedChange): string {
  if (!change.applied) return `The seed was not applied, and nothing has changed. ${change.error}`
  return `${change.file} was applied: ${differenceText(change)}.`
}

function differenceText({ added, changed, removed }: SeedDifference): string {
  const parts = Object.entries({ added, changed, removed }).flatMap(([verb, names]) =>
    names.length === 0 ? [] : [`${verb} ${names.join(', ')}`],
  )
  return parts.join('; ')
}

const nouns: ReadonlyMap<string, string> = new Map([
  ...stored.map((each) => [each.table, nounOf(each)] as const),
  ['zones', 'zone'],
  ['api_tokens', 'API token'],
  ['workers', 'Worker'],
])

/** Each object of a seed as text, by a name that no other has. */
function objectsIn({ accounts }: Seed): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const put = (name: string, value: unknown) => {
    let unique = name
    for (let count = 2; found.has(unique); count += 1) unique = `${name} (${count})`
    found.set(unique, JSON.stringify(value))
  }
  /** An account or a zone: its sections one by one, and what else it says. */
  const putSections = (owner: object, title: string, of: string) => {
    const own: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(owner)) {
      const noun = nouns.get(key)
      if (noun === undefined) own[key] = value
      else for (const item of [value].flat()) putItem(item, noun, of)
    }
    put(title, own)
  }
  const putItem = (item: unknown, noun: string, of: string) => {
    const title = `${titleOf(item, noun)}${of}`
    if (noun === 'zone' && isObject(item)) putSections(item, title, of)
    else put(title, item)
  }
  for (const account of accounts) {
    const title = titleOf(account, 'account')
    putSections(account, title, accounts.length === 1 ? '' : ` of ${title}`)
  }
  return found
}

/** Fields that tell objects of a kind apart, in the order in which a reader would look. */
const naming = ['name', 'domain', 'hostname', 'host', 'auth_domain', 'pattern', 'id'] as const

function titleOf(item: unknown, noun: string): string {
  const fields = isObject(item) ? item : {}
  const name = naming.map((field) => fields[field]).find((value) => typeof value === 'string')
  return name === undefined ? noun : `${noun} "${name}"`
}
