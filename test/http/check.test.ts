/** A constant response is validated once, but only if it is valid and cannot change. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { contractBreach } from '../../emulator/http/check.ts'
import { lastingAnswer } from '../../emulator/http/lasting.ts'

const schema = z.object({ name: z.string(), parts: z.array(z.number()) })
const fits = () => ({ name: 'one', parts: [1] })

test('a lasting answer is frozen to its depth', () => {
  const answer = lastingAnswer(fits())
  expect(() => answer.parts.push(2)).toThrow(TypeError)
})

test('a lasting answer that fits is read once, and again under another schema', () => {
  let reads = 0
  const counting = z.string().check(() => {
    reads += 1
  })
  const counted = z.object({ name: counting })
  const answer = lastingAnswer({ name: 'one' })
  expect(contractBreach(answer, counted)).toBeUndefined()
  expect(contractBreach(answer, counted)).toBeUndefined()
  expect(contractBreach([answer], z.array(counted))).toBeUndefined()
  expect(reads).toBe(1)
  expect(contractBreach(answer, z.object({ name: counting, more: z.string() }))).toContain('more')
})

test('a lasting answer that does not fit is refused every time, alone and in a list', () => {
  const answer = lastingAnswer({ ...fits(), stray: true })
  expect(contractBreach(answer, schema)).toBe('stray: not in the contract')
  expect(contractBreach(answer, schema)).toBe('stray: not in the contract')
  expect(contractBreach([answer], z.array(schema))).toBe('stray: not in the contract')
})

test('an answer that may change is checked every time', () => {
  const answer: { name: unknown; parts: number[] } = fits()
  expect(contractBreach(answer, schema)).toBeUndefined()
  answer.name = 1
  expect(contractBreach(answer, schema)).toContain('name')
})

test('a list with its own rule is checked by it, whatever its items', () => {
  const answer = lastingAnswer(fits())
  expect(contractBreach(answer, schema)).toBeUndefined()
  expect(contractBreach([answer], z.array(schema).max(0))).toBeDefined()
})
