/** Declarations of resources, beyond what their types say. */
import { expect, test } from 'vitest'
import { collections } from '../../contracts/api/operations.ts'

test.each(collections)('$many: what can be created is tried', ({ operations, lifeCycle }) => {
  expect(lifeCycle === undefined).toBe(operations.create === undefined)
  expect(lifeCycle?.change === undefined).toBe(operations.replace === undefined)
})

test.each(collections)('$many have none of the operations that they lack', (resource) => {
  const { operations, lacks = [] } = resource
  const all = ['list', 'get', 'create', 'replace', 'delete'] as const
  expect(all.filter((name) => operations[name] === undefined).toSorted()).toEqual(
    [...lacks].toSorted(),
  )
})
