/** An HTTP/2 stream becomes an HTTP/1.1 request and its response a stream again: complete, in order, both ways. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import http2, { type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { createAccounts } from '../../emulator/account/accounts.ts'
import { frame, frameTypes, headerBlock, pseudoHeaders, rawHttp2 } from './raw-http2.ts'
import { ask2, http2To, openServer } from './server.ts'

interface Seen {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** A session, and each request as the handler behind the server sees it. */
async function session(handler: (seen: Seen) => void = ({ response }) => response.end()) {
  const seen: Seen[] = []
  let told = (_: Seen) => {}
  const listening = await openServer((request, response) => {
    seen.push({ request, response })
    handler({ request, response })
    told({ request, response })
  })
  const next = () => new Promise<Seen>((resolve) => (told = resolve))
  return { listening, seen, next, client: await http2To(listening, 'app.example.com') }
}

const app = { ':authority': 'app.example.com' }
const head = async (stream: ClientHttp2Stream) =>
  ((await once(stream, 'response')) as [IncomingHttpHeaders])[0]
const closed = async (stream: ClientHttp2Stream) => {
  stream.on('error', () => {})
  if (!stream.destroyed) await new Promise((resolve) => stream.once('close', resolve))
  return stream.rstCode
}

describe('a request', () => {
  test('keeps its headers in their order, with the cookies in one again', async () => {
    const { client, seen } = await session()
    await ask2(client, {
      ...app,
      ':path': '/a//b?c=%2f',
      'x-one': '1',
      cookie: ['a=1', 'CF_Authorization=jwt', 'b=2'],
      'x-two': ['2', '3'],
      te: 'trailers',
    })
    const { url, rawHeaders } = seen[0]?.request ?? {}
    expect(url).toBe('/a//b?c=%2f')
    const [, , ...rest] = rawHeaders ?? []
    expect(rawHeaders?.slice(0, 2)).toEqual(['host', 'app.example.com'])
    const found = Object.fromEntries(
      Array.from({ length: rest.length / 2 }, (_, at) => [rest[at * 2], rest[at * 2 + 1]]),
    )
    expect(found).toMatchObject({ cookie: 'a=1; CF_Authorization=jwt; b=2', te: 'trailers' })
    expect(rest.filter((name) => name === 'x-two')).toHaveLength(2)
    expect(rest.indexOf('x-one')).toBeLessThan(rest.indexOf('x-two'))
  })

  test('carries its client’s address', async () => {
    const { client, seen } = await session()
    await ask2(client, app)
    expect(seen[0]?.request.socket.remoteAddress).toBe('127.0.0.1')
  })

  test.each([['GET'], ['DELETE'], ['OPTIONS'], ['HEAD'], ['TRACE']])(
    '%s has no body',
    async (method) => {
      const { client, seen } = await session()
      await head(client.request({ ...app, ':method': method }, { endStream: true }))
      expect(seen[0]?.request.headers).not.toHaveProperty('transfer-encoding')
      expect(seen[0]?.request.headers).not.toHaveProperty('content-length')
    },
  )

  test.each([['POST'], ['PATCH'], ['PROPFIND']])('%s without a body says so', async (method) => {
    const { client, seen } = await session()
    const stream = client.request({ ...app, ':method': method }, { endStream: true })
    await head(stream)
    expect(seen[0]?.request.headers['content-length']).toBe('0')
  })

  test('streams its body, and its trailers after it', async () => {
    const { client, next } = await session(() => {})
    const stream = client.request({ ...app, ':method': 'POST' }, { endStream: false })
    const arrived = next()
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }))
    stream.write('first')
    const { request, response } = await arrived
    expect(String((await once(request, 'data'))[0])).toBe('first')
    const rest = text(request)
    stream.end('second')
    expect(await rest).toBe('second')
    response.end()
    await head(stream)
  })

  test('has trailers', async () => {
    const { client, seen } = await session(({ request, response }) => {
      request.resume().on('end', () => response.end())
    })
    const stream = client.request({ ...app, ':method': 'POST' }, {
      endStream: false,
      waitForTrailers: true,
    } as http2.ClientSessionRequestOptions)
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }))
    stream.end('body')
    await head(stream)
    expect(seen[0]?.request.trailers).toEqual({ 'x-sum': 'abc' })
  })

  test('that the client cancels is cancelled behind the server', async () => {
    const { client, next } = await session(() => {})
    const arrived = next()
    const stream = client.request({ ...app, ':method': 'POST' }, { endStream: false })
    const { request, response } = await arrived
    request.on('error', () => {})
    stream.close(http2.constants.NGHTTP2_CANCEL)
    await once(response, 'close')
    expect(response.writableFinished).toBe(false)
  })

  // As bytes: Node's own client ends a body before it cancels the request.
  test.each([
    [
      'takes back',
      [frame(frameTypes.reset, 0, 1, Buffer.from([0, 0, 0, http2.constants.NGHTTP2_CANCEL]))],
    ],
    ['leaves', []],
  ])('whose client %s in its body is not whole behind the server', async (_, last) => {
    const { listening, next } = await session(() => {})
    const arrived = next()
    const { socket } = await rawHttp2(listening)
    const endHeaders = 4
    socket.write(frame(frameTypes.headers, endHeaders, 1, headerBlock(pseudoHeaders)))
    socket.write(frame(frameTypes.data, 0, 1, Buffer.from('a part')))
    const { request } = await arrived
    request.on('error', () => {})
    await once(request, 'data')
    if (last.length === 0) socket.destroy()
    else socket.write(Buffer.concat(last))
    await new Promise((resolve) => request.once('close', resolve))
    expect([request.complete, request.readableEnded]).toEqual([false, false])
  })

  test('is held back until it is read', async () => {
    const { client, next } = await session(() => {})
    const arrived = next()
    const stream = client.request({ ...app, ':method': 'POST' }, { endStream: false })
    stream.on('error', () => {})
    const { request } = await arrived
    let sent = 0
    const piece = Buffer.alloc(64 * 1024)
    await new Promise<void>((resolve) => {
      const more = () => {
        if (sent > 64 * 1024 * 1024) return resolve()
        stream.write(piece, () => {
          sent += piece.length
          more()
        })
        // Once no write completes for a while, the windows are full.
        clearTimeout(idle)
        idle = setTimeout(resolve, 300)
      }
      let idle = setTimeout(resolve, 300)
      more()
    })
    expect(sent).toBeLessThan(8 * 1024 * 1024)
    request.resume()
    stream.close()
  })

  test.each([
    ['CONNECT', { ':method': 'CONNECT', ':authority': 'app.example.com:443' }],
    ['a path that is a whole address', { ...app, ':path': 'http://other.example.com/' }],
    ['a Host that differs', { ...app, host: 'other.example.com' }],
    ['an invalid method', { ...app, ':method': 'NO SUCH' }],
  ])('with %s is refused, and the session survives', async (_, headers) => {
    const { client } = await session()
    const stream = client.request(headers as http2.OutgoingHttpHeaders)
    stream.on('error', () => {})
    stream.end()
    const outcome = await Promise.race([
      new Promise((resolve) => stream.once('response', (told) => resolve(told[':status']))),
      closed(stream).then(() => 'reset'),
    ])
    expect([400, 'reset']).toContain(outcome)
    expect(await ask2(client, app)).toMatchObject({ status: 200 })
  })

  test('whose method HTTP/1.1 does not know gets its 400', async () => {
    const accounts = createAccounts()
    const client = await http2To(await openServer(undefined, { accounts }), 'app.example.com')
    const { status, headers, body } = await ask2(client, { ...app, ':method': 'NOSUCH' })
    expect([status, headers['content-length']]).toEqual([400, String(body.length)])
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'not_http' } })
    const answered = (await accounts.remembered()).map((each) => each.answered)
    expect(answered).toMatchObject([{ status: 400, because: { reason: 'not_http' } }])
  })

  test('that expects something unknown gets 417', async () => {
    const { client, seen } = await session()
    expect(await ask2(client, { ...app, expect: 'a miracle' })).toMatchObject({ status: 417 })
    expect(seen).toEqual([])
  })

  test('whose body does not arrive in time gets 408, and its stream is closed', async () => {
    const accounts = createAccounts()
    const limits = { headersMs: 40, requestMs: 50 }
    const listening = await openServer((request) => request.resume(), { accounts, limits })
    const client = await http2To(listening, 'app.example.com')
    const stream = client.request({ ...app, ':method': 'POST' }, { endStream: false })
    stream.write('part')
    expect((await head(stream))[':status']).toBe(408)
    expect(JSON.parse(await text(stream))).toMatchObject({ error: { code: 'request_too_slow' } })
    expect(await closed(stream)).toBe(http2.constants.NGHTTP2_NO_ERROR)
    const answered = (await accounts.remembered()).map((each) => each.answered)
    expect(answered).toMatchObject([{ status: 408, because: { reason: 'request_too_slow' } }])
  })

  test('whose body does not arrive in time is reset where the answer has begun', async () => {
    const limits = { headersMs: 40, requestMs: 50 }
    const listening = await openServer((_, response) => response.flushHeaders(), { limits })
    const client = await http2To(listening, 'app.example.com')
    const stream = client.request({ ...app, ':method': 'POST' }, { endStream: false })
    expect((await head(stream))[':status']).toBe(200)
    expect(await closed(stream)).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR)
  })

  test('that HTTP/1.1 cannot carry is in the journal', async () => {
    const accounts = createAccounts()
    const client = await http2To(await openServer(undefined, { accounts }), 'app.example.com')
    expect(await ask2(client, { ...app, host: 'other.example.com' })).toMatchObject({ status: 400 })
    const answered = (await accounts.remembered()).map((each) => each.answered)
    expect(answered).toMatchObject([{ status: 400, because: { reason: 'authority_invalid' } }])
  })

  test('with 200 kB of headers is refused, and the server survives', async () => {
    const { listening, seen } = await session()
    const client = await http2To(listening, 'app.example.com', {
      maxSendHeaderBlockLength: 1_000_000,
    })
    const huge = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`x-${at}`, 'x'.repeat(4_000)]),
    )
    const stream = client.request({ ...app, ...huge })
    await closed(stream)
    expect(seen).toEqual([])
    expect(await ask2(await http2To(listening, 'app.example.com'), app)).toMatchObject({
      status: 200,
    })
  })
})

