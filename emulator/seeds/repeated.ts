/** Objects of a seed that have an id, a client id or an AUD tag of another. */
import { isObject } from '../../contracts/declaration/json.ts'
import type { IdTaken } from '../account/base.ts'
import type { SeedPath } from './names.ts'
import { SeedProblem } from './problem.ts'

/** Fields that must be unique, if the seed gives them. Of an `id`, `mint` sees to it. */
const distinct = ['client_id', 'aud'] as const

export function refuseRepeated(
  item: object,
  before: readonly object[],
  noun: string,
  path: SeedPath,
): void {
  for (const name of distinct) {
    const value: unknown = Reflect.get(item, name)
    if (value === undefined || !before.some((each) => Reflect.get(each, name) === value)) continue
    const what = name === 'aud' ? 'AUD tag' : 'client id'
    throw new SeedProblem([...path, name], `another ${noun} has this ${what}`)
  }
}

/** Points to the id that another object has: that of the item, or that of an inline policy. */
export function repeated(
  { id }: IdTaken,
  given: object,
  {
    noun,
    problemAt,
  }: {
    readonly noun: string
    readonly problemAt: (inItem: SeedPath, message: string) => SeedProblem
  },
): SeedProblem {
  const policies: unknown = Reflect.get(given, 'policies')
  const index = Array.isArray(policies)
    ? policies.findLastIndex((each: unknown) => isObject(each) && each.id === id)
    : -1
  return index < 0
    ? problemAt(['id'], `another ${noun} has this id`)
    : problemAt(['policies', index, 'id'], 'another policy has this id')
}
