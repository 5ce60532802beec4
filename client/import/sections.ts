/** The seed sections that contain answers unchanged. */
import { dnsRecordTypes } from '../../contracts/api/dns-records.ts'
import { inOrderOfMaking, type StoredResource } from '../../contracts/api/making-order.ts'
import { isObject } from '../../contracts/declaration/json.ts'
import { type Item, keyFieldOf, type SavedAnswers } from './kinds.ts'

/** The items of resources by table, unchanged and without duplicates; empty sections are omitted. */
export function sectionsOf(
  answers: SavedAnswers,
  isWanted: (resource: StoredResource) => boolean,
  isHere: (item: Item, resource: StoredResource) => boolean = () => true,
  bare: (item: Item) => Item = (item) => item,
): Readonly<Record<string, readonly Item[]>> {
  const sections = inOrderOfMaking().flatMap((each) => {
    if (!isWanted(each)) return []
    const { table, derived = [] } = each
    const items = answers[table].filter((item) => isBuilt(table, item) && isHere(item, each))
    const plain = ([name]: [string, unknown]) => !derived.includes(name)
    const own = (item: Item) => Object.fromEntries(Object.entries(item).filter(plain))
    const key = keyFieldOf(table)
    const once = uniqueBy(items, (item) => item[key])
    return items.length === 0 ? [] : [[table, once.map(bare).map(own)] as const]
  })
  return Object.fromEntries(sections)
}

/** The emulator supports only some types of DNS records. */
function isBuilt(table: string, { type }: Item): boolean {
  return table !== 'dns_records' || dnsRecordTypes.some((each) => each === type)
}

export function listOf(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function unique(items: readonly Item[]): readonly Item[] {
  return uniqueBy(items, ({ id }) => id)
}

export function uniqueBy(items: readonly Item[], key: (item: Item) => unknown): readonly Item[] {
  const seen = new Set<unknown>()
  return items.filter((item) => {
    const is = key(item)
    if (is !== undefined && seen.has(is)) return false
    seen.add(is)
    return true
  })
}
