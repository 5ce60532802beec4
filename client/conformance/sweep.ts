/** What earlier runs left in a live account: found by the names that only a run makes, and removed on request. */
import { inOrderOfMaking } from '../../contracts/api/making-order.ts'
import { isObject } from '../../contracts/json.ts'
import { isCollection, nounOf } from '../../contracts/resource.ts'
import { type ApiReader, operationsOf } from '../api/reader.ts'

export interface Leftover {
  readonly kind: string
  readonly name: string
  readonly id: string
  remove(): Promise<unknown>
}

/** `<prefix>-<what>-<run in base 36>-<number>`, alone or as the first label of a host. */
function namePattern(prefix: string): RegExp {
  const literal = prefix.replaceAll(/[^\w]/g, '\\$&')
  return new RegExp(`^(renamed )?${literal}-[\\w-]+-[0-9a-z]{6,}-\\d+(?=$|\\.|/)`)
}

/**
 * In the order in which they can be removed: what names another comes before it. `ofZone` is a client of the zone.
 * An object of yours that is named like a run's own, to the last number, would be found too.
 */
export async function leftovers(
  ofAccount: ApiReader,
  ofZone: ApiReader,
  prefix: string,
): Promise<readonly Leftover[]> {
  const pattern = namePattern(prefix)
  const found: Leftover[] = []
  for (const resource of inOrderOfMaking().toReversed()) {
    if (!isCollection(resource)) continue
    const { key = 'id', labels = ['name'], param, scope } = resource
    const operations = operationsOf(scope === 'zone' ? ofZone : ofAccount, resource)
    const { raw, refusal } = await operations.list()
    if (refusal !== undefined) throw refusal
    for (const item of [raw].flat().filter(isObject)) {
      // Some cases name an application otherwise, but its host is always a run's own.
      const name = labels
        .map((label) => item[label])
        .find((each) => typeof each === 'string' && pattern.test(each))
      const id = item[key]
      if (typeof name !== 'string' || typeof id !== 'string') continue
      const remove = async () => {
        const { refusal: refused } = await operations.delete({ [param]: id })
        if (refused !== undefined) throw refused
      }
      found.push({ kind: nounOf(resource), id, name, remove })
    }
  }
  return found
}
