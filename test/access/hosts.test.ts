import { describe, expect, test } from 'vitest'
import {
  destinationKey,
  type HostPath,
  hostKeys,
  matches,
  mostSpecific,
  parseDestination,
} from '../../emulator/access/hosts.ts'

function parsed(uri: string): HostPath {
  const destination = parseDestination(uri)
  if (destination === undefined) throw new Error(`"${uri}" is malformed`)
  return destination
}

/** Splits `host/path` of a request. */
function asked(request: string): readonly [string, string] {
  const slash = request.indexOf('/')
  return [request.slice(0, slash), request.slice(slash)]
}

const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'app.example.com',
    ['app.example.com/', 'app.example.com/a/b', 'APP.example.com/'],
    ['example.com/', 'xapp.example.com/', 'a.app.example.com/'],
  ],
  ['App.Example.com/*', ['app.example.com/', 'app.example.com/a'], ['b.example.com/']],
  [
    '*.example.com',
    ['a.example.com/', 'b.example.com/x'],
    ['example.com/', 'a.b.example.com/', '.example.com/', 'a.example.org/'],
  ],
  [
    '*test.example.com',
    ['test.example.com/', 'alphatest.example.com/'],
    ['beta.test.example.com/', 'tests.example.com/'],
  ],
  [
    'pre-*-x.example.com',
    ['pre-1-x.example.com/', 'pre--x.example.com/'],
    ['pre-x.example.com/', 'pre-1.2-x.example.com/'],
  ],
  ['*.*.example.com', ['a.b.example.com/'], ['a.example.com/', 'a.b.c.example.com/']],
  [
    'a.com/alpha',
    ['a.com/alpha', 'a.com/alpha/', 'a.com/alpha/x'],
    ['a.com/alphabet', 'a.com/', 'a.com/Alpha', 'a.com/x/alpha'],
  ],
  ['a.com/alpha/', ['a.com/alpha', 'a.com/alpha/', 'a.com/alpha/x'], ['a.com/alphabet']],
  [
    'a.com/alpha/*',
    ['a.com/alpha/', 'a.com/alpha/x', 'a.com/alpha/x/y'],
    ['a.com/alpha', 'a.com/alphabet'],
  ],
  ['a.com/alpha*', ['a.com/alpha', 'a.com/alphabet', 'a.com/alpha/x'], ['a.com/alph']],
  [
    'a.com/foo*/bar',
    ['a.com/food/stuff/bar', 'a.com/foo/bar', 'a.com/foo/bar/x'],
    ['a.com/foo', 'a.com/food/stuff/bars'],
  ],
  ['a.com/*/b/*/d', ['a.com/x/b/y/d', 'a.com/x/y/b/z/d/e'], ['a.com/b/y/d', 'a.com/x/b/d']],
  ['a.com/', ['a.com/', 'a.com/x'], ['b.com/']],
  ['a.com/café', ['a.com/caf%C3%A9', 'a.com/caf%C3%A9/x'], ['a.com/cafe', 'a.com/caf%E9']],
  ['a.com/a%3ab', ['a.com/a:b', 'a.com/a%3Ab'], ['a.com/ab']],
  ['a.com/a.b+c', ['a.com/a.b+c', 'a.com/a.b%2Bc'], ['a.com/axb+c']],
  ['a.com/x%2Ay', ['a.com/x*y', 'a.com/x%2Ay'], ['a.com/x1y']],
]

test.each(table)('the destination %s covers %j and not %j', (uri, covered, others) => {
  const destination = parsed(uri)
  expect(covered.filter((request) => !matches(destination, ...asked(request)))).toEqual([])
  expect(others.filter((request) => matches(destination, ...asked(request)))).toEqual([])
})

test.each(table)('the index finds %s under the key of each host that it covers', (uri, covered) => {
  for (const request of covered) expect(hostKeys(asked(request)[0])).toContain(destinationKey(uri))
})

describe('a malformed destination never matches', () => {
  test.each([
    'https://app.example.com',
    'app.example.com:8443',
    'app.example.com?x=1',
    'app.example.com/a?x=1',
    'app.example.com/a#b',
    'app.example.com/a app.example.com/b',
    'app.example.com/a\nb',
    'app.example.com/100%',
    '**.example.com',
    'a*b*.example.com',
    'app.example.com/a*b*',
    'app..example.com',
    '',
    '/path',
  ])('%j', (uri) => {
    expect(parseDestination(uri)).toBeUndefined()
    expect(hostKeys('app.example.com')).not.toContain(destinationKey(uri))
  })
})

test('the keys of a host are itself and a wildcard for each of its suffixes', () => {
  expect(hostKeys('a.b.example.com')).toEqual([
    'a.b.example.com',
    '*.b.example.com',
    '*.example.com',
    '*.com',
    '*.',
  ])
})

test.each([
  ['App.example.com/x', 'app.example.com'],
  ['*.example.com', '*.example.com'],
  ['*test.example.com/x', '*.example.com'],
  ['*.a.*.example.com', '*.example.com'],
  ['app.*', '*.'],
])('the key of %s is %s', (uri, key) => {
  expect(destinationKey(uri)).toBe(key)
})

test.each([
  [
    'an exact host before a wildcard with a longer path',
    ['*.example.com/admin', 'a.example.com'],
    'a.example.com/admin',
    'a.example.com',
  ],
  [
    'the longer host pattern',
    ['*.example.com/x/y', '*est.example.com'],
    'test.example.com/x/y',
    '*est.example.com',
  ],
  ['the longer path', ['a.com', 'a.com/x', 'a.com/x/y'], 'a.com/x/y/z', 'a.com/x/y'],
  ['the path without a wildcard', ['a.com/x*', 'a.com/xy'], 'a.com/xy', 'a.com/xy'],
  ['the parent where no sub-path has its own', ['a.com/x', 'a.com/x/y'], 'a.com/x/z', 'a.com/x'],
  ['the first of equals', ['a.com', 'a.com/*'], 'a.com/', 'a.com'],
])('the most specific destination wins: %s', (_, uris, request, expected) => {
  const candidates = uris.map((uri) => ({ destination: parsed(uri) }))
  expect(mostSpecific(candidates, ...asked(request))?.destination.uri).toBe(expected)
})

test('nothing wins where nothing matches', () => {
  expect(mostSpecific([{ destination: parsed('a.com/x') }], 'a.com', '/y')).toBeUndefined()
})

test('a pattern full of wildcards is matched against a long path without backtracking', () => {
  const destination = parsed(`a.com${'/a*'.repeat(50)}/end`)
  expect(matches(destination, 'a.com', '/a'.repeat(50_000))).toBe(false)
})
