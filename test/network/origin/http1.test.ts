/**
 * Requests without a body to http origins: whatever origin or client do at any moment, and which connections stay open.
 */
import { once } from 'node:events'
import http from 'node:http'
import net, { type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { connect, edgeTo, httpOrigin, listening, rawOrigin, reads, send } from './pipe.ts'

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

describe('an answer', () => {
  const whole = [
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 Fine\r\nA: 1\r\nB:\r\n',
    'Transfer-Encoding: gzip, Chunked\r\n\r\n3;x="y"\r\none\r\n00B\r\n, and more.\r\n0\r\nX-Sum: 9\r\n\r\n',
  ].join('')

  test.each([1, 2, 3, 5, 8, 13, 21, 34])('in pieces of %d bytes is the same', async (size) => {
    const origin = await rawOrigin(async (socket) => {
      for (let at = 0; at < whole.length; at += size) {
        socket.write(whole.slice(at, at + size))
        await new Promise(setImmediate)
      }
    })
    const edge = await edgeTo(origin.url)
    for (const _ of [1, 2]) {
      const { status, reason, raw, body, trailers } = await send(edge)
      // Of a status line that comes in pieces, undici keeps the last.
      expect(['Fine', 'ne', 'e', '']).toContain(reason)
      expect([status, body]).toEqual([200, 'one, and more.'])
      expect(raw.slice(0, 4)).toEqual(['A', '1', 'B', ''])
      expect(trailers).toEqual(['X-Sum', '9'])
    }
    expect(origin.sockets.size).toBe(1)
  })

  test.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a length that is not a number', 'Content-Length: +2\r\n\r\nok'],
    ['a blank before the colon', 'A : 1\r\n\r\n'],
    ['a line without a colon', 'A\r\n\r\n'],
    ['bare line feeds', 'A: 1\nB: 2\r\n\r\n'],
    ['a control character', 'A: \x01\r\n\r\n'],
    ['a name that is not a token', 'A(: 1\r\n\r\n'],
  ])('with %s is rejected', async (_, rest) => {
    const origin = await rawOrigin((socket) => void socket.end(`HTTP/1.1 200 OK\r\n${rest}`))
    expect((await send(await edgeTo(origin.url))).status).toBe(520)
    await origin.empty()
  })

  test('with a folded line has it in one (RFC 9112 5.2)', async () => {
    const origin = await rawOrigin(
      (socket) => void socket.end('HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\nB: 3\r\n\r\n'),
    )
    const { raw } = await send(await edgeTo(origin.url))
    expect(raw.slice(0, 4)).toEqual(['A', '1 2', 'B', '3'])
  })

  test.each([
    ['an invalid size', '2 \r\nok\r\n'],
    ['a chunk that is longer than its size', '2\r\nokay\r\n'],
    ['a trailer that changes the length', '0\r\nContent-Length: 5\r\n\r\n'],
  ])('in chunks with %s breaks off', async (_, rest) => {
    const origin = await rawOrigin((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${rest}`)
    })
    const edge = await edgeTo(origin.url)
    const socket = await connect(edge, get)
    expect(await reads(socket)).not.toMatch(/0\r\n\r\n$/)
    await Promise.all([edge.empty(), origin.empty()])
  })

  test.each([
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 2],
    [
      'of HTTP/1.0 that stays',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
      1,
    ],
    ['that closes', 'HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok', 2],
    [
      'with more behind it',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 Forged\r\n\r\n',
      2,
    ],
  ])('%s: its connection serves another request or not', async (_, bytes, opened) => {
    const origin = await rawOrigin((socket) => void socket.write(bytes))
    const edge = await edgeTo(origin.url)
    for (const _ of [1, 2]) {
      expect(await send(edge)).toMatchObject({ status: 200, reason: 'OK', body: 'ok' })
    }
    expect(origin.opened()).toBe(opened)
  })

  test('that was not requested closes its connection, and answers no other request', async () => {
    const sockets: Socket[] = []
    const origin = await rawOrigin((socket) => {
      sockets.push(socket)
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    const edge = await edgeTo(origin.url)
    await send(edge)
    const [first] = sockets
    if (first === undefined) throw new Error('the origin was not asked')
    first.write('HTTP/1.1 200 Forged\r\nContent-Length: 6\r\n\r\nforged')
    await once(first, 'close')
    expect(await send(edge)).toMatchObject({ reason: 'OK', body: 'ok' })
    expect(sockets).toHaveLength(2)
  })
})

describe('a connection', () => {
  const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n'
  const lengths = Array.from({ length: answer.length }, (_, length) => length)

  test.each([
    ['resets', (socket: Socket) => void socket.resetAndDestroy()],
    ['closes', (socket: Socket) => void socket.end()],
  ])(
    'that the origin %s at any byte leaves no socket, and never a whole answer',
    async (_, leave) => {
      let length = 0
      const origin = await rawOrigin((socket) => {
        socket.write(answer.slice(0, length), () => leave(socket))
      })
      const edge = await edgeTo(origin.url)
      for (length of lengths) {
        const said = await reads(
          await connect(edge, get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')),
        )
        expect(said).not.toMatch(/0\r\n\r\n$/)
      }
      await Promise.all([edge.empty(), origin.empty()])
    },
  )

  test('that the origin resets in a body without a length does not end that body', async () => {
    const connecting = vi.spyOn(net, 'connect')
    onTestFinished(() => connecting.mockRestore())
    const origin = await rawOrigin((socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\npart'))
    const socket = await connect(await edgeTo(origin.url), get)
    await reads(socket, 'part')
    const rest = reads(socket)
    const sockets = connecting.mock.results.map(({ value }): Socket => value)
    // Not every system tells a reset from an end.
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    sockets.find(({ remotePort }) => remotePort === origin.port)?.destroy(reset)
    expect(await rest).toBe('')
  })

  test('that the client leaves, before, in and after the answer, leaves no socket', async () => {
    const origin = await httpOrigin((request, response) => {
      if (request.url === '/never') return
      response.write('first')
      if (request.url === '/whole') response.end('last')
    })
    const edge = await edgeTo(origin.url)
    for (let round = 0; round < 20; round += 1) {
      for (const path of ['/never', '/part', '/whole']) {
        const socket = await connect(edge, get.replace('/', path))
        if (path !== '/never') await reads(socket, path === '/whole' ? 'last' : 'first')
        if (round % 2 === 0) socket.destroy()
        else socket.resetAndDestroy()
      }
    }
    await Promise.all([edge.empty(), origin.empty()])
  })

  test('that the origin half-closes once it has answered is replaced', async () => {
    const origin = await listening(
      net.createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('data', () => {
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        })
      }),
    )
    const edge = await edgeTo(origin.url)
    for (const _ of [1, 2, 3]) expect((await send(edge)).body).toBe('ok')
  })

  test('is waited for beyond the limit of connections, but not for a client that has left', async () => {
    const open: http.ServerResponse[] = []
    const paths = new Set<string | undefined>()
    let isOpen = true
    const origin = await httpOrigin((request, response) => {
      paths.add(request.url)
      if (isOpen) open.push(response)
      else response.end('later')
    })
    const edge = await edgeTo(origin.url)
    const asked = Array.from({ length: 270 }, () => send(edge, { path: '/later' }))
    while (open.length < 256) await new Promise(setImmediate)
    const socket = await connect(edge, get.replace('/', '/left'))
    while (edge.seen.length < 271) await new Promise(setImmediate)
    const left = edge.seen.find(({ request }) => request.url === '/left')
    socket.destroy()
    if (left?.response.closed === false) await once(left.response, 'close')
    expect(origin.sockets.size).toBe(256)
    isOpen = false
    for (const response of open) response.end('later')
    const answers = await Promise.all(asked)
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['later']))
    expect(paths).toEqual(new Set(['/later']))
  })

  test('and requests that wait for one end when the proxy is closed', async () => {
    const origin = await httpOrigin(() => {})
    const edge = await edgeTo(origin.url)
    const asked = Array.from({ length: 300 }, () => send(edge))
    while (edge.seen.length < 300) await new Promise(setImmediate)
    await edge.proxy.close()
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([520]))
    await origin.empty()
  })
})

test('an answer that is longer than the client reads is held back at the origin', async () => {
  let sent = 0
  const piece = Buffer.alloc(64 * 1024, 'x')
  const all = 32 * 1024 * 1024
  const origin = await httpOrigin(async (request, response) => {
    if (request.url === '/other') return void response.end()
    for (; sent < all; sent += piece.length) {
      if (!response.write(piece)) await once(response, 'drain')
    }
    response.end()
  })
  const edge = await edgeTo(origin.url)
  const request = http.get({ host: '127.0.0.1', port: edge.port, agent: false })
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
  // It stalls once every buffer on the way is full.
  for (let before = -1; sent !== before; ) {
    before = sent
    for (const _ of Array(20)) await send(edge, { path: '/other' })
  }
  expect(sent).toBeLessThan(all)
  expect((await text(answer)).length).toBe(all)
})

test('an answer in many small chunks waits once for its client', async () => {
  const chunks = 'a\r\n0123456789\r\n'.repeat(20_000)
  let answer = () => {}
  const origin = await rawOrigin((socket) => {
    answer = () => {
      socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`)
    }
    asked()
  })
  let asked = () => {}
  const arrived = new Promise<void>((resolve) => (asked = resolve))
  const edge = await edgeTo(origin.url)
  const socket = await connect(edge, get)
  await arrived
  let waiting = 0
  const response = edge.seen[0]?.response
  response?.on('newListener', (event) => {
    if (event === 'drain') waiting = Math.max(waiting, response.listenerCount('drain') + 1)
  })
  answer()
  expect((await reads(socket, '\r\n0\r\n\r\n')).length).toBeGreaterThan(chunks.length)
  expect(waiting).toBe(1)
})
