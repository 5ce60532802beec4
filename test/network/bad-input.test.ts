/** Malformed input: each request is refused with a message, costs little, and the server keeps running. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { accessEmulator } from '../support/built.ts'
import {
  connect,
  exchange,
  helloOf,
  openServer,
  received,
  run,
  secureTo,
  type TestServer,
  until,
} from './server.ts'

let listening: TestServer
const open = async (...options: Parameters<typeof openServer>) => {
  listening = await openServer(...options)
  return listening
}

const good = 'GET / HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n'
const goesOn = async () => expect(await exchange(listening.port, good)).toContain('200 OK')

describe('TLS garbage', () => {
  test.each([
    ['noise after the first byte', Buffer.concat([Buffer.from([0x16]), Buffer.alloc(500, 0xab)])],
    ['a record of SSL 2', Buffer.from([0x16, 2, 0, 0, 10, 1, 2, 3])],
    [
      'a hello that lies about its lengths',
      Buffer.from([0x16, 3, 1, 0, 8, 1, 0, 0, 4, 3, 3, 9, 9]),
    ],
    ['a server’s message', Buffer.from([0x16, 3, 3, 0, 4, 2, 0, 0, 0])],
  ])('%s gets an alert', async (_, bytes) => {
    await open()
    const answer = Buffer.from(await exchange(listening.port, bytes), 'latin1')
    expect([...answer]).toEqual([0x15, 3, 3, 0, 2, 2, 50])
    await goesOn()
  })

  test('noise after a good hello ends the connection', async () => {
    await open()
    const socket = connect(listening.port)
    socket.write(await helloOf())
    await once(socket, 'data')
    socket.write(Buffer.alloc(500, 0xab))
    await received(socket)
    await goesOn()
  })
})

describe('an ambiguous request', () => {
  const post = (headers: string, body: string) =>
    `POST / HTTP/1.1\r\nHost: app.example.com\r\n${headers}\r\n\r\n${body}`
  test.each([
    [
      'both lengths',
      post(
        'Content-Length: 6\r\nTransfer-Encoding: chunked',
        '0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
      ),
    ],
    ['two lengths', post('Content-Length: 1\r\nContent-Length: 2', 'ab')],
    ['a length that is not a number', post('Content-Length: +1', 'a')],
    ['a coding before chunked spelt oddly', post('Transfer-Encoding: xchunked', '0\r\n\r\n')],
    ['a space before the colon', post('Content-Length : 1', 'a')],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: app.example.com\r\nX-A: 1\r\n b: 2\r\n\r\n'],
    ['a folded first header', 'GET / HTTP/1.1\r\n Host: app.example.com\r\n\r\n'],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: app.example.com\n\n'],
    ['a bare carriage return', 'GET / HTTP/1.1\r\nHost: app.example.com\rX: y\r\n\r\n'],
    ['a zero byte', 'GET / HTTP/1.1\r\nHost: app.example.com\r\nX: a\0b\r\n\r\n'],
    ['an invalid chunk size', post('Transfer-Encoding: chunked', 'zz\r\nabc\r\n0\r\n\r\n')],
    ['a chunk size that is too large', post('Transfer-Encoding: chunked', `${'f'.repeat(17)}\r\n`)],
    ['a chunk without its end', post('Transfer-Encoding: chunked', '3\r\nabcd\r\n0\r\n\r\n')],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: app.example.com\r\nHost: other.example.com\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['no method that exists', 'SMUGGLE / HTTP/1.1\r\nHost: app.example.com\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s gets 400, and what follows is not served', async (_, bytes) => {
    const paths: (string | undefined)[] = []
    const handler: RequestListener = (request, response) => {
      paths.push(request.url)
      request.on('error', () => {})
      request.resume().on('end', () => response.end())
    }
    await open(handler)
    const socket = connect(listening.port)
    socket.write(bytes)
    // Two Host headers are refused per request, so the client has to ask to close.
    socket.end()
    const answer = (await received(socket)).toString('latin1')
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
    expect(paths).not.toContain('/smuggled')
    await goesOn()
  })
})

test.each([['api.cloudflare.com'], ['team.cloudflareaccess.com'], ['example.net']])(
  'an upgrade at %s gets 400',
  async (host) => {
    await open()
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
    const answer = await exchange(
      listening.port,
      `GET / HTTP/1.1\r\nHost: ${host}\r\n${upgrade}\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('no_upgrade')
    await goesOn()
  },
)

test.each([
  ['HTTP/2, as curl and Java do', 'GET', 'h2c'],
  ['HTTP/2 or WebSocket', 'GET', 'h2c, websocket'],
  ['a WebSocket by another method', 'OPTIONS', 'websocket'],
])('what offers %s is answered without it', async (_, method, upgrade) => {
  const upgrades: string[] = []
  await open(
    (request, response) => {
      const { method: asked, url, rawHeaders } = request
      request.setEncoding('utf8').on('data', (body: string) => {
        response.end(JSON.stringify([asked, url, body, rawHeaders.slice(2)]))
      })
    },
    { upgrade: (request) => upgrades.push(request.url ?? '') },
  )
  const lines = [
    `${method} /a?b HTTP/1.1`,
    'Host: app.example.com',
    'X-Name: caf\xe9',
    'Connection: Upgrade, close, HTTP2-Settings',
    `Upgrade: ${upgrade}`,
    'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
    'Content-Length: 4',
  ]
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\nbody`, 'latin1')
  const answer = await exchange(listening.port, bytes)
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  const [, seen = ''] = answer.split('\r\n\r\n')
  expect(Buffer.from(seen, 'latin1').toString()).toContain(
    JSON.stringify([
      method,
      '/a?b',
      'body',
      ['X-Name', 'caf\xe9', 'Connection', 'close', 'Content-Length', '4'],
    ]),
  )
  expect(upgrades).toEqual([])
})

test.each([
  'app.example.com/.example.com',
  'other.test?.example.com',
  'other.test#.example.com',
  'user@app.example.com',
  'other.test\\.example.com',
  'app.example.com:80:80',
  'app.example.com:99999',
  'app.example.com,other.example.com',
  'app"x.example.com',
  "a'b.example.com",
  '%61pp.example.com',
  'app\x80.example.com',
  'a..example.com',
  '.example.com',
  '-a.example.com',
  'a-.example.com',
  'app.example.com..',
  `${'a.'.repeat(130)}example.com`,
])('the host %s is invalid', async (host) => {
  await open()
  const answer = await exchange(
    listening.port,
    `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1.1 400 /)
  expect(answer).toContain('authority_invalid')
})

test('an upgrade for another host than the connection was opened for gets 421', async () => {
  await open()
  const socket = await secureTo(listening, 'app.example.com')
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  socket.write(`GET / HTTP/1.1\r\nHost: other.example.com\r\n${upgrade}\r\n`)
  expect(await until(socket, 'host_differs')).toMatch(/^HTTP\/1.1 421 /)
})

describe('endless headers', () => {
  test('of 1 MB get 431, which the client can read', async () => {
    await open()
    const socket = connect(listening.port)
    socket.write(`GET / HTTP/1.1\r\nHost: app.example.com\r\n`)
    for (let at = 0; at < 16; at++) socket.write(`X-${at}: ${'x'.repeat(64 * 1024)}\r\n`)
    socket.write('\r\n')
    const answer = (await received(socket)).toString('latin1')
    expect(answer).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large\r\n/)
    expect(answer).toContain('headers_too_large')
    await goesOn()
  })

  test('get 431, even if the client sends everything before it reads', async () => {
    await open()
    const socket = connect(listening.port)
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: app.example.com\r\n')
    for (let at = 0; at < 256; at++) {
      const sent = new Promise((resolve) =>
        socket.write(`X: ${'x'.repeat(32 * 1024)}\r\n`, resolve),
      )
      expect(await sent).toBeFalsy()
    }
    const answer = received(socket)
    socket.resume()
    expect((await answer).toString('latin1')).toMatch(/^HTTP\/1.1 431 /)
  })

  test('in one line of 1 MB get 431', async () => {
    await open()
    const line = `GET /${'x'.repeat(1024 * 1024)} HTTP/1.1\r\n`
    expect(await exchange(listening.port, line)).toMatch(/^HTTP\/1.1 431 /)
    await goesOn()
  })

  test('of 100 kB are accepted', async () => {
    await open()
    const headers = `X: ${'x'.repeat(100_000)}\r\n`
    const request = `GET / HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n${headers}\r\n`
    expect(await exchange(listening.port, request)).toContain('200 OK')
  })
})

describe('a slow client', () => {
  test('that sends nothing is disconnected', async () => {
    await open(undefined, { limits: { firstByteMs: 50 } })
    expect((await received(connect(listening.port))).length).toBe(0)
    await goesOn()
  })

  test('within its ClientHello is disconnected', async () => {
    await open(undefined, { limits: { firstByteMs: 50 } })
    const socket = connect(listening.port)
    socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1]))
    expect((await received(socket)).length).toBe(0)
    await goesOn()
  })

  test('after its ClientHello is disconnected', async () => {
    await open(undefined, { limits: { handshakeMs: 50 } })
    const hello = await helloOf()
    const socket = connect(listening.port)
    socket.write(hello)
    await received(socket)
    await goesOn()
  })

  test('within its headers gets 408', async () => {
    await open(undefined, { limits: { headersMs: 50, sweepMs: 20 } })
    const answer = await exchange(listening.port, 'GET / HTTP/1.1\r\nHost: app.exa')
    expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/)
    await goesOn()
  })

  test('within its body gets 408', async () => {
    const limits = { headersMs: 40, requestMs: 50, sweepMs: 20 }
    await open(undefined, { limits })
    const head = 'POST / HTTP/1.1\r\nHost: app.example.com\r\nContent-Length: 9\r\n\r\n'
    expect(await exchange(listening.port, `${head}part`)).toMatch(/^HTTP\/1.1 408 /)
    await goesOn()
  })

  test('within the headers of a CONNECT gets 408', async () => {
    await open(undefined, { limits: { headersMs: 50, sweepMs: 20 } })
    const answer = await exchange(listening.port, 'CONNECT app.example.com:443 HTTP/1.1\r\nHost:')
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    await goesOn()
  })

  test('that sends nothing after TLS is disconnected', async () => {
    await open(undefined, { limits: { headersMs: 50, sweepMs: 20 } })
    const socket = await secureTo(listening, 'app.example.com')
    socket.resume()
    await once(socket, 'close')
    await goesOn()
  })

  test('between two requests is disconnected', async () => {
    await open(undefined, { limits: { idleMs: 50 } })
    const socket = connect(listening.port)
    socket.write('GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n')
    expect((await received(socket)).toString()).toContain('200 OK')
  })
})

describe('too many connections', () => {
  const opened = async (count: number, bytes = '') => {
    const sockets = Array.from({ length: count }, () => connect(listening.port))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const socket of sockets) if (bytes !== '') socket.write(bytes)
    return sockets
  }

  test('close the oldest idle one to make room', async () => {
    await open(undefined, { limits: { connections: 5 } })
    const silent = await opened(5)
    const gone = Promise.race(silent.map((socket) => received(socket)))
    await goesOn()
    await gone
    expect(silent.filter(({ destroyed }) => destroyed)).toHaveLength(1)
  })

  test('all in use: a new one gets 503, and there is room again later', async () => {
    await open(undefined, { limits: { connections: 3 } })
    const busy = await opened(3, 'GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n')
    await Promise.all(busy.map((socket) => until(socket, '200 OK')))
    const refused = await exchange(listening.port, good)
    expect(refused).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/)
    expect(refused).toContain('too_many_connections')
    const [first] = busy
    first?.end()
    first?.resume()
    if (first !== undefined) await once(first, 'close')
    await goesOn()
  })

  test('by the thousand cost little, and each new client is served', async () => {
    await open(undefined, { limits: { connections: 500 } })
    const before = process.memoryUsage().rss
    for (let round = 0; round < 6; round++) {
      await opened(250)
      await goesOn()
    }
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024
    expect(grown).toBeLessThan(150)
  })
})

test('the command survives as many idle connections as it may open files', async () => {
  const limit = await run('sh', ['-c', 'ulimit -n 200 && cat /proc/self/limits'])
  if (limit.code !== 0) return console.info('open-file limit: not tested, it cannot be set here')
  const start = `ulimit -n 200; exec "${process.execPath}" "${accessEmulator}" start --port 0 --json`
  const child = spawn('sh', ['-c', start], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => {
    child.kill()
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the command ended with ${code}`)
  })
  ended.catch(() => {})
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
  const { url } = JSON.parse(line) as { url: string }
  const idle = Array.from({ length: 400 }, () => connect(Number(new URL(url).port)))
  // Most of them must be closed: fewer than half of the files remain.
  await new Promise<void>((resolve) => {
    let gone = 0
    for (const socket of idle) {
      socket.resume().once('end', () => socket.destroy())
      socket.once('close', () => {
        gone += 1
        if (gone === 300) resolve()
      })
    }
  })
  const answer = await fetch(`${url}/__access/health`)
  expect(answer.status).toBe(200)
  expect(child.exitCode).toBe(null)
})

describe('a CONNECT', () => {
  const asked = 'CONNECT app.example.com:443 HTTP/1.1\r\nHost: app.example.com:443\r\n\r\n'

  test('whose client disconnects at once is dropped', async () => {
    await open()
    const socket = connect(listening.port)
    socket.write(asked)
    socket.end()
    expect((await received(socket)).toString()).toContain('200 Connection established')
    await goesOn()
  })

  test('with garbage in it gets 400, with TLS garbage an alert', async () => {
    await open()
    expect(await exchange(listening.port, `${asked}no http at all\r\n\r\n`)).toContain(
      'HTTP/1.1 400 ',
    )
    const answer = await exchange(
      listening.port,
      Buffer.concat([Buffer.from(asked), Buffer.from([0x16, 9])]),
    )
    expect(answer).toContain('\x15\x03\x03\x00\x02\x02\x32')
    await goesOn()
  })

  test('that is refused leaves no tunnel open', async () => {
    await open()
    const socket = connect(listening.port)
    socket.write(`CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n${good}`)
    const answer = (await received(socket)).toString()
    expect(answer).toMatch(/^HTTP\/1.1 403 /)
    expect(answer).not.toContain('200 OK')
    await goesOn()
  })
})
