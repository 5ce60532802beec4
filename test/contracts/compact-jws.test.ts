/** The compact serialization of a JWT has exactly one text per token. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCompactJws } from '../../contracts/edge/compact-jws.ts'
import { contents, spellings } from './odd-encodings.ts'

const header = '{"typ":"JWT","alg":"RS256","kid":"k1"}'
const payload =
  '{"aud":["a","b"],"iss":"https://team.example","s":"say \\"{:}\\" twice","n":{"iss":1}}'
const encoded = (text: string) => Buffer.from(text).toString('base64url')
// 256 bytes, as RS256 has them; with `-` and `_` in it.
const signature = Buffer.alloc(256, 0xfb).fill(0xff, 100).toString('base64url')
const token = `${encoded(header)}.${encoded(payload)}.${signature}`

test('header and payload of a canonical token are read', () => {
  expect(readCompactJws(token)).toEqual({
    header: JSON.parse(header),
    payload: JSON.parse(payload),
  })
})

test('a token without signature can be read, so that its algorithm can be named', () => {
  expect(readCompactJws(`${encoded('{"alg":"none"}')}.e30.`)?.header).toEqual({ alg: 'none' })
})

describe('a token is invalid with', () => {
  test.each(spellings)('%s', (_, change) => {
    expect(readCompactJws(change(token))).toBeUndefined()
  })
  test.each(contents)('%s', (_, of) => {
    expect(readCompactJws(`${of(header, payload).join('.')}.${signature}`)).toBeUndefined()
  })
  test.each([
    ['two parts', 'e30.e30'],
    ['an empty payload', 'e30..e30'],
    ['a payload that is a list', `e30.${encoded('[]')}.AA`],
    ['a byte order mark', `e30.${encoded('\ufeff{}')}.AA`],
    ['nothing', ''],
    [
      'more levels than a stack has',
      `e30.${encoded(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)}.AA`,
    ],
  ])('%s', (_, given) => {
    expect(readCompactJws(given)).toBeUndefined()
  })
})

test('whatever JSON holds, its names are counted rightly', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
      const read = readCompactJws(`e30.${encoded(JSON.stringify(claims))}.AA`)
      expect(read?.payload).toEqual(JSON.parse(JSON.stringify(claims)))
    }),
  )
})

test('no second text is read as the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), fc.string({ maxLength: 3 }), (bytes, other) => {
      const text = Buffer.from(bytes).toString('base64url')
      expect(readCompactJws(`e30.e30.${text}`)).toBeDefined()
      const changed = text.slice(0, -1) + other
      const isSame = Buffer.from(changed, 'base64url').equals(Buffer.from(bytes))
      if (isSame && changed !== text) expect(readCompactJws(`e30.e30.${changed}`)).toBeUndefined()
    }),
  )
})