describe('an answer', () => {
  test('keeps its headers, without those of the connection, and sets each cookie apart', async () => {
    const { client } = await session(({ response }) => {
      response.sendDate = false
      response.writeHead(200, [
        ...['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Vary', 'a', 'Vary', 'b'],
        ...['Connection', 'keep-alive', 'Keep-Alive', 'timeout=5', 'Set-Cookie', 'b=2'],
      ])
      response.end('x')
    })
    const { headers } = await ask2(client, app)
    expect(Object.keys(headers).filter((name) => !name.startsWith(':'))).toEqual([
      'content-type',
      'set-cookie',
      'vary',
    ])
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(headers.vary).toBe('a, b')
  })

  test.each([
    ['HEAD', 200, '5'],
    ['GET', 204, undefined],
    ['GET', 304, undefined],
  ])('to %s with %i has no body', async (method, status, length) => {
    const { client } = await session(({ response }) => {
      response.writeHead(status, length === undefined ? {} : { 'content-length': length })
      response.end()
    })
    const answer = await ask2(client, { ...app, ':method': method })
    expect(answer).toMatchObject({ status, body: '' })
    expect(answer.headers['content-length']).toBe(length)
  })

  test('streams, piece by piece, and ends with its trailers', async () => {
    const { client, next } = await session(({ response }) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('first')
    })
    const arrived = next()
    const stream = client.request(app)
    const { response } = await arrived
    expect(String((await once(stream, 'data'))[0])).toBe('first')
    const trailers = once(stream, 'trailers')
    const rest = text(stream)
    response.addTrailers({ 'x-sum': 'abc' })
    response.end('second')
    expect(await rest).toBe('second')
    expect((await trailers)[0]).toMatchObject({ 'x-sum': 'abc' })
  })

  test('of 5 MB arrives complete', async () => {
    const { client } = await session(({ response }) => response.end('x'.repeat(5_000_000)))
    expect((await ask2(client, app)).body.length).toBe(5_000_000)
  })

  test('says once that its client has read on', async () => {
    let drains = 0
    const { client } = await session(({ response }) => {
      response.on('drain', () => {
        drains += 1
        response.end()
      })
      for (let at = 0; at < 100; at++) response.write('x'.repeat(16 * 1024))
    })
    expect((await ask2(client, app)).body.length).toBe(100 * 16 * 1024)
    expect(drains).toBe(1)
  })

  test('is preceded by early hints, and by 100 where the client waits for it', async () => {
    const { client } = await session(({ request, response }) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      request.resume().on('end', () => response.end())
    })
    const stream = client.request(
      { ...app, ':method': 'POST', expect: '100-continue' },
      { endStream: false },
    )
    const informed: (number | undefined)[] = []
    stream.on('headers', (headers: IncomingHttpHeaders) =>
      informed.push(Number(headers[':status'])),
    )
    stream.on('continue', () => stream.end('now'))
    expect((await head(stream))[':status']).toBe(200)
    expect(informed).toContain(103)
  })

  test('that breaks off resets the stream, and the session survives', async () => {
    const { client } = await session(({ request, response }) => {
      if (request.url === '/') {
        response.end()
        return
      }
      response.writeHead(200, { 'content-length': '10' })
      response.write('half', () => response.destroy())
    })
    const broken = client.request({ ...app, ':path': '/broken' })
    broken.resume()
    expect(await closed(broken)).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR)
    expect(await ask2(client, app)).toMatchObject({ status: 200 })
  })

  test('of unknown length that breaks off is not taken for a whole one', async () => {
    const { client } = await session(({ response }) => {
      response.write('half', () => response.destroy())
    })
    const broken = client.request(app)
    let isWhole = false
    broken.on('error', () => {})
    broken.on('trailers', () => {
      isWhole = true
    })
    expect(String((await once(broken, 'data'))[0])).toBe('half')
    expect(await closed(broken)).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR)
    expect(isWhole).toBe(false)
  })

  test('that never begins resets the stream', async () => {
    const { client } = await session(({ response }) => response.destroy())
    const stream = client.request(app)
    expect(await closed(stream)).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR)
  })

  test('may come before the request has ended; the rest is then discarded', async () => {
    const { client } = await session(({ response }) => {
      response.writeHead(403)
      response.end('no')
    })
    const stream = client.request({ ...app, ':method': 'POST' }, { endStream: false })
    stream.on('error', () => {})
    stream.write('part')
    expect((await head(stream))[':status']).toBe(403)
    expect(await text(stream)).toBe('no')
    expect(await closed(stream)).toBe(http2.constants.NGHTTP2_NO_ERROR)
  })
})

test('a hundred concurrent streams get a hundred responses', async () => {
  const { client } = await session(({ request, response }) => response.end(request.url))
  const paths = Array.from({ length: 100 }, (_, at) => `/${at}`)
  const answers = await Promise.all(paths.map((path) => ask2(client, { ...app, ':path': path })))
  expect(answers.map(({ body }) => body)).toEqual(paths)
})
