/**
 * Redaction takes linear time. Compares two sizes, the smaller one long enough to measure, by the best of several runs:
 * a busy machine slows both down, and quadratic growth is far beyond the bound.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRedactor } from '../../contracts/recording/redact/redact.ts'

/** Beginnings of everything that a pattern, a scanner or a parser of the redactor looks for, and what it repeats. */
const pieces = [
  'eyJ',
  'eyJhbGci.',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '-----END ',
  'cfast_',
  'cfut_0',
  `${'a1'.repeat(16)}.access `,
  'of a page ',
  'aud',
  'secret=',
  'secret: "',
  'token="',
  "token='",
  'token=\\"',
  'token=`',
  'API_TOKEN=',
  '\nAPI_TOKEN=',
  '\nsecret: |\n',
  '\ntokens:\n',
  '  - a',
  'name: token ',
  '"name":"token",',
  '"value":"',
  '?code=',
  '&a=',
  '#a=',
  '%26token%3D',
  '%22token%22%3A%22',
  '&quot;token&quot;:&quot;',
  '--token ',
  '-H "',
  'Bearer ',
  'Basic ',
  '://',
  '://a:',
  '@',
  '%40',
  'a@b.',
  'login a password ',
  '[token#1]',
  '[token#',
  '[',
  ']',
  '{',
  '{"a":',
  '"a":"',
  ',',
  '}',
  '\\',
  '\\"',
  '\\\\"',
  "'",
  '`',
  '<',
  '<a ',
  '<token>',
  '</token>',
  '<key>token</key>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  ' a="',
  ' name="token"',
  '/>',
  '>',
  'YWFh',
  'aaaa',
  'A',
  'aA',
  'a_',
  'a-',
  'a.',
  '0',
  'f',
  '0123456789abcdef',
  '=',
  ':',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '--b\r\nContent-',
  ';',
  '/a?u=',
  '%25',
  '%',
  '+',
  '/',
  '_',
  '\u00e9',
  '\ud83d',
] as const

const sizes = [1 << 12, 1 << 15] as const

function milliseconds(text: string): number {
  const begin = performance.now()
  const redactor = createRedactor()
  redactor.body(text, 'body')
  redactor.headers(
    [
      ['cookie', text],
      ['set-cookie', text],
      ['x', text],
    ],
    'headers',
  )
  redactor.url(text, 'url')
  redactor.survivors(text)
  return performance.now() - begin
}

/** Eight times the text: eight times the work, and twice that for whatever else the machine does; the square is 64. */
const mostGrowth = 24
/** Anything faster is not measured, and cannot have grown quadratically. */
const tooShort = 300

/** The best of a few runs counts: what else the machine does only ever adds to one. */
function expectLinear(of: (size: number) => string): void {
  const [small = '', large = ''] = sizes.map(of)
  const best = { small: milliseconds(small), large: milliseconds(large) }
  const growth = () => best.large / Math.max(best.small, tooShort / mostGrowth)
  for (let time = 0; time < 5 && growth() >= mostGrowth; time += 1) {
    best.large = Math.min(best.large, milliseconds(large))
  }
  expect(growth(), `${best.small} ms became ${best.large} ms`).toBeLessThan(mostGrowth)
}

const repeated = (parts: readonly string[]) => (size: number) =>
  parts
    .join('')
    .repeat(Math.ceil(size / Math.max(parts.join('').length, 1)))
    .slice(0, size)

test.each(pieces)('over and over: %j', { timeout: 30_000 }, (piece) => {
  expectLinear(repeated([piece]))
})

test('a password of colons', { timeout: 30_000 }, () => {
  expectLinear(repeated(['login a password ', '&quot;token&quot;:&quot;']))
})

test('any few of them, over and over', { timeout: 120_000 }, () => {
  const some = fc.array(fc.constantFrom(...pieces), { minLength: 2, maxLength: 5 })
  fc.assert(
    fc.property(some, (parts) => expectLinear(repeated(parts))),
    { numRuns: 30, interruptAfterTimeLimit: 20_000 },
  )
})

test.each<readonly [string, (size: number) => string]>([
  [
    'names',
    (size) =>
      JSON.stringify(
        Object.fromEntries(Array.from({ length: size / 16 }, (_, at) => [`token${at}`, at])),
      ),
  ],
  [
    'secrets that begin alike',
    (size) =>
      JSON.stringify({
        tokens: Array.from(
          { length: size / 16 },
          (_, at) => `aaaaaa${at.toString(36).padStart(5, 'b')}`,
        ),
      }),
  ],
  [
    'secrets of all lengths that begin alike',
    (size) =>
      JSON.stringify({
        tokens: Array.from({ length: Math.sqrt(size) }, (_, at) => `${'a'.repeat(at + 6)}b`),
        x: 'a'.repeat(size),
      }),
  ],
  [
    'one long secret, nearly again',
    (size) => JSON.stringify({ token: `${'a'.repeat(size / 4)}b`, x: 'a'.repeat(size / 2) }),
  ],
  [
    'one long name of many',
    (size) =>
      JSON.stringify({
        [`${'a'.repeat(size / 2)}_token`]: Array.from({ length: size / 16 }, (_, at) => `s${at}`),
      }),
  ],
  [
    'base64 in base64',
    (size) => {
      let text = '{"a":"b"}'.repeat(size / 64)
      while (text.length < size) text = Buffer.from(text).toString('base64')
      return text
    },
  ],
  [
    'JSON in JSON',
    (size) => {
      let text = '{"a":"b"}'
      while (text.length < size) text = JSON.stringify({ a: text })
      return text
    },
  ],
])('many %s', { timeout: 30_000 }, (_, of) => {
  expectLinear(of)
})
