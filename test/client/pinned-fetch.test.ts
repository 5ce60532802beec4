/** Public names connect to one address, with the same responses as `fetch`. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { applicationUrl, targetFrom } from '../../client/target/target.ts'
import { AccessConnectionError, AccessUsageError } from '../../client/transport/errors.ts'
import { pinnedFetch } from '../../client/transport/pinned-fetch.ts'
import { selfSigned } from '../network/origin/certificate.ts'
import { startStub } from './stub.ts'

test('the host of the URL becomes the Host header of a connection to the address', async () => {
  const stub = await startStub(() => ({ body: 'hello' }))
  const fetch = pinnedFetch(stub.url)
  const response = await fetch('https://app.example.com/a%20b?c=d', {
    headers: { host: 'other.example.com', 'x-one': '1' },
  })
  expect(await response.text()).toBe('hello')
  expect(response.url).toBe('https://app.example.com/a%20b?c=d')
  const [asked] = stub.asked
  expect(asked).toMatchObject({ host: 'app.example.com', path: '/a%20b?c=d' })
  expect(asked?.headers['x-one']).toBe('1')
})

test('several Set-Cookie lines stay apart', async () => {
  const stub = await startStub(() => ({ headers: { 'set-cookie': ['a=1; Path=/', 'b=2'] } }))
  const response = await pinnedFetch(stub.url)('https://app.example.com/')
  expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2'])
})

test('a redirect is handed back, or refused where it is ruled out', async () => {
  const stub = await startStub(() => ({ status: 302, headers: { location: 'https://evil.test/' } }))
  const fetch = pinnedFetch(stub.url)
  const response = await fetch('https://app.example.com/')
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('https://evil.test/')
  await expect(fetch('https://app.example.com/', { redirect: 'error' })).rejects.toThrow(TypeError)
  expect(stub.asked.map(({ host }) => host)).toEqual(['app.example.com', 'app.example.com'])
})

test.each<[string, RequestInit, string | undefined]>([
  ['a text with its length', { body: 'grüß' }, '6'],
  ['a stream in chunks', { body: new Blob(['grüß']).stream(), duplex: 'half' }, undefined],
])('a body goes out as %s', async (_, init, length) => {
  const stub = await startStub(({ body }) => ({ body }))
  const response = await pinnedFetch(stub.url)('https://app.example.com/', {
    method: 'POST',
    ...init,
  })
  expect(await response.text()).toBe('grüß')
  expect(stub.asked[0]?.headers['content-length']).toBe(length)
})

test('a Request is taken as it is', async () => {
  const stub = await startStub(({ method, body }) => ({ body: `${method} ${body}` }))
  const request = new Request('https://app.example.com/', { method: 'PUT', body: 'x' })
  expect(await (await pinnedFetch(stub.url)(request)).text()).toBe('PUT x')
})

test.each([204, 304])('an answer of %s has no body', async (status) => {
  const stub = await startStub(() => ({ status }))
  const response = await pinnedFetch(stub.url)('https://app.example.com/')
  expect(response.status).toBe(status)
  expect(response.body).toBeNull()
})

test('a compressed body is read plain', async () => {
  const headers = { 'content-encoding': 'gzip' }
  const stub = await startStub(() => ({ headers, body: gzipSync('plain') }))
  expect(await (await pinnedFetch(stub.url)('https://app.example.com/')).text()).toBe('plain')
})

test('an abort rejects with its reason, before and during the request', async () => {
  const controller = new AbortController()
  const stub = await startStub(async () => {
    controller.abort(new Error('enough'))
    return await new Promise<never>(() => {})
  })
  const fetch = pinnedFetch(stub.url)
  const init = { signal: controller.signal }
  await expect(fetch('https://app.example.com/', init)).rejects.toThrow('enough')
  await expect(fetch('https://app.example.com/', init)).rejects.toThrow('enough')
  expect(stub.asked).toHaveLength(1)
})

test('an address where nothing listens is named, the query is not', async () => {
  // The discard port, which is no longer served anywhere.
  const ask = pinnedFetch('http://127.0.0.1:9')('https://app.example.com/?secret=x')
  await expect(ask).rejects.toThrow(AccessConnectionError)
  await expect(ask).rejects.toThrow(/^The emulator at http:\/\/127\.0\.0\.1:9 .*ECONNREFUSED/)
  await expect(ask).rejects.not.toThrow(/secret/)
})

const emulator = 'http://127.0.0.1:1'
test.each([
  ['live where nothing is said', {}, 'live'],
  ['live where a variable is empty', { ACCESS_EMULATOR_URL: '' }, 'live'],
  ['the emulator where its address is given', { ACCESS_EMULATOR_URL: emulator }, 'emulator'],
  ['what the variable says', { ACCESS_EMULATOR_URL: emulator, ACCESS_TARGET: 'live' }, 'live'],
] as const)('the target is %s', (_, env, name) => {
  const target = targetFrom({ env })
  expect(target).toMatchObject({ name, apiUrl: 'https://api.cloudflare.com/client/v4' })
})

test('an option goes before the environment, and nonsense is refused', () => {
  expect(targetFrom({ target: 'live', env: { ACCESS_TARGET: 'emulator' } }).name).toBe('live')
  expect(() => targetFrom({ env: { ACCESS_TARGET: 'prod' } })).toThrow(/"prod" is not a target/)
  expect(() => targetFrom({ emulator: '127.0.0.1:7788', env: {} })).toThrow(/not the address/)
})

test('a secret does not leave in clear text but to the emulator and to loopback', () => {
  expect(() => applicationUrl('http://app.example.com/', { name: 'live' })).toThrow(
    AccessUsageError,
  )
  expect(() => applicationUrl('app.example.com', { name: 'emulator' })).toThrow(/full URL/)
  expect(applicationUrl('http://app.example.com/', { name: 'emulator' }).host).toBe(
    'app.example.com',
  )
  expect(applicationUrl('http://localhost:1/', { name: 'live' }).port).toBe('1')
})

test('a decompression bomb is not decoded to its end, but repetitive text is', async () => {
  const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024))
  // Thirty times longer than what came.
  const line = `${'0123456789abcdef'.repeat(8)} ${'x'.repeat(200)}\n`
  const long = Array.from({ length: 60_000 }, (_, at) => `${at * 7919} ${line}`).join('')
  const bodies: Readonly<Record<string, Buffer>> = { '/bomb': bomb, '/long': gzipSync(long) }
  const stub = createServer((request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bodies[request.url ?? ''])
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    stub.close()
  })
  await once(stub, 'listening')
  const address = stub.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const fetch = pinnedFetch(`http://127.0.0.1:${address.port}`)
  const answer = await fetch('https://app.example.com/bomb')
  await expect(answer.arrayBuffer()).rejects.toThrow('expands too much')
  expect((await (await fetch('https://app.example.com/long')).text()).length).toBe(long.length)
})

test('over TLS the URL’s name is requested, and the certificate must be trusted', async () => {
  const names: unknown[] = []
  const server = createTlsServer({
    ...(await selfSigned()),
    SNICallback(name, done) {
      names.push(name)
      done(null)
    },
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const ask = pinnedFetch(`https://127.0.0.1:${address.port}`)('https://app.example.com/')
  await expect(ask).rejects.toThrow(/did not answer \(DEPTH_ZERO_SELF_SIGNED_CERT\)/)
  expect(names).toEqual(['app.example.com'])
})

test('it says of itself what the fetch of the live target says', async () => {
  const stub = await startStub(() => ({}))
  const init = { method: 'POST', headers: { 'x-one': '1' }, body: 'a' }
  await pinnedFetch(stub.url)(`${stub.url}/`, init)
  await fetch(`${stub.url}/`, init)
  const [pinned, live] = stub.asked.map(({ headers }) => headers)
  expect(pinned).toEqual(live)
})
