/** Headers longer than the edge accepts are refused before Access, on every path into it. */
import { once } from 'node:events'
import http2, { type IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { causesOf } from '../../emulator/instance/refusal-causes.ts'
import { connect, temporaryFolder, tunnel, until } from '../network/server.ts'
import { edgeFixture, hosts, pairs, team } from './applications.ts'

const kb = 1024
const says = 'Request Header Or Cookie Too Large'
/** One cookie again and again, so that Cookie has so many bytes at most. */
function cookies(bytes: number, token = 'x'.repeat(500)): string {
  const one = `CF_Authorization=${token}`
  return Array(Math.floor(bytes / (one.length + 2)))
    .fill(one)
    .join('; ')
}
const old = { behaviours: { 'request.header_limit': '32_kb_and_16_kb_each' } } as const

describe('Cookie', () => {
  test('of more than 128 KB gets the page of the front, whatever goes with it', async () => {
    const edge = await edgeFixture()
    for (const sending of [{}, { pair: pairs.named }, { method: 'POST', body: 'x' }]) {
      const answer = await edge.send(hosts.P, {
        ...sending,
        headers: { cookie: cookies(129 * kb) },
      })
      expect(answer.status).toBe(400)
      expect(answer.text).toContain(`<center>${says}</center>`)
      expect(answer.text).toContain('<hr><center>cloudflare</center>')
      expect(answer.headers).toMatchObject({ server: 'cloudflare', 'content-type': 'text/html' })
      expect(answer.headers['cf-ray']).toMatch(/^[0-9a-f]{16}-/)
      expect(Object.keys(answer.headers).join()).not.toMatch(/cf-access|www-authenticate|location/)
      expect(answer.cookies).toEqual([])
    }
  })

  test('of a little less is read, to the last token', async () => {
    const edge = await edgeFixture()
    const token = await edge.tokenFor(hosts.P)
    const cookie = `${cookies(126 * kb)}; CF_Authorization=${token}`
    expect((await edge.send(hosts.P, { headers: { cookie } })).status).toBe(200)
  })

  test('of more than 16 KB is too much under the limits of before', async () => {
    const edge = await edgeFixture(old)
    const status = async (headers: readonly string[]) =>
      (await edge.send(hosts.P, { headers, pair: pairs.named })).status
    expect(await status(['Cookie', cookies(17 * kb)])).toBe(400)
    const fifteen = cookies(15 * kb)
    expect(await status(['Cookie', fifteen])).toBe(200)
    expect(await status(['X-One', fifteen, 'X-Two', fifteen])).toBe(200)
    expect(await status(['X-One', fifteen, 'X-Two', fifteen, 'X-Three', fifteen])).toBe(400)
  })
})

test('paths of Access and the team domain take no more; the API is another front', async () => {
  const edge = await edgeFixture()
  const headers = { cookie: cookies(129 * kb) }
  const status = async (host: string, path: string) =>
    (await edge.send(host, { path, headers })).status
  expect(await status(hosts.P, '/cdn-cgi/access/certs')).toBe(400)
  expect(await status(team, '/cdn-cgi/access/certs')).toBe(400)
  expect(await status('unprotected.example.com', '/')).toBe(400)
  expect(await status('api.cloudflare.com', '/__access/health')).toBe(200)
})

test('a cookie that is piled up answer by answer works until it does not', async () => {
  const edge = await edgeFixture(old)
  let cookie = ''
  const statuses: number[] = []
  while (statuses.length < 100 && statuses.at(-1) !== 400) {
    await edge.advance(1)
    const answer = await edge.send(hosts.P, {
      pair: pairs.named,
      ...(cookie === '' ? {} : { headers: { cookie } }),
    })
    statuses.push(answer.status)
    const set = answer.cookies.map((line) => line.split(';')[0])
    cookie = [cookie, ...set].filter((one) => one !== '').join('; ')
  }
  expect(statuses.length).toBeGreaterThan(10)
  expect(new Set(statuses.slice(0, -1))).toEqual(new Set([200]))
  expect(statuses.at(-1)).toBe(400)
})

test('the journal says what was too long, and the matcher which failure that is', async () => {
  const edge = await edgeFixture()
  const causeOf = async (headers: Readonly<Record<string, string>>) => {
    const { status } = await edge.send(hosts.P, { path: '/a?b', headers })
    const entry = await edge.lastEntry()
    const { operation, path, trail, verdict } = entry
    expect({ operation, path, verdict, status }).toEqual({
      operation: 'edge.header_limit',
      path: '/a?b',
      verdict: null,
      status: entry.status,
    })
    const explanation = await edge.emulator.control.explain({ body: { ray: entry.ray } })
    expect(explanation).toMatchObject({ verdict: '400', reason: trail[0]?.reason, trail })
    return { reason: explanation.reason, causes: causesOf({ entry, explanation }) }
  }
  expect(await causeOf({ cookie: cookies(129 * kb) })).toEqual({
    reason: 'cookies_too_large',
    causes: ['cookie-overflow'],
  })
  expect(await causeOf({ 'x-long': cookies(129 * kb) })).toEqual({
    reason: 'headers_too_large',
    causes: [],
  })
})

test('an upgrade is refused like any request', async () => {
  const { emulator } = await edgeFixture()
  const socket = connect(emulator.port)
  socket.write(
    [
      'GET / HTTP/1.1',
      `Host: ${hosts.P}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Cookie: ${cookies(129 * kb)}`,
      '\r\n',
    ].join('\r\n'),
  )
  const answer = await until(socket, '</html>')
  expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
  expect(answer).toContain(says)
})

describe('over TLS', () => {
  test('HTTP/2 refuses them alike, and one header that is too long', async () => {
    const edge = await edgeFixture({ stateHome: await temporaryFolder() })
    const { emulator } = edge
    const socket = await secureTo(connect(emulator.port), 'h2')
    // As browsers send them: one header per cookie. Node reads none over 64 KB.
    const ask = (bytes: number) => askByHttp2(socket, cookies(bytes).split('; '))
    expect(await ask(129 * kb)).toMatchObject({ status: 400, body: expect.stringContaining(says) })
    expect(await ask(126 * kb)).toMatchObject({ status: 302 })
    await emulator.control.setBehaviours({ body: old.behaviours })
    expect(await askByHttp2(socket, cookies(17 * kb))).toMatchObject({ status: 400 })
    expect(await edge.lastReasons()).toContain('cookies_too_large')
  })

  test('a tunnel of the proxy leads to the same answer', async () => {
    const { emulator } = await edgeFixture({ stateHome: await temporaryFolder() })
    const socket = await secureTo(await tunnel(emulator.port, `${hosts.P}:443`), 'http/1.1')
    socket.write(`GET / HTTP/1.1\r\nHost: ${hosts.P}\r\nCookie: ${cookies(129 * kb)}\r\n\r\n`)
    expect(await until(socket, '</html>')).toMatch(/^HTTP\/1.1 400 /)
  })
})

async function secureTo(socket: Socket, protocol: string): Promise<tls.TLSSocket> {
  const servername = hosts.P
  const secure = tls.connect({
    socket,
    servername,
    ALPNProtocols: [protocol],
    rejectUnauthorized: false,
  })
  onTestFinished(() => {
    secure.destroy()
  })
  await once(secure, 'secureConnect')
  return secure
}

const sessions = new WeakMap<tls.TLSSocket, http2.ClientHttp2Session>()

async function askByHttp2(socket: tls.TLSSocket, cookie: string | string[]) {
  const session =
    sessions.get(socket) ??
    http2.connect(`https://${hosts.P}`, {
      createConnection: () => socket,
      maxSendHeaderBlockLength: 512 * kb,
    })
  sessions.set(socket, session)
  const stream = session.request({ ':path': '/', cookie })
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  return { status: headers[':status'], body: await text(stream) }
}
