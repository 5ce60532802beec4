/** Secrets in unexpected places: text within text, URLs within URLs, other vendors' names. */
import { describe, expect, test } from 'vitest'
import { createRedactor, type Redactor } from '../../../contracts/recording/redact/redact.ts'

const word = 'plantedQ7xZ19'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const base64url = (text: string) => Buffer.from(text).toString('base64url')
const jwt = `${base64url('{"alg":"RS256"}')}.${base64url('{"sub":"x"}')}.${word}${'s'.repeat(30)}`
const escaped = (text: string) =>
  [...text].map((each) => `\\u00${each.charCodeAt(0).toString(16)}`).join('')
const twice = (text: string) => encodeURIComponent(encodeURIComponent(text))

type Part = (redactor: Redactor) => unknown
const header = (name: string, value: string): Part => {
  return (redactor) => redactor.headers([[name, value]], 'request')
}
const url = (given: string): Part => {
  return (redactor) => redactor.url(given, 'request')
}
const body = (given: string): Part => {
  return (redactor) => redactor.body(given, 'request body')
}

const app = 'https://app.example.com'
test.each<readonly [string, Part]>([
  ['JSON in base64 in a header', header('x-context', base64(`{"client_secret":"${word}"}`))],
  ['JSON in base64 as a body', body(base64url(`{"a":{"refreshToken":"${word}"}}`))],
  ['a JWT in base64', header('x-blob', base64(jwt))],
  ['the second of two cookies in one header', header('set-cookie', `a=b1; Path=/\nc=${word}`)],
  ['a cookie whose name is encoded', header('cookie', `CF%5FAuthorization=${word}`)],
  [
    'the address that a parameter holds',
    url(`${app}/?redirect_url=${encodeURIComponent(`/cb?ticket=${word}`)}`),
  ],
  ['the same, encoded twice', url(`${app}/?to=${twice(`${app}/?sid=1&ticket=${word}`)}`)],
  ['a JWT with its dots encoded', url(`${app}/?t=${jwt.replaceAll('.', '%2E')}`)],
  ['a fragment', url(`${app}/cb#ticket=${word}&expires_in=3600`)],
  ['an address in a fragment', url(`${app}/#/cb?ticket=${word}`)],
  ['a location without a host', header('location', `/cb?ticket=${word}`)],
  ['an authorization code', url(`${app}/cb?code=${word}`)],
  ['a signature of a request', url(`${app}/o?X-Amz-Signature=${word}`)],
  ['a key in the address', url(`${app}/maps?key=${word}`)],
  ['a name in camel case', body(`{"accessToken":"${word}","n":1}`)],
  ['a name in one word', body(`accesstoken=${word}`)],
  ['a script of a page', body(`<script>x = { apiToken: "${word}", n: 1 }</script>`)],
  ['a meta of a page', body(`<meta name="csrf-token" content="${word}">`)],
  ['an element of XML', body(`<login><ns:password a="1">${word}</ns:password></login>`)],
  ['an attribute of XML', body(`<login><apiKey value="${word}"/></login>`)],
  ['JSON that writes letters as numbers', body(`{"client_secret":"${escaped(word)}"}`)],
  ['a key header of another maker', header('ocp-apim-subscription-key', word)],
  ['a signature header', header('x-hub-signature', word)],
  ['a session header', header('x-session-id', word)],
  ['a token of another maker in a sentence', body(`no access with ghp_${word}${'0'.repeat(30)}`)],
])('%s is redacted', (_, part) => {
  const redactor = createRedactor()
  const redacted = JSON.stringify(part(redactor))
  expect(redacted).toMatch(/\[[a-z_]+#\d+\]/)
  for (const form of [word, base64(word), encodeURIComponent(word), escaped(word)]) {
    expect(redacted).not.toContain(form)
  }
  expect(redactor.survivors(redacted)).toEqual([])
})

describe('The password of', () => {
  test.each<readonly [string, Part]>([
    ['a Basic header', header('authorization', `Basic ${base64(`bob:${word}`)}`)],
    ['an address', url(`https://bob:${word}@app.example.com/`)],
  ])('%s is known where it stands alone', (_, part) => {
    const redactor = createRedactor()
    part(redactor)
    expect(redactor.body(`wrong: ${word}`, 'answer body')).toMatch(/^wrong: \[password#\d\]$/)
  })
})

test('an address in a parameter stays one parameter', () => {
  const given = `${app}/?to=${encodeURIComponent(`/cb?ticket=${word}&page=2`)}&page=1`
  const { searchParams } = new URL(createRedactor().url(given, 'request').replaceAll('#', '%23'))
  expect([...searchParams]).toEqual([
    ['to', '/cb?ticket=[secret#1]&page=2'],
    ['page', '1'],
  ])
})

test('the checker finds a known secret inside what is encoded', () => {
  const redactor = createRedactor()
  redactor.know('client_secret', word)
  for (const given of [base64(`the word is ${word}`), base64(`x ${base64(`it is ${word}.`)}`)]) {
    expect(redactor.survivors(`a ${given} b`)).toEqual(['client_secret'])
  }
})

test.each<readonly [string, Part, string]>([
  [
    'base64 that says nothing secret',
    header('x-context', base64('{"page":12,"sort":"name"}')),
    base64('{"page":12,"sort":"name"}'),
  ],
  ['an address in a parameter', url(`${app}/?redirect_url=%2Fa%3Fpage%3D2`), '%2Fa%3Fpage%3D2'],
  ['a fragment that is a place', url(`${app}/docs#section-2`), '#section-2'],
  [
    'the key of a WebSocket',
    header('sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='),
    'dGhlIHNhbXBsZSBub25jZQ==',
  ],
  ['the code of an error of the API', body('{"errors":[{"code":12130,"message":"x"}]}'), '12130'],
  [
    'the viewport of a page',
    body('<meta name="viewport" content="width=device-width">'),
    'width=device-width',
  ],
  [
    'the text of a page',
    body('<p class="state">signed in</p><code>curl</code>'),
    '<code>curl</code>',
  ],
])('%s stays', (_, part, stays) => {
  const redacted = part(createRedactor())
  expect(typeof redacted === 'string' ? redacted : JSON.stringify(redacted)).toContain(stays)
})
