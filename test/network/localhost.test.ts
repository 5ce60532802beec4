/** A browser on NAME.localhost stays there, and one on the real name stays on that. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import http, {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import express from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEmulator } from '../../emulator/index.ts'
import { ask2, http2To, openServer, run, temporaryFolder } from './server.ts'

const local = 'app.example.com.localhost'

async function ask(port: number, host: string, path = '/'): Promise<IncomingMessage> {
  const sent = http.request({ host: '127.0.0.1', port, path, headers: { host }, agent: false })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return answer
}

const answering =
  (headers: OutgoingHttpHeaders): RequestListener =>
  (_, response) => {
    response.writeHead(302, headers)
    response.end()
  }

describe('Location', () => {
  const locationFor = async (location: string, host: (port: number) => string) => {
    const { port } = await openServer(answering({ location }))
    return (await ask(port, host(port))).headers.location?.replace(String(port), 'PORT')
  }

  test.each([
    [
      'https://other.example.com/a?b=https://x#c',
      'http://other.example.com.localhost:PORT/a?b=https://x#c',
    ],
    ['https://team.cloudflareaccess.com/', 'http://team.cloudflareaccess.com.localhost:PORT/'],
    ['http://app.example.com:443', 'http://app.example.com.localhost:PORT'],
    ['//app.example.com/x', 'http://app.example.com.localhost:PORT/x'],
    ['https://APP.example.com/x', 'http://app.example.com.localhost:PORT/x'],
    ['/relative', '/relative'],
    ['?query', '?query'],
    ['https://example.net/elsewhere', 'https://example.net/elsewhere'],
    ['https://localhost:3000/', 'https://localhost:3000/'],
    ['https://user@app.example.com/', 'https://user@app.example.com/'],
    ['com.example.app:/callback', 'com.example.app:/callback'],
  ])('%s becomes %s', async (location, expected) => {
    expect(await locationFor(location, (port) => `${local}:${port}`)).toBe(expected)
  })

  test('follows the port that the browser uses, which need not be the emulator’s', async () => {
    const location = 'https://app.example.com/'
    expect(await locationFor(location, () => `${local}:9999`)).toBe(
      'http://app.example.com.localhost:9999/',
    )
    expect(await locationFor(location, () => local)).toBe('http://app.example.com.localhost/')
  })

  test.each([['app.example.com'], ['app.example.com:443']])(
    'stays what it is for %s',
    async (host) => {
      const location = 'https://app.example.com/'
      expect(await locationFor(location, () => host)).toBe(location)
    },
  )

  test('is https for clients on TLS', async () => {
    const listening = await openServer(answering({ location: 'https://other.example.com/' }))
    const session = await http2To(listening, local)
    const answer = await ask2(session, { ':authority': `${local}:7788` })
    expect(answer.headers.location).toBe('https://other.example.com.localhost:7788/')
  })
})

describe('Set-Cookie', () => {
  const cookieFor = async (cookie: string, host = local) => {
    const { port } = await openServer(answering({ 'set-cookie': ['first=1; Secure', cookie] }))
    return (await ask(port, host)).headers['set-cookie']?.[1]
  }

  test.each([
    ['a=b; Path=/; Secure; HttpOnly; SameSite=None', 'a=b; Path=/; HttpOnly; SameSite=Lax'],
    ['a=b; secure; partitioned; SameSite=Strict', 'a=b; SameSite=Strict'],
    ['a=Secure; Path=/', 'a=Secure; Path=/'],
    ['a=b; Domain=app.example.com', 'a=b; Domain=app.example.com.localhost'],
    ['a=b; domain=.Example.com; Secure', 'a=b; Domain=example.com.localhost'],
    ['a=b; Domain=example.net', 'a=b; Domain=example.net'],
    ['__Host-a=b; Path=/; Secure; SameSite=None', '__Host-a=b; Path=/; Secure; SameSite=None'],
    [
      '__Secure-a=b; Secure; Domain=app.example.com',
      '__Secure-a=b; Secure; Domain=app.example.com.localhost',
    ],
    [
      'a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure',
      'a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ],
  ])('%s becomes %s', async (cookie, expected) => {
    expect(await cookieFor(cookie)).toBe(expected)
  })

  test('stays unchanged for the real name', async () => {
    const cookie = 'a=b; Domain=app.example.com; Secure; SameSite=None'
    expect(await cookieFor(cookie, 'app.example.com')).toBe(cookie)
  })

  test('keeps Secure over TLS, and its Domain follows', async () => {
    const cookie = 'a=b; Secure; SameSite=None; Domain=app.example.com'
    const listening = await openServer(answering({ 'set-cookie': [cookie] }))
    const { headers } = await ask2(await http2To(listening, local), {})
    expect(headers['set-cookie']).toEqual([
      'a=b; Secure; SameSite=None; Domain=app.example.com.localhost',
    ])
  })
})

describe('Origin and Referer', () => {
  const origin = 'https://other.example.com'
  const told: RequestListener = ({ headers, headersDistinct, rawHeaders }, response) => {
    const raw = rawHeaders.filter((_, at) => /^(origin|referer)$/i.test(rawHeaders[at - 1] ?? ''))
    const distinct = [headersDistinct.origin, headersDistinct.referer].flat()
    response.end(JSON.stringify([[headers.origin, headers.referer], distinct, raw]))
  }
  const seen = async (host: string, sent: string, open = openServer(told)) => {
    const { port } = await open
    const headers = { host: `${host}:${port}`, Origin: sent, Referer: `${sent}/a?b#c` }
    const asked = http.request({ host: '127.0.0.1', port, headers, agent: false })
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return JSON.parse(await text(answer))
  }
  const thrice = (value: string) => Array.from({ length: 3 }, () => [value, `${value}/a?b#c`])

  test('of a page in .localhost are those of the real name', async () => {
    const listening = openServer(told)
    const { port } = await listening
    for (const scheme of ['http', 'https']) {
      const sent = `${scheme}://other.example.com.localhost:${port}`
      expect(await seen(local, sent, listening)).toEqual(thrice(origin))
    }
  })

  test.each([
    ['null'],
    ['http://localhost:3000'],
    ['http://other.example.com.localhost:1'],
    ['http://other.example.com.localhost'],
    ['http://elsewhere.invalid.localhost:PORT'],
    ['http://other.example.com:PORT'],
    ['http://evil.invalid'],
  ])('%s stays what it is', async (address) => {
    const listening = openServer(told)
    const sent = address.replace('PORT', String((await listening).port))
    expect(await seen(local, sent, listening)).toEqual(thrice(sent))
  })

  test('stay unchanged for the real name', async () => {
    const listening = openServer(told)
    const sent = `http://other.example.com.localhost:${(await listening).port}`
    expect(await seen('app.example.com', sent, listening)).toEqual(thrice(sent))
  })

  test('of an upgrade are rewritten too', async () => {
    const listening = await openServer(told, {
      upgrade: ({ headers }, socket) => {
        socket.end(`HTTP/1.1 400 Bad Request\r\nx-origin: ${headers.origin}\r\n\r\n`)
      },
    })
    const host = `${local}:${listening.port}`
    const asked = http.request({
      ...{ host: '127.0.0.1', port: listening.port, agent: false },
      headers: { host, connection: 'Upgrade', upgrade: 'websocket', origin: `http://${host}` },
    })
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.headers['x-origin']).toBe('https://app.example.com')
  })
})

describe('Access-Control-Allow-Origin', () => {
  test.each([
    ['https://other.example.com', 'http://other.example.com.localhost'],
    ['https://elsewhere.invalid', 'https://elsewhere.invalid'],
    ['*', '*'],
    ['null', 'null'],
  ])('%s becomes %s', async (allowed, expected) => {
    const { port } = await openServer(answering({ 'access-control-allow-origin': allowed }))
    const { headers } = await ask(port, local)
    expect(headers['access-control-allow-origin']).toBe(expected)
  })
})

describe('any way of writing the response', () => {
  const location = 'https://other.example.com/'
  const cookie = 'a=b; Secure'
  const app = express()
  app.get('/express', (_, response) =>
    response.cookie('a', 'b', { secure: true }).redirect(location),
  )
  const ways: Record<string, RequestListener> = {
    '/express': app,
    '/set'(_, response) {
      response.statusCode = 302
      response.setHeader('Location', location)
      response.setHeader('Set-Cookie', cookie)
      response.end()
    },
    '/flat'(_, response) {
      response.writeHead(302, 'Moved', ['Location', location, 'Set-Cookie', cookie])
      response.end()
    },
    '/single'(_, response) {
      response.writeHead(302, { Location: location, 'Set-Cookie': cookie })
      response.end()
    },
    '/both'(_, response) {
      response.setHeader('location', location)
      response.writeHead(302, 'Moved', { 'set-cookie': cookie })
      response.end()
    },
  }

  test.each(Object.keys(ways))('%s', async (path) => {
    const { port } = await openServer((request, response) => ways[path]?.(request, response))
    const answer = await ask(port, local, path)
    expect(answer.statusCode).toBe(302)
    expect(answer.headers.location).toBe('http://other.example.com.localhost/')
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^a=b(; Path=\/)?$/)
    expect(answer.statusMessage).toBe(/flat|both/.test(path) ? 'Moved' : 'Found')
  })
})

describe('an emulator', () => {
  test('keeps a browser in .localhost, while the issuer stays the real name', async () => {
    const emulator = await createEmulator({ seed: 'example' })
    onTestFinished(() => emulator.close())
    const name = (host: string) => `${host}.localhost:${emulator.port}`
    const answer = await ask(emulator.port, name('wiki.example.com'), '/page')
    expect(answer.statusCode).toBe(302)
    const location = answer.headers.location ?? ''
    expect(
      location.startsWith(`http://${name('example-team.cloudflareaccess.com')}/cdn-cgi/`),
    ).toBe(true)
    expect(answer.headers['set-cookie']?.join()).not.toMatch(/secure/i)
    const [machine] = emulator.account.service_tokens
    const sent = http.request({
      host: '127.0.0.1',
      port: emulator.port,
      headers: {
        host: name('machines.example.com'),
        'cf-access-client-id': machine?.client_id,
        'cf-access-client-secret': machine?.client_secret,
      },
    })
    sent.end()
    const [passed] = (await once(sent, 'response')) as [IncomingMessage]
    const echo = JSON.parse(await text(passed))
    expect(echo).toMatchObject({
      host: 'machines.example.com',
      claims: { iss: 'https://example-team.cloudflareaccess.com' },
    })
  })

  test('gives the real names through the proxy', async () => {
    const emulator = await createEmulator({ seed: 'example' })
    onTestFinished(() => emulator.close())
    const { out } = await run('curl', [
      ...['-sS', '-o', '/dev/null', '-w', '%{redirect_url}', '-x', emulator.url],
      'http://wiki.example.com/page',
    ])
    expect(out).toMatch(/^https:\/\/example-team\.cloudflareaccess\.com\/cdn-cgi\/access\/login\//)
  })

  test('lets a page of one application call another that allows its origin', async () => {
    const emulator = await createEmulator({ seed: 'example' })
    onTestFinished(() => emulator.close())
    const { id, api_token, applications } = emulator.account
    const wiki = applications.find(({ domain }) => domain === 'wiki.example.com')
    const set = await fetch(`${emulator.url}/client/v4/accounts/${id}/access/apps/${wiki?.id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'self_hosted',
        domain: wiki?.domain,
        cors_headers: { allowed_origins: ['https://app.example.com'], allowed_methods: ['GET'] },
      }),
    })
    expect(set.status).toBe(200)
    const page = `http://app.example.com.localhost:${emulator.port}`
    const preflight = http.request({
      ...{ host: '127.0.0.1', port: emulator.port, method: 'OPTIONS', agent: false },
      headers: {
        host: `wiki.example.com.localhost:${emulator.port}`,
        origin: page,
        'access-control-request-method': 'GET',
      },
    })
    preflight.end()
    const [answer] = (await once(preflight, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'GET',
    })
  })

  test('rewrites an origin’s cookies so that a browser in .localhost keeps them', async () => {
    const origin = http.createServer(
      answering({ 'set-cookie': 'a=b; Secure', location: 'https://open.example.com/2' }),
    )
    origin.listen(0, '127.0.0.1')
    await once(origin, 'listening')
    const { port } = origin.address() as AddressInfo
    const origins = { 'open.example.com': `http://127.0.0.1:${port}` }
    const emulator = await createEmulator({ seed: 'example', origins })
    onTestFinished(async () => {
      await emulator.close()
      origin.close()
    })
    const answer = await ask(emulator.port, `open.example.com.localhost:${emulator.port}`)
    expect(answer.headers.location).toBe(`http://open.example.com.localhost:${emulator.port}/2`)
    expect(answer.headers['set-cookie']).toEqual(['a=b'])
  })

  test('curl reaches .localhost over TLS with the certificate verified', async () => {
    const stateHome = await temporaryFolder()
    const emulator = await createEmulator({ seed: 'example', stateHome })
    onTestFinished(() => emulator.close())
    const { openCa } = await import('../../emulator/network/tls/ca.ts')
    const { certPem } = await openCa({ stateHome, world: { wallNow: () => Date.now() } })
    const file = join(stateHome, 'root.pem')
    await writeFile(file, certPem)
    const at = `wiki.example.com.localhost:${emulator.port}`
    const { out, err } = await run('curl', [
      ...['-sS', '-o', '/dev/null', '-w', '%{redirect_url}', '--cacert', file],
      `https://${at}/page`,
    ])
    expect(err).toBe('')
    expect(out).toMatch(
      new RegExp(`^https://example-team\\.cloudflareaccess\\.com\\.localhost:${emulator.port}/`),
    )
  })
})
