/** Raw header lists, read as pairs, by name, and joined. */
import { describe, expect, test } from 'vitest'
import {
  connectionOptions,
  headerOf,
  joinedHeaders,
  pairsOf,
  valuesOf,
} from '../../contracts/http/headers.ts'

const raw = ['Host', 'a', 'X-One', '1', 'x-one', '2', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2']

test('pairs keep order, casing and repetition', () => {
  expect(pairsOf(raw).flat()).toEqual(raw)
  expect(pairsOf([])).toEqual([])
})

test('a header is found by its lower-case name, whatever its casing', () => {
  expect(valuesOf(raw, 'x-one')).toEqual(['1', '2'])
  expect(valuesOf(raw, 'x-two')).toEqual([])
  // A value that looks like the name is not a header.
  expect(valuesOf(['a', 'host', 'b', 'c'], 'host')).toEqual([])
  expect(headerOf(pairsOf(raw), 'x-one')).toBe('1')
  expect(headerOf(pairsOf(raw), 'x-two')).toBeUndefined()
})

describe('joined', () => {
  test('several of one name are one line, in the order of the first', () => {
    expect(Object.entries(joinedHeaders(pairsOf(raw)))).toEqual([
      ['host', 'a'],
      ['x-one', '1, 2'],
      ['set-cookie', 'a=1, b=2'],
    ])
  })

  test('those that stay apart are lists', () => {
    const { 'set-cookie': cookies, host } = joinedHeaders(pairsOf(raw), new Set(['set-cookie']))
    expect({ cookies, host }).toEqual({ cookies: ['a=1', 'b=2'], host: 'a' })
  })

  test.each(['constructor', 'toString', '__proto__'])('%s is a name like any other', (name) => {
    expect(Object.entries(joinedHeaders([[name, 'a']]))).toEqual([[name.toLowerCase(), 'a']])
  })
})

test('the options of Connection', () => {
  expect(connectionOptions(' Upgrade,, HTTP2-Settings ,')).toEqual(['Upgrade', 'HTTP2-Settings'])
  expect(connectionOptions('')).toEqual([])
})
