/** Leftovers of earlier runs in a live account: found by names that only a run creates, and removed on request. */
import { inOrderOfMaking } from '../../contracts/api/making-order.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import { isCreatable, nounOf } from '../../contracts/declaration/resource.ts'
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
 * Returns them in an order in which they can be removed: objects before those they name. `ofZone` is a client of the
 * zone. An object of your own whose name matches the pattern exactly would be found, too.
 */
export async function leftovers(
  ofAccount: ApiReader,
  ofZone: ApiReader,
  prefix: string,
): Promise<readonly Leftover[]> {
  const pattern = namePattern(prefix)
  const found: Leftover[] = []
  for (const resource of inOrderOfMaking().toReversed()) {
    if (!isCreatable(resource)) continue
    const { key = 'id', labels = ['name'], param, scope } = resource
    const operations = operationsOf(scope === 'zone' ? ofZone : ofAccount, resource)
    const { raw, refusal } = await operations.list()
    if (refusal !== undefined) throw refusal
    for (const item of [raw].flat().filter(isObject)) {
      // Some cases give an application another name, but its host always follows the pattern.
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
