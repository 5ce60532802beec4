import fc from 'fast-check'
import { expect, test } from 'vitest'
import { all, any, atLeast, not, outcomes } from '../../emulator/access/outcomes.ts'

const outcome = fc.constantFrom(...outcomes)
const several = fc.array(outcome, { maxLength: 5 })

test('an empty include matches nothing and an empty require holds', () => {
  expect(any([])).toBe('no_match')
  expect(all([])).toBe('match')
})

test('what is undecided stays undecided under not', () => {
  expect(outcomes.map(not)).toEqual(['match', 'not_evaluable', 'needs_identity', 'no_match'])
})

test('any and all do not depend on order, grouping or repetition', () => {
  fc.assert(
    fc.property(several, several, (some, others) => {
      for (const join of [any, all]) {
        expect(join([...some, ...others])).toBe(join([...others, ...some]))
        expect(join([...some, ...others])).toBe(join([join(some), join(others)]))
        expect(join([...some, ...some])).toBe(join(some))
      }
    }),
  )
})

test('any and all absorb and distribute over each other', () => {
  fc.assert(
    fc.property(outcome, outcome, outcome, (a, b, c) => {
      expect(any([a, all([a, b])])).toBe(a)
      expect(all([a, any([a, b])])).toBe(a)
      expect(all([a, any([b, c])])).toBe(any([all([a, b]), all([a, c])]))
    }),
  )
})

test('not undoes itself, and De Morgan holds wherever the outcome is decided', () => {
  fc.assert(
    fc.property(several, (some) => {
      expect(some.map(not).map(not)).toEqual(some)
      const decided = some.filter((one) => one === 'match' || one === 'no_match')
      expect(not(any(decided))).toBe(all(decided.map(not)))
      expect(not(all(decided))).toBe(any(decided.map(not)))
    }),
  )
})

test('any is at least, and all is at most, each of its parts', () => {
  fc.assert(
    fc.property(several, (some) => {
      for (const one of some) {
        expect(atLeast(any(some), one)).toBe(true)
        expect(atLeast(one, all(some))).toBe(true)
      }
    }),
  )
})
