/** `access-client proxy`: an application on loopback, with the credentials added. */
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { edgeFixture, hosts, pairs } from '../../edge/applications.ts'
import { ada } from '../../edge/login/person.ts'
import { mcp, oauthWorld } from '../../edge/oauth/application.ts'
import { personAt, signedIn } from '../login/command.ts'
import { originOf, send, serving } from './serving.ts'

const url = `https://${mcp}/`
const namedPair = {
  CF_ACCESS_CLIENT_ID: pairs.named.client_id,
  CF_ACCESS_CLIENT_SECRET: pairs.named.client_secret,
}

test('adds a login’s token, refreshes it, and identifies the user', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  await signedIn(edge, person, url)
  const proxy = await serving(person, url)
  expect(proxy.ready).toEqual({
    event: 'ready',
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    origin: `https://${mcp}`,
    credential: 'login',
  })
  const whoIs = async () => {
    const { status, text } = await send(proxy, { path: '/a/b?c=d' })
    const { path, headers } = JSON.parse(text)
    return [status, path, headers['cf-access-authenticated-user-email']]
  }
  expect(await whoIs()).toEqual([200, '/a/b?c=d', ada])
  await edge.advance(16 * 60)
  expect(await whoIs()).toEqual([200, '/a/b?c=d', ada])
  expect(await proxy.stop()).toMatchObject({ code: 0, err: '' })
})

test('adds the pair, and passes bodies and answers unchanged', async () => {
  const seen: IncomingMessage[] = []
  const origin = await originOf((request, response) => {
    seen.push(request)
    response.writeHead(418, 'Teapot', {
      'content-encoding': 'gzip',
      location: `https://${hosts.M}/next?x=1`,
      'set-cookie': [
        'a=1; Secure; Path=/; Domain=example.com; SameSite=None',
        '__Host-b=2; Secure; Path=/',
      ],
      'x-long': 'x'.repeat(9000),
    })
    request.pipe(response)
  })
  const edge = await edgeFixture({ origins: { [hosts.M]: origin.url } })
  const proxy = await serving(await personAt(edge), `https://${hosts.M}/`, namedPair)
  const answer = await send(proxy, {
    method: 'PATCH',
    path: '/x',
    body: 'not gzip at all',
    headers: {
      host: `localhost:${proxy.port}`,
      origin: `http://localhost:${proxy.port}`,
      referer: `http://localhost:${proxy.port}/page`,
      'cf-access-client-id': 'forged',
      'cf-access-jwt-assertion': 'forged',
      'cf-access-token': 'forged',
      cookie: 'a=1; CF_Authorization=forged; CF_AppSession=forged; b=2',
      authorization: 'Basic eDp5',
      connection: 'x-private',
      'x-private': 'mine',
    },
  })
  expect(answer).toMatchObject({ status: 418, text: 'not gzip at all' })
  expect(answer.headers).toMatchObject({
    'content-encoding': 'gzip',
    location: `http://localhost:${proxy.port}/next?x=1`,
    'set-cookie': ['a=1; Path=/', '__Host-b=2; Secure; Path=/'],
    'x-long': 'x'.repeat(9000),
  })
  const [got] = seen
  expect(got?.headers).toMatchObject({
    host: hosts.M,
    origin: `https://${hosts.M}`,
    referer: `https://${hosts.M}/page`,
    authorization: 'Basic eDp5',
  })
  expect(got?.headers.cookie).toMatch(/^a=1; b=2(; CF_Authorization=ey.*)?$/)
  for (const name of ['x-private', 'cf-access-token', 'cf-access-client-id']) {
    expect(got?.headers[name]).toBeUndefined()
  }
  expect(got?.headers['cf-access-jwt-assertion']).toMatch(/^ey/)
})

test('an event stream arrives piece by piece, and ends with its listener', async () => {
  let push: (text: string) => void = () => undefined
  let left: Promise<unknown> | undefined
  const origin = await originOf((_, response) => {
    left = once(response, 'close')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    push = (text) => response.write(text)
  })
  const edge = await edgeFixture({ origins: { [hosts.M]: origin.url } })
  const proxy = await serving(await personAt(edge), `https://${hosts.M}/`, namedPair)
  const request = http.get(proxy.url, { agent: false })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  expect(answer.headers['content-type']).toBe('text/event-stream')
  for (const said of ['data: 1\n\n', 'data: 2\n\n']) {
    push(said)
    expect(String((await once(answer, 'data'))[0])).toBe(said)
  }
  request.destroy()
  await left
})

describe('a WebSocket', () => {
  async function echoing() {
    const origin = await originOf((_, response) => response.writeHead(426).end('plain'))
    const sockets = new WebSocketServer({ server: origin, path: '/echo' })
    sockets.on('connection', (socket, request) => {
      socket.send(String(request.headers['cf-access-authenticated-user-email']))
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
    return origin
  }

  test('passes both ways, as the person, also with a token that has to be renewed first', async () => {
    const edge = await oauthWorld({ origins: { [mcp]: (await echoing()).url } })
    const person = await personAt(edge)
    await signedIn(edge, person, url)
    const proxy = await serving(person, url)
    await edge.advance(16 * 60)
    const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/echo`, ['chat'])
    onTestFinished(() => client.terminate())
    expect(String((await once(client, 'message'))[0])).toBe(ada)
    expect(client.protocol).toBe('chat')
    client.send(Buffer.alloc(300_000, 7))
    const [bytes] = (await once(client, 'message')) as [Buffer]
    expect(bytes.equals(Buffer.alloc(300_000, 7))).toBe(true)
    const closed = once(client, 'close')
    expect((await proxy.stop()).code).toBe(0)
    await closed
  })

  test('that the application declines gets its status', async () => {
    const edge = await edgeFixture({ origins: { [hosts.M]: (await echoing()).url } })
    const proxy = await serving(await personAt(edge), `https://${hosts.M}/`, namedPair)
    const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/elsewhere`)
    const [, answer] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage]
    expect(answer.statusCode).toBe(400)
    client.on('error', () => undefined).terminate()
  })
})

test('a refusal by the application is passed on unchanged', async () => {
  const edge = await edgeFixture()
  const env = {
    CF_ACCESS_CLIENT_ID: pairs.unnamed.client_id,
    CF_ACCESS_CLIENT_SECRET: pairs.unnamed.client_secret,
  }
  const proxy = await serving(await personAt(edge), `https://${hosts.M}/`, env)
  const { status, headers } = await send(proxy)
  expect([status, headers['cf-access-aud']]).toEqual([403, edge.aud(hosts.M)])
})
