/** The checker of histories: histories made bad by hand, and small arbitrary ones against a search of every order. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check, told } from './check.ts'
import type { History, Operation, Outcome } from './history.ts'

let at = 0
const at0 = (invoked: number, returned: number, outcome: Outcome = 'ok') => {
  at += 1
  return { client: `client ${at}`, replica: 'r1', invoked, returned, outcome, answer: outcome }
}
type Times = readonly [number, number]
const write = (value: string, [from, to]: Times, outcome?: Outcome): Operation => ({
  ...{ kind: 'write', key: 'k', value },
  ...at0(from, to, outcome),
})
const read = (value: string, [from, to]: Times): Operation => ({
  ...{ kind: 'read', key: 'k', value },
  ...at0(from, to),
})
const create = (name: string, [from, to]: Times, outcome?: Outcome, id = name): Operation => ({
  ...{ kind: 'create', key: 'c', name },
  ...(outcome === undefined ? { id } : {}),
  ...at0(from, to, outcome),
})
const list = (names: string, [from, to]: Times): Operation => ({
  ...{ kind: 'list', key: 'c', items: [...names].map((name) => ({ name, id: name })) },
  ...at0(from, to),
})
const history = (...operations: Operation[]): History => ({ initial: { k: '0' }, operations })
const kinds = (...operations: Operation[]) => check(history(...operations)).map(({ kind }) => kind)

describe('A register', () => {
  test.each([
    ['nothing but the initial value', [read('0', [1, 2])]],
    ['a read after the write', [write('a', [1, 2]), read('a', [3, 4])]],
    ['a concurrent read of the value before', [write('a', [1, 4]), read('0', [2, 3])]],
    [
      'an unknown write that appears late',
      [write('a', [1, 2], 'unknown'), read('0', [5, 6]), read('a', [7, 8])],
    ],
    ['an unknown write that never appears', [write('a', [1, 2], 'unknown'), read('0', [5, 6])]],
    [
      'two concurrent writes, seen in one order',
      [write('a', [1, 9]), write('b', [1, 9]), read('b', [2, 3]), read('a', [4, 5])],
    ],
    ['a refused write that never appears', [write('a', [1, 2], 'refused'), read('0', [3, 4])]],
  ])('%s', (_, operations) => {
    expect(kinds(...operations)).toEqual([])
  })

  test.each([
    ['a lost write', ['lost write'], [write('a', [1, 2]), read('0', [3, 4])]],
    [
      'a stale read',
      ['stale read'],
      [write('a', [1, 2]), write('b', [3, 4]), read('b', [5, 6]), read('a', [7, 8])],
    ],
    [
      'a read that another read has overtaken',
      ['stale read'],
      [write('a', [1, 9]), read('a', [2, 3]), read('0', [4, 5])],
    ],
    [
      'an unknown write that was seen, and is gone',
      ['stale read'],
      [write('a', [1, 2], 'unknown'), read('a', [3, 4]), read('0', [5, 6])],
    ],
    [
      'two concurrent writes, seen in both orders',
      ['stale read'],
      [
        ...[write('a', [1, 9]), write('b', [1, 9])],
        ...[read('b', [2, 3]), read('a', [4, 5]), read('b', [6, 7])],
      ],
    ],
    ['a value from nowhere', ['value from nowhere'], [read('x', [1, 2])]],
    ['a value from the future', ['value from nowhere'], [read('a', [1, 2]), write('a', [3, 4])]],
    [
      'a refused write that was done',
      ['refused, but done'],
      [write('a', [1, 2], 'refused'), read('a', [3, 4])],
    ],
  ] as const)('%s', (_, expected, operations) => {
    expect(kinds(...operations)).toEqual(expected)
  })
})

describe('A collection', () => {
  test.each([
    ['is listed', [create('a', [1, 2]), list('a', [3, 4])]],
    ['is not listed while it is created', [create('a', [1, 5]), list('', [2, 3])]],
    ['appears late', [create('a', [1, 2], 'unknown'), list('', [3, 4]), list('a', [5, 6])]],
  ])('%s', (_, operations) => {
    expect(kinds(...operations)).toEqual([])
  })

  test.each([
    ['lost', ['lost write'], [create('a', [1, 2]), list('', [3, 4]), list('', [5, 6])]],
    ['stale', ['stale read'], [create('a', [1, 2]), list('', [3, 4]), list('a', [5, 6])]],
    [
      'seen, and gone',
      ['stale read'],
      [create('a', [1, 2], 'unknown'), list('a', [3, 4]), list('', [5, 6])],
    ],
    ['from nowhere', ['value from nowhere'], [list('a', [1, 2])]],
    [
      'lists that contradict each other',
      ['lists that contradict each other'],
      [create('a', [1, 9]), create('b', [1, 9]), list('a', [2, 3]), list('b', [2, 3])],
    ],
    ['a doubled id', ['doubled id'], [create('a', [1, 2]), create('b', [3, 4], undefined, 'a')]],
    ['a doubled object', ['doubled object'], [create('a', [1, 2]), list('aa', [3, 4])]],
    [
      'an object whose id changes',
      ['doubled object'],
      [create('a', [1, 2], undefined, 'z'), list('a', [3, 4])],
    ],
  ] as const)('%s', (_, expected, operations) => {
    expect(kinds(...operations)).toEqual(expected)
  })
})

test('the verdict names the operation, and shows what happened meanwhile', () => {
  const bad = history(write('a', [1, 2]), write('b', [3, 9], 'unknown'), read('0', [4, 5]))
  const [violation] = check(bad)
  const text = violation === undefined ? '' : told(violation, bad)
  expect(text).toMatch(/^lost write: k: The write of a by client \d+ was acknowledged at 2\.00/)
  expect(text).toMatch(/\* 4\.00–5\.00 {2}client \d+ at r1: read 0 → ok/)
  expect(text).toMatch(/ {3}3\.00–9\.00 {2}client \d+ at r1: write b → unknown/)
})

/** Whether some order of the operations, each between its two times, explains every answer. */
function isExplained(left: readonly Operation[], state: string): boolean {
  if (left.every(({ outcome }) => outcome === 'unknown')) return true
  return left.some((next) => {
    const rest = left.filter((each) => each !== next)
    if (rest.some((each) => each.outcome === 'ok' && each.returned < next.invoked)) return false
    const after = applied(next, state)
    return after !== undefined && isExplained(rest, after)
  })
}

