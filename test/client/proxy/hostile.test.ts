/** Pages and programs that try to use the proxy's credentials, and the proxy's own error responses. */
import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { edgeFixture, hosts, pairs } from '../../edge/applications.ts'
import { ada } from '../../edge/login/person.ts'
import { mcp, oauthWorld } from '../../edge/oauth/application.ts'
import { personAt, signedIn } from '../login/command.ts'
import { originOf, type Serving, send, serving } from './serving.ts'

const pair = {
  CF_ACCESS_CLIENT_ID: pairs.named.client_id,
  CF_ACCESS_CLIENT_SECRET: pairs.named.client_secret,
}

async function counted() {
  let asked = 0
  const origin = await originOf((_, response) => {
    asked += 1
    response.end('secret')
  })
  const edge = await edgeFixture({ origins: { [hosts.M]: origin.url } })
  const proxy = await serving(await personAt(edge), `https://${hosts.M}/`, pair)
  return { proxy, asked: () => asked }
}

describe('nothing is passed on', () => {
  test.each<[string, (port: number) => Record<string, string>, string]>([
    ['under another name', (port) => ({ host: `evil.example:${port}` }), 'foreign_host'],
    ['under the name of the application', () => ({ host: hosts.M }), 'foreign_host'],
    ['for another port', (port) => ({ host: `127.0.0.1:${port + 1}` }), 'foreign_host'],
    ['of another page', () => ({ origin: 'https://evil.example' }), 'foreign_origin'],
    ['of a page without an origin', () => ({ origin: 'null' }), 'foreign_origin'],
    [
      'of a page on another port',
      (port) => ({ origin: `http://127.0.0.1:${port + 1}` }),
      'foreign_origin',
    ],
    ['of the application itself', () => ({ origin: `https://${hosts.M}` }), 'foreign_origin'],
    ['led to by another page', () => ({ referer: 'https://evil.example/' }), 'foreign_origin'],
    [
      'led to by a name that begins like ours',
      (port) => ({ referer: `http://127.0.0.1:${port}.evil.example/` }),
      'foreign_origin',
    ],
    ['across sites', () => ({ 'sec-fetch-site': 'cross-site' }), 'cross_site'],
    ['of another page of the site', () => ({ 'sec-fetch-site': 'same-site' }), 'cross_site'],
  ])('%s', async (_, headers, code) => {
    const { proxy, asked } = await counted()
    const sent = headers(proxy.port)
    const answer = await send(proxy, { headers: sent })
    expect([answer.status, answer.headers['access-client-error']]).toEqual([403, code])
    expect(answer.text).toMatch(/It was not forwarded\.\n$/)
    expect(answer.text).not.toContain('secret')
    const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/`, { headers: sent })
    const [, upgrade] = await once(client, 'unexpected-response')
    expect(upgrade.statusCode).toBe(403)
    client.on('error', () => undefined).terminate()
    expect(asked()).toBe(0)
    const { code: exit, err } = await proxy.stop()
    expect({ exit, err }).toEqual({ exit: 0, err: expect.stringMatching(/^403 GET \/: /) })
  })

  test.each([
    ['CONNECT evil.example:443 HTTP/1.1', 405, 'connect_refused'],
    ['GET http://evil.example/ HTTP/1.1', 400, 'not_a_path'],
    ['OPTIONS * HTTP/1.1', 400, 'not_a_path'],
    ['PROPFIND / HTTP/1.1', 400, 'usage'],
    ['GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: upgrade', 501, 'upgrade_refused'],
  ])('of %s', async (line, status, code) => {
    const { proxy, asked } = await counted()
    const socket = net.connect(proxy.port, '127.0.0.1')
    const [first, ...rest] = line.split('\r\n')
    socket.write([first, `Host: 127.0.0.1:${proxy.port}`, ...rest, '', ''].join('\r\n'))
    const answer = await text(socket)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*access-client-error: ${code}`, 's'))
    expect(asked()).toBe(0)
  })

  test.each([[{ 'sec-fetch-site': 'none' }], [{ 'sec-fetch-site': 'same-origin' }]])(
    'but what the person or the page itself sent: %j',
    async (headers) => {
      const { proxy } = await counted()
      expect(await send(proxy, { headers })).toMatchObject({ status: 200, text: 'secret' })
    },
  )
})

