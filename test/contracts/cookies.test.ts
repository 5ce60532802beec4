/** Reading and writing cookies, compared with jshttp `cookie` where the two agree and where they differ. */
import { parseCookie, parseSetCookie } from 'cookie'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cookiePair,
  cookieValues,
  readSetCookie,
  setCookie,
  withAttributes,
  withoutCookies,
} from '../../contracts/http/cookies.ts'

const octets = [...'abcXYZ019!#$&*+-.^_|~/:']
const name = fc.string({ unit: fc.constantFrom(...octets.slice(0, 17)), minLength: 1 })
const value = fc
  .string({ unit: fc.constantFrom(...octets, '=', '"', ' ') })
  .map((text) => text.trim())
const blank = fc.constantFrom('', ' ', '\t', '  ')
const cookies = fc.uniqueArray(fc.tuple(name, value, blank, blank), { selector: ([key]) => key })

const asText = (pairs: readonly (readonly string[])[]) =>
  pairs.map(([key, text, before, after]) => `${before}${key}=${text}${after}`).join(';')

describe('read as jshttp cookie reads them', () => {
  test('are cookies of different names without escapes', () => {
    fc.assert(
      fc.property(cookies, (pairs) => {
        const read = parseCookie(asText(pairs))
        for (const [key] of pairs) expect(cookieValues([asText(pairs)], key)).toEqual([read[key]])
      }),
    )
  })

  test('is a Set-Cookie that we write', () => {
    const attributes = fc.record({
      expires: fc.integer({ min: 0, max: 4_102_444_800 }),
      path: fc.constantFrom('/', '/a/b', '/a b'),
      httpOnly: fc.boolean(),
      sameSite: fc.constantFrom('', 'none', 'None', 'lax', 'Strict'),
    })
    fc.assert(
      fc.property(name, value, attributes, (key, text, given) => {
        const line = setCookie(key, text, given)
        const { expires, path, httpOnly, sameSite } = given
        expect(parseSetCookie(line)).toEqual({
          name: key,
          value: text,
          expires: new Date(expires * 1000),
          path,
          secure: true,
          ...(httpOnly && { httpOnly }),
          ...(sameSite !== '' && { sameSite: sameSite.toLowerCase() }),
        })
        expect(readSetCookie(line)).toMatchObject({ name: key, value: text, attributes: { path } })
      }),
    )
  })
})

describe('not as jshttp cookie does', () => {
  test('every cookie of a name counts, of every header', () => {
    expect(cookieValues(['a=1; b=2; a=3', 'a=4'], 'a')).toEqual(['1', '3', '4'])
    expect(parseCookie('a=1; a=3')).toEqual({ a: '1' })
  })

  test('escapes stay as they were sent', () => {
    expect(cookieValues(['a=%41%3B'], 'a')).toEqual(['%41%3B'])
    expect(readSetCookie('a=%41').value).toBe('%41')
    expect(parseCookie('a=%41%3B')).toEqual({ a: 'A;' })
  })

  test('a no-break space around a value is no part of it', () => {
    expect(cookieValues(['a=1\u00a0'], 'a')).toEqual(['1'])
    expect(parseCookie('a=1\u00a0')).toEqual({ a: '1\u00a0' })
  })

  test('text without an equals sign is a name', () => {
    expect(cookiePair(' a ')).toEqual({ name: 'a', value: undefined })
    expect(readSetCookie('a; Secure')).toEqual({ name: 'a', value: '', attributes: { secure: '' } })
    expect(parseSetCookie('a')).toEqual({ name: '', value: 'a' })
  })

  test('attributes keep their text, known or not', () => {
    expect(readSetCookie('a=b; Expires=never; SameSite=NONE; X=y').attributes).toEqual({
      expires: 'never',
      samesite: 'NONE',
      x: 'y',
    })
  })

  test('Expires comes first and Secure before HttpOnly, SameSite in the case that was given', () => {
    const given = { expires: 0, path: '/', httpOnly: true, sameSite: 'none' }
    expect(setCookie('a', 'b', given)).toBe(
      'a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=none',
    )
  })
})

test('cookies are left out by name, and the others keep their text', () => {
  const names = new Set(['a', 'b'])
  expect(withoutCookies('x=%41; a=1;b ; ; y="2" ;a=3', names)).toBe('x=%41; y="2"')
  expect(withoutCookies('a=1', names)).toBe('')
})

test('attributes are edited, and the cookie keeps its text', () => {
  const edited = withAttributes(' a = 1 ;Secure; Domain=x', (attribute, { name: key }) =>
    key === 'Secure' ? [] : [attribute, ' More'],
  )
  expect(edited).toBe(' a = 1 ; Domain=x; More')
})
