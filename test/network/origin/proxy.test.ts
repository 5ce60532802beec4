/** The pipe from the edge to an origin: what each side sees of the other, and when. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Forward } from '../../../emulator/network/origin/forwarded.ts'
import { connect, date, edgeTo, httpOrigin, rawOrigin, ray, reads, send } from './pipe.ts'

/** What the origin saw of one request sent with these headers. */
async function seenBy(over: Partial<Forward>, headers: string[]): Promise<IncomingMessage> {
  const requests: IncomingMessage[] = []
  const origin = await httpOrigin((request, response) => {
    requests.push(request)
    response.end()
  })
  await send(await edgeTo(origin.url, over), { headers })
  const [request] = requests
  if (!request) throw new Error('the origin saw no request')
  return request
}

const namesOf = (raw: readonly string[]) => raw.filter((_, at) => at % 2 === 0)

describe('the request at the origin', () => {
  test('has the normalised path, and the client’s headers in their order and casing, repeated ones too', async () => {
    const { method, url, rawHeaders } = await seenBy({ path: '/normal?q=%2F' }, [
      'X-One',
      '1',
      'user-agent',
      'curl/8',
      'x-ONE',
      '2',
      'Accept-Encoding',
      'zstd',
    ])
    expect([method, url]).toEqual(['GET', '/normal?q=%2F'])
    expect(rawHeaders.slice(0, 12)).toEqual([
      ...['host', 'app.example.com', 'connection', 'keep-alive'],
      ...['X-One', '1', 'user-agent', 'curl/8', 'x-ONE', '2', 'Accept-Encoding', 'zstd'],
    ])
  })

  test('has the headers of the edge', async () => {
    const { headers } = await seenBy({ assertion: 'a.b.c', email: 'ada@example.com' }, [])
    expect(headers).toMatchObject({
      'cf-access-jwt-assertion': 'a.b.c',
      'cf-access-authenticated-user-email': 'ada@example.com',
      'cf-connecting-ip': '203.0.113.7',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-real-ip': '203.0.113.7',
      'cf-ray': ray,
      'cf-ipcountry': 'DE',
      'cf-visitor': '{"scheme":"https"}',
      'cdn-loop': 'cloudflare',
    })
  })

  test('appends to the X-Forwarded-For and CDN-Loop that came', async () => {
    const { headers } = await seenBy({}, ['X-Forwarded-For', '198.51.100.1', 'CDN-Loop', 'other'])
    expect(headers['x-forwarded-for']).toBe('198.51.100.1, 203.0.113.7')
    expect(headers['cdn-loop']).toBe('other, cloudflare')
  })

  test.each([
    'Cf-Access-Jwt-Assertion',
    'cf-access-authenticated-user-email',
    'CF-Access-Client-Id',
    'CF-Access-Client-Secret',
    'Cf-Access-Anything',
    'Cf_Access_Jwt_Assertion',
    'CF_Connecting_IP',
    'CF-Connecting-IP',
    'CF-Ray',
    'CF-Visitor',
    'CF-IPCountry',
    'X-Real-IP',
    'X-Forwarded-Proto',
    'Proxy-Authorization',
    'Keep-Alive',
    'TE',
  ])('never has the client’s %s', async (name) => {
    const { rawHeaders } = await seenBy({}, [name, 'forged'])
    expect(rawHeaders).not.toContain('forged')
  })

  test('has one Host, the one the gate decided on', async () => {
    const origin = await rawOrigin((socket, head) => {
      const hosts = head.match(/^host:.*$/gim) ?? []
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${hosts.join().length}\r\n\r\n${hosts.join()}`)
    })
    const socket = await connect(
      await edgeTo(origin.url),
      'GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\nConnection: close\r\n\r\n',
    )
    expect(await reads(socket)).toMatch(/\r\n\r\nhost: app\.example\.com$/)
  })

  test('has the pair where Access is not in front', async () => {
    const { headers } = await seenBy({ stripPair: false }, [
      'CF-Access-Client-Id',
      'id',
      'CF-Access-Client-Secret',
      'secret',
      'Cf-Access-Jwt-Assertion',
      'forged',
    ])
    expect(headers['cf-access-client-id']).toBe('id')
    expect(headers['cf-access-client-secret']).toBe('secret')
    expect(headers['cf-access-jwt-assertion']).toBeUndefined()
  })

  test.each([
    ['with', { assertion: 'a.b.c' }, undefined],
    ['without', {}, 'mine'],
  ])('%s an assertion has cf-access-token: %o', async (_, over, expected) => {
    const { headers } = await seenBy(over, ['cf-access-token', 'mine'])
    expect(headers['cf-access-token']).toBe(expected)
  })

  test('does not have the single header that carried the pair', async () => {
    const { headers } = await seenBy({ stripHeader: 'Authorization' }, ['authorization', '{}'])
    expect(headers.authorization).toBeUndefined()
  })

  test('does not have what Connection names, but has the body’s length', async () => {
    const { headers } = await seenBy({}, [
      'Connection',
      'close, X-Private, Content-Length',
      'X-Private',
      '1',
      'Content-Length',
      '0',
    ])
    expect(headers['x-private']).toBeUndefined()
    expect(headers['content-length']).toBe('0')
  })

  test.each<[string, string[], string | undefined, string | undefined]>([
    ['is the client’s', ['a=1;b=2'], undefined, 'a=1;b=2'],
    ['gets the token of the gate', ['a=1'], 'jwt', 'a=1; CF_Authorization=jwt'],
    ['is made for the token', [], 'jwt', 'CF_Authorization=jwt'],
    [
      'has the gate’s token in place of the client’s',
      ['CF_Authorization=old; a=1; CF_Authorization=older'],
      'jwt',
      'a=1; CF_Authorization=jwt',
    ],
    ['loses the binding', ['CF_Binding=x; a=1; CF_Other=y'], undefined, 'a=1; CF_Other=y'],
    ['goes when nothing is left', ['CF_Authorization=old'], undefined, undefined],
    [
      'of two lines becomes one',
      ['a=1', 'CF_Binding=x; b=2'],
      'jwt',
      'a=1; b=2; CF_Authorization=jwt',
    ],
  ])('cookie %s', async (_, cookies, token, expected) => {
    const { headers } = await seenBy(
      token === undefined ? {} : { cookieToken: token },
      cookies.flatMap((cookie) => ['Cookie', cookie]),
    )
    expect(headers.cookie).toBe(expected)
  })

  test.each([
    ['POST', '0'],
    ['GET', undefined],
  ])('%s without a body has the length %s, and no chunks', async (method, expected) => {
    const origin = await httpOrigin((request, response) => {
      const { 'content-length': length, 'transfer-encoding': coding } = request.headers
      response.end(`${length} ${coding}.`)
    })
    const socket = await connect(
      await edgeTo(origin.url),
      `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
    expect(await reads(socket)).toContain(`${expected} undefined.`)
  })

  test('of any method has the body in chunks if it came in chunks', async () => {
    const origin = await httpOrigin(async (request, response) => {
      response.end(`${await buffer(request)} ${request.headers['transfer-encoding']}`)
    })
    const socket = await connect(
      await edgeTo(origin.url),
      'DELETE / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    )
    expect(await reads(socket, 'ok chunked')).toContain('ok chunked')
  })

  test('has the body of any size, and trailers without forged ones', async () => {
    const body = Buffer.alloc(9 * 1024 * 1024, 'body')
    const origin = await httpOrigin(async (request, response) => {
      const digest = createHash('sha256')
        .update(await buffer(request))
        .digest('hex')
      response.end(`${digest} ${request.rawTrailers.join()}`)
    })
    const edge = await edgeTo(origin.url)
    const request = http.request({ host: '127.0.0.1', port: edge.port, method: 'PUT' })
    request.write(body)
    request.addTrailers([
      ['X-Sum', '1'],
      ['Cf-Access-Jwt-Assertion', 'forged'],
    ])
    request.end()
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    expect((await buffer(answer)).toString()).toBe(
      `${createHash('sha256').update(body).digest('hex')} X-Sum,1`,
    )
  })

  test('begins before the client has sent it all', async () => {
    const origin = await httpOrigin(async (request, response) => {
      const [first] = (await once(request, 'data')) as [Buffer]
      request.resume()
      response.end(first)
    })
    const socket = await connect(
      await edgeTo(origin.url),
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello',
    )
    expect(await reads(socket, 'hello')).toContain('200 OK')
  })

  test('gets 100 Continue from the edge, once', async () => {
    const origin = await httpOrigin((request, response) => {
      request.resume()
      response.end(String(request.headers.expect))
    })
    const socket = await connect(
      await edgeTo(origin.url),
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
    )
    expect(await reads(socket, '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    socket.write('ok')
    expect(await reads(socket, 'undefined')).toContain('200 OK')
  })
})

describe('the answer to the client', () => {
  test('is the origin’s, with the edge’s headers in place of its own', async () => {
    const origin = await rawOrigin((socket) =>
      socket.end(
        [
          'HTTP/1.1 418 Short And Stout',
          'X-One: 1',
          'Server: nginx',
          'Set-Cookie: a=1',
          'set-cookie: b=2',
          'Date: Mon, 01 Jan 2001 00:00:00 GMT',
          'CF-Ray: forged',
          'Keep-Alive: timeout=1',
          'Connection: close, X-Hop',
          'X-Hop: 1',
          'x-ONE: 2',
          'Content-Length: 2',
          '',
          'ok',
        ].join('\r\n'),
      ),
    )
    const edge = await edgeTo(origin.url, {
      responseHeaders: ['date', date, 'Set-Cookie', 'CF_Authorization=jwt'],
    })
    const { status, reason, raw, body } = await send(edge)
    expect([status, reason, body]).toEqual([418, 'Short And Stout', 'ok'])
    expect(raw.slice(0, -2)).toEqual(
      [
        ['X-One', '1'],
        ['Set-Cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-ONE', '2'],
        ['Content-Length', '2'],
        ['server', 'cloudflare'],
        ['cf-ray', ray],
        ['date', date],
        ['Set-Cookie', 'CF_Authorization=jwt'],
      ].flat(),
    )
    expect(namesOf(raw).at(-1)).toBe('Connection')
  })

  test('has no date but the one it was given', async () => {
    const origin = await rawOrigin((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nok'))
    const { headers } = await send(await edgeTo(origin.url, { responseHeaders: [] }))
    expect(headers.date).toBeUndefined()
  })

  test('has the origin’s trailers', async () => {
    const origin = await httpOrigin((_, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('ok')
      response.addTrailers({ 'x-sum': '1' })
      response.end()
    })
    const { headers, trailers } = await send(await edgeTo(origin.url))
    expect(headers.trailer).toBe('x-sum')
    expect(trailers).toEqual(['x-sum', '1'])
  })

  test('to an HTTP/1.0 client is not in chunks and announces no trailers', async () => {
    const origin = await httpOrigin((_, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.end('ok')
    })
    const socket = await connect(await edgeTo(origin.url), 'GET / HTTP/1.0\r\n\r\n')
    const said = await reads(socket)
    expect(said).toMatch(/\r\n\r\nok$/)
    expect(said).not.toMatch(/^trailer/im)
  })

  test.each([
    ['HEAD', 200, { 'content-length': '5' }, '5'],
    ['HEAD', 200, { trailer: 'x-sum', 'transfer-encoding': 'chunked' }, undefined],
    ['GET', 204, {}, undefined],
    ['GET', 204, { 'content-length': '0' }, undefined],
    ['GET', 304, { etag: '"1"', 'content-length': '5' }, '5'],
  ])('to %s with %d and %o has no body', async (method, status, given, length) => {
    const origin = await httpOrigin((_, response) => {
      response.writeHead(status, given)
      response.end()
    })
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const edge = await edgeTo(origin.url)
    const first = await send(edge, { method, agent })
    expect([first.status, first.body, first.headers['content-length']]).toEqual([
      status,
      '',
      length,
    ])
    expect((await send(edge, { method, agent })).status).toBe(status)
    expect(edge.sockets.size).toBe(1)
  })

  test('begins before the origin has ended', async () => {
    const origin = await httpOrigin((request, response) => {
      if (request.url === '/end') return void response.end()
      response.write('first')
      responses.push(response)
    })
    const responses: http.ServerResponse[] = []
    const edge = await edgeTo(origin.url)
    const socket = await connect(edge, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await reads(socket, 'first')
    responses[0]?.end('last')
    await reads(socket, 'last')
  })

  test('of an event stream has its head before the first event, and each event as it comes', async () => {
    const responses: http.ServerResponse[] = []
    const origin = await httpOrigin((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      responses.push(response)
    })
    const socket = await connect(await edgeTo(origin.url), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await reads(socket, '\r\n\r\n')).toContain('content-type: text/event-stream')
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      const said = reads(socket, event)
      responses[0]?.write(event)
      await said
    }
  })

  test('waits for a slow client and loses nothing', async () => {
    const body = Buffer.alloc(24 * 1024 * 1024, 'large')
    const origin = await httpOrigin((_, response) => {
      response.end(body)
    })
    const edge = await edgeTo(origin.url)
    const request = http.get({ host: '127.0.0.1', port: edge.port, agent: false })
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    await once(answer, 'readable')
    expect((await buffer(answer)).equals(body)).toBe(true)
    expect(edge.seen[0]?.response.writableLength).toBe(0)
  })

  test('does not contain the 103 that came before it', async () => {
    const origin = await httpOrigin((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('ok')
    })
    expect(await send(await edgeTo(origin.url))).toMatchObject({ status: 200, body: 'ok' })
  })

  test('may come before the upload has ended, and leaves the connection usable', async () => {
    const origin = await httpOrigin((request, response) => {
      if (request.method === 'GET') return void response.end('next')
      response.writeHead(413, { connection: 'close' })
      response.end('too large')
    })
    const edge = await edgeTo(origin.url)
    const length = 1024 * 1024
    const socket = await connect(
      edge,
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`,
    )
    expect(await reads(socket, 'too large')).toContain('413 Payload Too Large')
    socket.write(Buffer.alloc(length))
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await reads(socket, 'next')).toContain('200 OK')
  })
})

describe('connections', () => {
  test('to one origin are kept and used again', async () => {
    const origin = await httpOrigin((_, response) => void response.end())
    const edge = await edgeTo(origin.url)
    for (const path of ['/1', '/2', '/3']) await send(edge, { path })
    expect(origin.opened()).toBe(1)
  })

  test.each([
    ['GET', 200, 3],
    ['POST', 520, 2],
  ])('kept too long by the edge: a %s answers %d', async (method, status, requests) => {
    let seen = 0
    const known = new WeakSet<object>()
    const origin = await httpOrigin(({ socket }, response) => {
      seen++
      if (known.has(socket)) return void socket.destroy()
      known.add(socket)
      response.end('ok')
    })
    const edge = await edgeTo(origin.url)
    await send(edge, { method })
    expect((await send(edge, { method })).status).toBe(status)
    expect(seen).toBe(requests)
  })

  test('the origin loses its connection when the client goes away before the answer', async () => {
    let arrived = () => {}
    const asked = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const origin = await httpOrigin(() => arrived())
    const socket = await connect(await edgeTo(origin.url), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await asked
    socket.destroy()
    await origin.empty()
  })

  test('the origin loses its connection when the client goes away in the middle of the answer', async () => {
    const origin = await httpOrigin((_, response) => {
      response.write('first')
    })
    const socket = await connect(await edgeTo(origin.url), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await reads(socket, 'first')
    socket.destroy()
    await origin.empty()
  })

  test('the origin loses its connection when the client goes away in the middle of an upload', async () => {
    let arrived = () => {}
    const began = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const origin = await httpOrigin((request) => request.once('data', () => arrived()))
    const socket = await connect(
      await edgeTo(origin.url),
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello',
    )
    await began
    socket.destroy()
    await origin.empty()
  })

  test.each([
    ['with a length', 'content-length: 100\r\n\r\nfirst'],
    ['in chunks', 'transfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n'],
    ['in broken chunks', 'transfer-encoding: chunked\r\n\r\n5\r\nfirst\r\nnot a size\r\n'],
  ])('the client loses its connection when an answer %s breaks off', async (_, rest) => {
    const origin = await rawOrigin((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${rest}`, () => socket.destroy())
    })
    const edge = await edgeTo(origin.url)
    const socket = await connect(edge, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await reads(socket)).not.toMatch(/0\r\n\r\n$/)
    await Promise.all([edge.empty(), origin.empty()])
  })

  test('all end when the proxy is closed', async () => {
    const origin = await httpOrigin((request, response) => {
      if (request.url === '/open') response.write('first')
      else response.end()
    })
    const edge = await edgeTo(origin.url)
    const socket = await connect(edge, 'GET /open HTTP/1.1\r\nHost: x\r\n\r\n')
    await reads(socket, 'first')
    await send(edge, { path: '/kept' })
    expect(origin.sockets.size).toBe(2)
    const before = [...origin.sockets]
    await edge.proxy.close()
    await reads(socket)
    await send(origin)
    await send(origin)
    expect(before.map(({ destroyed }) => destroyed)).toEqual([true, true])
  })
})

describe('the built-in origin', () => {
  test('answers with the request as an origin sees it, and the verified claims', async () => {
    const edge = await edgeTo('builtin', {
      assertion: 'a.b.c',
      cookieToken: 'jwt',
      claims: { aud: 'f'.repeat(64) },
    })
    const { status, headers, body } = await send(edge, {
      method: 'POST',
      path: '/echo?x=1',
      headers: ['Cookie', 'a=1', 'X-Two', '1', 'x-two', '2', 'CF-Access-Client-Secret', 'secret'],
      body: 'hello',
    })
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      server: 'cloudflare',
      'cf-ray': ray,
      date,
    })
    expect(JSON.parse(body)).toEqual({
      method: 'POST',
      path: '/echo?x=1',
      host: 'app.example.com',
      headers: {
        host: 'app.example.com',
        'content-length': '5',
        cookie: 'a=1; CF_Authorization=jwt',
        'x-two': '1, 2',
        'cf-access-jwt-assertion': 'a.b.c',
        'cf-connecting-ip': '203.0.113.7',
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-proto': 'https',
        'x-real-ip': '203.0.113.7',
        'cf-ray': ray,
        'cf-ipcountry': 'DE',
        'cf-visitor': '{"scheme":"https"}',
        'cdn-loop': 'cloudflare',
      },
      claims: { aud: 'f'.repeat(64) },
      body: {
        length: 5,
        sha256: createHash('sha256').update('hello').digest('hex'),
        text: 'hello',
      },
    })
  })

  test('omits missing claims and bodies', async () => {
    const echo = JSON.parse((await send(await edgeTo('builtin'))).body)
    expect(echo.claims).toBeNull()
    expect(echo).not.toHaveProperty('body')
  })

  test('digests a large body and does not repeat it', async () => {
    const body = Buffer.alloc(2 * 1024 * 1024, 'x')
    const answer = await send(await edgeTo('builtin'), { method: 'PUT', body })
    expect(JSON.parse(answer.body).body).toEqual({
      length: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    })
  })

  test.each([
    ['/status/404', 404],
    ['/status/503/deep?x', 503],
    ['/status/204', 204],
    ['/status/999', 200],
  ])('%s answers %d', async (path, status) => {
    const answer = await send(await edgeTo('builtin'), { path })
    expect(answer.status).toBe(status)
    expect(answer.body === '').toBe(status === 204)
    expect(answer.headers['access-emulator-origin']).toBe('built-in')
  })
})
