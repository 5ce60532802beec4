/**
 * HTTP/2 requests that could be misread: through pseudo-headers, or names and values that mean something in HTTP/1.1.
 */
import { expect, test } from 'vitest'
import { pseudoHeaders, rawHttp2, sendRaw } from './raw-http2.ts'
import { openServer } from './server.ts'

type Fields = readonly (readonly [string, string])[]

const withPseudo = (name: string, value: string): Fields =>
  pseudoHeaders.map(([each, given]) => [each, each === name ? value : given])
const without = (name: string): Fields => pseudoHeaders.filter(([each]) => each !== name)

test.each<readonly [string, Fields]>([
  ['a second path', [...pseudoHeaders, [':path', '/b']]],
  ['a path behind a header', [...without(':path'), ['x-a', 'b'], [':path', '/b']]],
  ['a second authority', [...pseudoHeaders, [':authority', 'other.example.com']]],
  ['no path', without(':path')],
  ['an empty path', withPseudo(':path', '')],
  ['no method', without(':method')],
  ['one that does not exist', [...pseudoHeaders, [':host', 'other.example.com']]],
  ['one of an answer', [...pseudoHeaders, [':status', '200']]],
  ['a protocol', [...pseudoHeaders, [':protocol', 'websocket']]],
  ['a path with a host', withPseudo(':path', 'http://other.example.com/')],
  ['a path with a line break', withPseudo(':path', '/ HTTP/1.1\r\nX: y')],
  ['a path with a space', withPseudo(':path', '/b HTTP/1.1')],
  ['a method with a line break', withPseudo(':method', 'GET / HTTP/1.1\r\nX:')],
  ['a method of two words', withPseudo(':method', 'GET /b')],
  [
    'CONNECT',
    [
      [':method', 'CONNECT'],
      [':authority', 'app.example.com:443'],
    ],
  ],
  ['CONNECT with a path', withPseudo(':method', 'CONNECT')],
  ['an authority with user information', withPseudo(':authority', 'x@app.example.com')],
  ['an authority with a path', withPseudo(':authority', 'app.example.com/x')],
  ['an authority of another host', withPseudo(':authority', 'other.example.com')],
  ['a host that differs', [...pseudoHeaders, ['host', 'other.example.com']]],
  [
    'two hosts of which one differs',
    [...pseudoHeaders, ['host', 'other.example.com'], ['host', 'app.example.com']],
  ],
  ['a scheme with a line break', withPseudo(':scheme', 'https\r\nx: y')],
])('%s reaches nothing behind the server', async (_, fields) => {
  const asked: (string | undefined)[] = []
  const listening = await openServer((request, response) => {
    asked.push(request.url)
    response.end()
  })
  const client = await rawHttp2(listening)
  sendRaw(client, fields)
  await client.fate()
  expect(asked).toEqual([])
})

test.each<readonly [string, readonly [string, string]]>([
  ['a line break in a value', ['x-a', 'b\r\nx-b: c']],
  ['a line break in a name', ['x-a: b\r\nx-b', 'c']],
  ['a colon in a name', ['x-b: c, x', 'y']],
  ['a space behind a name', ['x-b ', 'c']],
  ['a zero byte in a value', ['x-b', 'b\0c']],
])('%s makes no header behind the server', async (_, field) => {
  const seen: string[] = []
  const listening = await openServer((request, response) => {
    seen.push(...request.rawHeaders)
    response.end()
  })
  const client = await rawHttp2(listening)
  sendRaw(client, [...pseudoHeaders, field])
  await client.fate()
  expect(seen.filter((text) => text.startsWith('x-'))).toEqual([])
})
