import { expect, test } from 'vitest'
import { recordCovers } from '../../emulator/access/dns.ts'

const records = [
  { name: 'example.com', type: 'A' },
  { name: 'app.example.com', type: 'AAAA' },
  { name: 'alias.example.com', type: 'CNAME' },
  { name: 'text.example.com', type: 'TXT' },
  { name: '*.wild.example.com', type: 'A' },
  { name: 'mine.wild.example.com', type: 'TXT' },
  { name: 'deep.below.wild.example.com', type: 'A' },
  { name: '*.words.example.com', type: 'TXT' },
]

test.each([
  ['example.com', true],
  ['app.example.com', true],
  ['APP.example.com', true],
  ['alias.example.com', true],
  ['text.example.com', false],
  ['other.example.com', false],
  ['x.app.example.com', false],
  ['wild.example.com', false],
  ['any.wild.example.com', true],
  ['two.labels.wild.example.com', true],
  ['mine.wild.example.com', false],
  // It exists because there is a name below it.
  ['below.wild.example.com', false],
  ['x.below.wild.example.com', false],
  ['any.words.example.com', false],
  ['notexample.com', false],
  ['com', false],
])('%s has an address: %s', (host, covered) => {
  expect(recordCovers(records, host)).toBe(covered)
})

test('a wildcard of the zone covers every name without its own record', () => {
  const one = [{ name: '*.example.com', type: 'AAAA' }]
  expect(recordCovers(one, 'a.b.example.com')).toBe(true)
  expect(recordCovers(one, 'example.com')).toBe(false)
  expect(recordCovers([], 'example.com')).toBe(false)
})
