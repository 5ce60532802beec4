/**
 * The order in which objects can be created: each after those it may name or depend on. They are removed in reverse.
 */
import { once } from '../declaration/endpoint.ts'
import { namedBefore, type ResourceName, resources, stored } from './operations.ts'

/** A declared resource that has a table of its own. */
export type StoredResource = (typeof stored)[number]

export const inOrderOfMaking = once((): readonly StoredResource[] => {
  const waiting = Object.values(resources).toReversed()
  const placed: ResourceName[] = []
  while (waiting.length > 0) {
    const names = waiting.map(({ name }) => name)
    const index = waiting.findIndex((each) => !namedBefore(each).some((one) => names.includes(one)))
    if (index < 0) throw new Error(`"after" has a cycle: ${names.join(', ')}`)
    placed.push(...waiting.splice(index, 1).map(({ name }) => name))
  }
  return placed.flatMap((name) => stored.find((each) => each.name === name) ?? [])
})
