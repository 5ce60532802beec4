import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matches, normalisePath, parseDestination } from '../../emulator/access/hosts.ts'

test.each([
  ['/', '/'],
  ['', '/'],
  ['/a/b', '/a/b'],
  ['//a///b//', '/a/b/'],
  ['/a/./b/../c', '/a/c'],
  ['/a/b/..', '/a/'],
  ['/a/.', '/a/'],
  ['/../../a', '/a'],
  ['/..', '/'],
  ['/a/%2e%2E/b', '/b'],
  ['/a/.%2e/b', '/b'],
  ['/x%2f..%2fb', '/b'],
  ['/x%5c..%5Cb', '/b'],
  ['/x\\..\\b', '/b'],
  ['\\\\evil\\a', '/evil/a'],
  ['%2fa', '/a'],
  ['/%61dmin', '/admin'],
  ['/%7Eme', '/~me'],
  ['/a%3ab', '/a%3Ab'],
  ['/a:b', '/a:b'],
  ['/%252e%252e/a', '/%252e%252e/a'],
  ['/a b"<é', '/a%20b%22%3C%E9'],
  ['/\u4f60', '/%E4%BD%A0'],
  ['/a#b', '/a%23b'],
  ['/a..b/...', '/a..b/...'],
  ['https://app.example.com/a/../b', '/b'],
  ['http://app.example.com', '/'],
])('the path of %j is %s', (raw, path) => {
  expect(normalisePath(raw)).toEqual({ path, query: '' })
})

test.each([
  ['/a?', '/a', '?'],
  ['/a?x=//%2e%2f../?y', '/a', '?x=//%2e%2f../?y'],
  ['?x=%', '/', '?x=%'],
])('the query of %j stays as it is', (raw, path, query) => {
  expect(normalisePath(raw)).toEqual({ path, query })
})

describe('a target is refused', () => {
  test.each([
    '*',
    'a/b',
    'app.example.com:443',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%00',
    '/a%0d%0aX:y',
    '/a%7f',
    '/a\0',
    '/a\r\nb',
    '/a?x=\n',
    '/\ud800',
  ])('%j', (raw) => {
    expect(normalisePath(raw)).toBeUndefined()
  })
})

const piece = fc.constantFrom(
  ...[
    '/',
    '//',
    '\\',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%5C',
    '%25',
    '%252e',
    '%61',
    'a',
    'B',
  ],
  ...['*', ':', ';', '~', ' ', '%20', '%C3', 'é', '\u4f60', '%', '%4', '@', '%2a', '%25%32%66'],
)
const rawPath = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`)
const runs = { numRuns: 3000 }

test('normalising again changes nothing', () => {
  fc.assert(
    fc.property(rawPath, (raw) => {
      const once = normalisePath(raw)
      if (once !== undefined) expect(normalisePath(once.path + once.query)).toEqual(once)
    }),
    runs,
  )
})

test('a normalised path has no doubled slash, dot segment, encoded dot or slash, or backslash', () => {
  fc.assert(
    fc.property(rawPath, (raw) => {
      const path = normalisePath(raw)?.path
      if (path === undefined) return
      expect(path).toMatch(/^\//)
      expect(path).not.toMatch(/\/\/|\\|%2[EF]|%5C|\/\.{1,2}(?:\/|$)|%[0-9A-F]?[a-f]/)
      expect(path).toMatch(/^[!$-;=@-Z_a-z~]*$/)
    }),
    runs,
  )
})

const segment = fc
  .string({ unit: fc.constantFrom(..."abzAZ09-._~!$&'()+,;=:@"), minLength: 1, maxLength: 6 })
  .filter((text) => text !== '.' && text !== '..')

test('a path-scoped application cannot be slipped past by another spelling of its path', () => {
  const spelled = fc.record({
    segments: fc.array(segment, { minLength: 1, maxLength: 3 }),
    choices: fc.infiniteStream(fc.nat(5)),
    below: fc.constantFrom('', '/', '/x', '/x?y'),
  })
  fc.assert(
    fc.property(spelled, ({ segments, choices, below }) => {
      const path = `/${segments.join('/')}`
      const destination = parseDestination(`app.example.com${path}`)
      const choose = (): number => choices.next().value ?? 0
      const spelling = [...path].map((character) => respell(character, choose())).join('')
      const target = normalisePath(spelling + below)
      expect(target).toBeDefined()
      expect(destination).toBeDefined()
      if (target === undefined || destination === undefined) return
      expect(matches(destination, 'app.example.com', target.path)).toBe(true)
    }),
    runs,
  )
})

/** Ways to write one character of a path that a server may read as the same. */
function respell(character: string, choice: number): string {
  const hex = character.charCodeAt(0).toString(16)
  if (choice === 0) return `%${hex}`
  if (choice === 1) return `%${hex.toUpperCase()}`
  if (character !== '/') return character
  return ['/', '/', '//', '\\', '/./', '/x/../'][choice] ?? '/'
}
