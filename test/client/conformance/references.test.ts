/** References preserve identity: two reports agree if only the values behind them differ. */
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { compare, createIdentities } from '../../../client/conformance/diff-values.ts'
import { createReferences } from '../../../client/conformance/report-references.ts'

const id = 'f174e90a-fafe-4643-bbbc-4a0ed4fc8415'
const other = '6ba7b810-9dad-41d1-80b4-00c04fd430c8'

test('one value has one reference, and another value another', () => {
  const { value } = createReferences()
  expect(value({ id, uid: id, policies: [{ id: other }] })).toEqual({
    id: '<uuid:1>',
    uid: '<uuid:1>',
    policies: [{ id: '<uuid:2>' }],
  })
})

test.each([
  ['a time', '2026-01-02T03:04:05Z', '<time:1>'],
  ['a time with its decimals', '2026-01-02T03:04:05.123456Z', '<time6:1>'],
  ['a date', 'Fri, 02 Jan 2026 03:04:05 GMT', '<date:1>'],
  ['a ray', '98d4158b4f2c0b43-SJC', '<ray:1>-<colo>'],
  ['a ray without its place', 'Ray ID: 98d4158b4f2c0b43.', 'Ray ID: <ray:1>.'],
  ['a client id', `${'a1'.repeat(16)}.access`, '<client_id:1>.access'],
  ['a secret', `cfast_${'a1'.repeat(24)}`, '<client_secret:1>'],
  ['an AUD tag', 'a1'.repeat(32), '<hex64:1>'],
  ['nothing of the run', 'Thu, 01 Jan 1970 00:00:01 GMT', 'Thu, 01 Jan 1970 00:00:01 GMT'],
])('%s is replaced', (_, given, expected) => {
  expect(createReferences().text(given)).toBe(expected)
})

test('what is known is replaced whole, the longest first, and never within a word', () => {
  const { know, text } = createReferences()
  know('host-1', 'name host 1')
  know('host-1.example.com', 'site')
  expect(text('host-1.example.com host-1 host-10 my-host-1')).toBe(
    '<site> <name host 1> host-10 my-host-1',
  )
})

test.each([
  ['with it', 0, 'iat+0'],
  ['a second before it, as after a revocation', -1, 'iat+0'],
  ['two seconds before it', -2, 'iat+-2'],
  ['a second after it', 1, 'iat+1'],
])('a token that is valid %s', (_, seconds, nbf) => {
  const iat = 1_770_000_000
  expect(createReferences().value({ iat, nbf: iat + seconds })).toEqual({ iat: '<time:1>', nbf })
})

test('a JWT is a reference, and its claims are kept with durations in place of moments', async () => {
  const token = await new SignJWT({ aud: 'a1'.repeat(32) })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(1_700_000_000)
    .setExpirationTime(1_700_086_400)
    .sign(new Uint8Array(32))
  const { text, tokens } = createReferences()
  expect(text(`CF_Authorization=${token}; Path=/`)).toBe('CF_Authorization=<jwt:1>; Path=/')
  expect(tokens).toEqual({
    '<jwt:1>': {
      header: { alg: 'HS256' },
      claims: { aud: '<hex64:1>', iat: '<time:1>', exp: 'iat+86400' },
    },
  })
})

describe('compared', () => {
  const found = (before: unknown, after: unknown, depth: 'values' | 'shape' = 'values') =>
    compare(before, after, { at: 'body', depth, identities: createIdentities() })

  test.each([
    ['other numbers of the same identity', { id: '<uuid:1>' }, { id: '<uuid:7>' }, []],
    [
      'an identity that is lost',
      { id: '<uuid:1>', uid: '<uuid:1>' },
      { id: '<uuid:1>', uid: '<uuid:2>' },
      ['changed body.uid'],
    ],
    [
      'an identity that is new',
      { id: '<uuid:1>', uid: '<uuid:2>' },
      { id: '<uuid:1>', uid: '<uuid:1>' },
      ['changed body.uid'],
    ],
    ['two times of one second', ['<time:1>', '<time:1>'], ['<time:1>', '<time:2>'], []],
    ['times with stripped zeros', ['<time6:1>', '<time:1>'], ['<time3:1>', '<time2:1>'], []],
    ['times of another form', '<time:1>', '<time6:1>', ['changed body']],
    ['a field that is gone', { a: 1, b: 2 }, { a: 1 }, ['missing body.b']],
    ['a field that is new', { a: 1 }, { a: 1, b: null }, ['extra body.b']],
    ['an item that is new', [1], [1, 2], ['extra body[1]']],
    ['a type', { a: '1' }, { a: 1 }, ['changed body.a']],
  ])('%s', (_, before, after, places) => {
    expect(found(before, after).map(({ kind, at }) => `${kind} ${at}`)).toEqual(places)
  })

  test('by shape, only fields and types count, and a list is what its items have together', () => {
    const before = {
      list: [
        { id: 1, name: 'x' },
        { id: 2, tag: 't' },
      ],
    }
    expect(found(before, { list: [{ id: 3, name: 'y', tag: 'u' }] }, 'shape')).toEqual([])
    expect(found(before, { list: [] }, 'shape')).toEqual([])
    expect(found(before, { list: [{ id: '3', name: 'y', more: 1 }] }, 'shape')).toMatchObject([
      { kind: 'changed', at: 'body.list[].id' },
      { kind: 'missing', at: 'body.list[].tag' },
      { kind: 'extra', at: 'body.list[].more' },
    ])
  })
})