/** A state is a letter, or the letters of a collection in order. */
function applied(operation: Operation, state: string): string | undefined {
  switch (operation.kind) {
    case 'write':
      return operation.value
    case 'create':
      return [...state, operation.name].sort().join('')
    case 'read':
      return operation.value === state ? state : undefined
    case 'list':
      return operation.items.map(({ name }) => name).join('') === state ? state : undefined
  }
}

const times = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 6 }))
  .map(([from, lasted]): Times => [from, from + lasted])
const outcome = fc.constantFrom<Outcome>('ok', 'ok', 'unknown', 'refused')
const many = { maxLength: 4 }

function agrees(operations: readonly Operation[], initial: string) {
  const counted = operations.filter((each) => each.outcome !== 'refused')
  expect(check(history(...operations)).length === 0).toBe(isExplained(counted, initial))
}

test('registers: the same verdict as a search of every order', () => {
  const writes = fc.array(fc.tuple(times, outcome), many)
  const reads = fc.array(fc.tuple(times, fc.constantFrom('0', 'a', 'b', 'c', 'd')), many)
  fc.assert(
    fc.property(writes, reads, (written, seen) => {
      const names = ['a', 'b', 'c', 'd']
      agrees(
        [
          ...written.map(([span, how], index) => write(names[index] ?? '', span, how)),
          ...seen.map(([span, value]) => read(value, span)),
        ],
        '0',
      )
    }),
    { numRuns: 5000 },
  )
})

test('collections: the same verdict as a search of every order', () => {
  const creates = fc.array(fc.tuple(times, outcome), many)
  const lists = fc.array(fc.tuple(times, fc.subarray(['a', 'b', 'c', 'd'])), many)
  fc.assert(
    fc.property(creates, lists, (created, seen) => {
      const names = ['a', 'b', 'c', 'd']
      agrees(
        [
          ...created.map(([span, how], index) => create(names[index] ?? '', span, how)),
          ...seen.map(([span, items]) => list(items.join(''), span)),
        ],
        '',
      )
    }),
    { numRuns: 5000 },
  )
})
