/** Bodies with ambiguous framing are refused before anything behind the server sees them. */

import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { pseudoHeaders, rawHttp2, sendRaw } from './raw-http2.ts'
import { connect, exchange, openServer, received, type TestServer } from './server.ts'

/** A server that records what reaches the surfaces behind it. */
async function noting(): Promise<TestServer & { readonly asked: string[] }> {
  const asked: string[] = []
  const handler: RequestListener = (request, response) => {
    asked.push(request.url ?? '')
    request.on('error', () => {})
    request.resume().on('end', () => response.end())
  }
  return Object.assign(await openServer(handler), { asked })
}

const host = 'Host: app.example.com\r\n'
const behind = `0\r\n\r\nGET /smuggled HTTP/1.1\r\n${host}\r\n`

describe('over HTTP/1.1', () => {
  test.each([
    ['a coding alone', 'Transfer-Encoding: gzip'],
    ['a coding before chunked', 'Transfer-Encoding: gzip, chunked'],
    [
      'a coding before chunked, on a line of its own',
      'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
    ],
    ['a coding after chunked', 'Transfer-Encoding: chunked, identity'],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked'],
    ['chunked on two lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['identity', 'Transfer-Encoding: identity'],
    ['no coding', 'Transfer-Encoding:'],
    ['an empty element', 'Transfer-Encoding: , chunked'],
    ['a longer word', 'Transfer-Encoding: xchunked'],
    ['a word in two parts', 'Transfer-Encoding: chun ked'],
    ['a quoted word', 'Transfer-Encoding: "chunked"'],
    ['a parameter', 'Transfer-Encoding: chunked;q=1'],
    ['a control character', 'Transfer-Encoding: \x0bchunked'],
    ['a length too', 'Transfer-Encoding: chunked\r\nContent-Length: 5'],
    ['a length before', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
    ['a length and an odd coding', 'Transfer-Encoding: gzip\r\nContent-Length: 5'],
    ['two lengths that are equal', 'Content-Length: 5\r\nContent-Length: 5'],
    ['an upgrade', 'Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: gzip, chunked'],
  ])('%s gets one 400, and nothing behind is asked', async (_, headers) => {
    const listening = await noting()
    for (const method of ['POST', 'GET']) {
      const answer = await exchange(
        listening.port,
        `${method} /a HTTP/1.1\r\n${host}${headers}\r\n\r\n${behind}`,
      )
      expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toHaveLength(1)
      expect(answer).toMatch(/^connection: close\r$/im)
    }
    expect(listening.asked).toEqual([])
  })

  test('HTTP/1.0 has no chunks', async () => {
    const listening = await noting()
    const answer = await exchange(
      listening.port,
      `POST /a HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n${behind}`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(listening.asked).toEqual([])
  })

  test.each(['chunked', 'CHUNKED', '\tchunked'])('%j alone is read', async (coding) => {
    const listening = await noting()
    const socket = connect(listening.port)
    socket.end(`POST /a HTTP/1.1\r\n${host}Transfer-Encoding:${coding}\r\n\r\n0\r\n\r\n`)
    expect((await received(socket)).toString('latin1')).toMatch(/^HTTP\/1.1 200 /)
    expect(listening.asked).toEqual(['/a'])
  })
})

describe('over HTTP/2', () => {
  test.each<readonly [string, readonly (readonly [string, string])[], string | undefined]>([
    ['a coding', [['transfer-encoding', 'chunked']], 'abc'],
    ['an odd coding', [['transfer-encoding', 'gzip']], 'abc'],
    ['a header named by Connection', [['connection', 'content-length']], 'abc'],
    ['a length without a body', [['content-length', '9']], undefined],
    [
      'two lengths',
      [
        ['content-length', '3'],
        ['content-length', '3'],
      ],
      'abc',
    ],
    ['a length that is not a number', [['content-length', '+3']], 'abc'],
  ])('%s ends the stream, and nothing behind is asked', async (_, fields, body) => {
    const listening = await noting()
    const client = await rawHttp2(listening)
    sendRaw(client, [...pseudoHeaders, ...fields], body)
    expect(await client.fate()).toBe('reset')
    expect(listening.asked).toEqual([])
  })

  test.each(['1', '9'])(
    'a body of 3 bytes with a length of %s is no whole request',
    async (length) => {
      let isWhole: boolean | undefined
      const listening = await openServer((request, response) => {
        request.on('error', () => {}).resume()
        request.on('close', () => {
          isWhole = request.complete
          response.end()
        })
      })
      const client = await rawHttp2(listening)
      sendRaw(client, [...pseudoHeaders, ['content-length', length]], 'abc')
      // Either is allowed (RFC 9113, 5.4.1): where the body is longer, the nghttp2 of Node 24 ends the whole connection.
      expect(['reset', 'closed']).toContain(await client.fate())
      expect(isWhole).not.toBe(true)
    },
  )

  test('a body with its length is read', async () => {
    const listening = await noting()
    const client = await rawHttp2(listening)
    sendRaw(client, [...pseudoHeaders, ['content-length', '3']], 'abc')
    expect(await client.fate()).toBe('answered')
    expect(listening.asked).toEqual(['/a'])
  })
})
