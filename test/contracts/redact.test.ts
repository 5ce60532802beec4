/** Redaction finds secrets in secret places however they are written, and is fast on any text. */
import { describe, expect, test } from 'vitest'
import { type HttpExchange, redacted } from '../../contracts/recording/exchange.ts'
import { createRedactor } from '../../contracts/recording/redact/redact.ts'

const asked: HttpExchange = {
  about: 'recorded',
  startedMs: 0,
  tookMs: 0,
  method: 'GET',
  url: 'https://app.example.com/',
  headers: [],
  body: undefined,
  answer: undefined,
  failure: undefined,
}

describe('a secret is found', () => {
  test.each([
    ['in the second of two cookies with a comma between', 'a=1; Path=/, b=the-secret; Path=/'],
    ['in the second of two cookies on lines of their own', 'a=1; Path=/\nb=the-secret; HttpOnly'],
    ['behind a date', 'a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT, b=the-secret; Secure'],
    ['in a cookie named as an attribute is', 'path=the-secret; Path=/'],
    ['in a cookie without a name', 'the-secret; Path=/'],
  ])('%s', (_, value) => {
    const headers = createRedactor().headers([['Set-Cookie', value]], '')
    expect(headers[0]?.[1]).not.toContain('the-secret')
    expect(headers[0]?.[1].replaceAll(/\[cookie#\d\]/g, 'X')).toBe(
      value.replace('the-secret', 'X').replace('a=1', 'a=X'),
    )
  })

  test.each([
    ['Cookie', 'path=the-secret; a=b'],
    ['Cookie', 'a=b; the-secret'],
    ['Location', '/cdn-cgi/access/verify-code/app.example.com?kid=1&nonce=the-secret'],
    ['Location', 'https://app.example.com/callback?code=the-secret'],
    ['Content-Location', '/a?token=the-secret'],
    ['Refresh', '0;url=/a?token=the-secret'],
  ])('in %s: %s', (name, value) => {
    const headers = createRedactor().headers([[name, value]], '')
    expect(headers[0]?.[1]).not.toContain('the-secret')
  })

  test('as the code of a form, and everywhere else then', () => {
    const body = 'email=a&code=271828'
    const page = '<output>271828</output>'
    const exchange = {
      ...asked,
      body,
      answer: { status: 200, statusText: 'OK', headers: [], body: page },
    }
    expect(JSON.stringify(redacted(exchange, createRedactor()))).not.toContain('271828')
  })

  test.each([
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.',
    'x-eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln',
    'first.eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln',
  ])('as a JWT in %s', (text) => {
    expect(createRedactor().text(text, '')).toMatch(/^\S*\[jwt#1\]$/)
  })
})

test('the longest of many known values is meant, whatever their length', () => {
  const redactor = createRedactor()
  const values = Array.from({ length: 200 }, (_, at) => `abcdef${'x'.repeat(at * 5)}`)
  for (const value of values) redactor.know('client_secret', value)
  for (const [at, value] of values.entries()) {
    expect(redactor.text(`(${value})`, '')).toBe(`([client_secret#${at + 1}])`)
  }
})

test('what is nested deeper than a stack goes is left out', () => {
  const deep = `${'['.repeat(100_000)}"cfast_0000"${']'.repeat(100_000)}`
  expect(createRedactor().body(deep, '')).toBe('[left out: nested too deep]')
})

describe('a mebibyte takes no time to speak of', () => {
  const long = 1 << 20
  const sized = (piece: string) => piece.repeat(long / piece.length)
  const known = JSON.stringify(
    Array.from({ length: long / 24 }, (_, at) => `aaaaaaaa${at}@b.example`),
  )
  test.each([
    ['beginnings of JWTs', sized('eyJ')],
    ['beginnings of JWTs, and a dot', `${sized('eyJ')}.`],
    ['addresses that begin alike', known],
    ['dots of an address', `a@${sized('1.')}`],
    ['inputs', `<input ${sized(' name=')}>`],
    ['elements', sized('<a ')],
    ['base64', sized('YWFh')],
    ['addresses within addresses', `u=${sized('/a?u=')}`],
    ['escapes', `u=${sized('%25')}`],
    ['names with underscores', `${sized('a_')}=1`],
    ['prose behind a client id', sized(`${'a1'.repeat(16)}.access ${'of a page '.repeat(20)}`)],
    ['capitals', JSON.stringify({ [sized('aA')]: 1 })],
  ])('of %s', { timeout: 30_000 }, (_, text) => {
    createRedactor().body(text, '')
  })

  test('in a cookie', { timeout: 30_000 }, () => {
    createRedactor().headers([['cookie', 'a'.repeat(long)]], '')
  })
})