test('no Access cookie reaches the client', async () => {
  const edge = await edgeFixture()
  const env = {
    CF_ACCESS_CLIENT_ID: pairs.named.client_id,
    CF_ACCESS_CLIENT_SECRET: pairs.named.client_secret,
  }
  const proxy = await serving(await personAt(edge), `https://${hosts.M}/`, env)
  const { cookies } = await edge.send(hosts.M, { pair: pairs.named })
  expect(cookies[0]).toMatch(/^CF_Authorization=/)
  expect((await send(proxy)).headers['set-cookie']).toBeUndefined()
})

describe('with a login', () => {
  const url = `https://${mcp}/`
  async function person() {
    const edge = await oauthWorld()
    const who = await personAt(edge)
    await signedIn(edge, who, url)
    return { edge, who, proxy: await serving(who, url) }
  }
  const whoIsAt = async (proxy: Serving) => {
    const { status, text } = await send(proxy)
    return [status, JSON.parse(text).headers['cf-access-authenticated-user-email']]
  }

  test('that is over, 502 says what to do, and a new login is taken up', async () => {
    const { edge, who, proxy } = await person()
    await edge.advance(25 * 3600)
    const over = await send(proxy)
    expect([over.status, over.headers['access-client-error']]).toEqual([502, 'login_needed'])
    expect(over.text).toContain('Log in again: access-client login https://mcp.example.com/')
    expect(over.text).not.toMatch(/oauth:/)
    await signedIn(edge, who, url)
    expect(await whoIsAt(proxy)).toEqual([200, ada])
  })

  test('a body that was refused with the token is not lost in silence', async () => {
    const { edge, proxy } = await person()
    await edge.advance(16 * 60)
    const first = await send(proxy, { method: 'POST', body: 'once' })
    expect([first.status, first.text]).toEqual([
      502,
      expect.stringContaining('Send the request again'),
    ])
    expect((await send(proxy, { method: 'POST', body: 'once' })).status).toBe(200)
  })

  test('many requests at once renew it once', async () => {
    const edge = await oauthWorld({ behaviours: { 'oauth.refresh_reuse': 'ends_grant' } })
    const who = await personAt(edge)
    await signedIn(edge, who, url)
    const proxy = await serving(who, url)
    await edge.advance(16 * 60)
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(proxy)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200))
    const { result } = await edge.emulator.control.readJournal({
      query: { operation: 'edge.oauth_token' },
    })
    expect(result).toHaveLength(2)
  })

  test('an Authorization header of the request is not replaced', async () => {
    const { proxy } = await person()
    const { status, text } = await send(proxy, { headers: { authorization: 'Basic eDp5' } })
    expect([status, text]).toEqual([400, expect.stringContaining('its own authorization header')])
  })
})

test('a refused pair and a missing emulator are reported', async () => {
  const edge = await edgeFixture({ keep: true, profile: 'observed' })
  const env = { ...pair, CF_ACCESS_CLIENT_SECRET: 'wrong' }
  const proxy = await serving(await personAt(edge), `https://${hosts.P}/`, env)
  const refused = await send(proxy)
  expect([refused.status, refused.headers.location]).toEqual([502, undefined])
  expect(refused.text).toContain('does not belong to an active service token')
  await edge.emulator.close()
  const gone = await send(proxy)
  expect([gone.status, gone.headers['access-client-error']]).toEqual([502, 'unreachable'])
})

test('without credentials, or on a port that is taken, it does not start', async () => {
  const edge = await edgeFixture()
  const person = await personAt(edge)
  expect(await person.run(['proxy', `https://${hosts.M}/`])).toMatchObject({
    code: 2,
    err: expect.stringContaining('neither a service token nor a login'),
  })
  const port = String(edge.emulator.port)
  expect(await person.run(['proxy', `https://${hosts.M}/`, '--port', port], pair)).toMatchObject({
    code: 2,
    err: expect.stringContaining('EADDRINUSE'),
  })
  expect((await person.run(['proxy', `https://${hosts.M}/`, '-p', 'x'], pair)).code).toBe(2)
})
