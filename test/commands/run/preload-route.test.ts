/** Which connections of a Node program go through the proxy. */
import { describe, expect, test } from 'vitest'
import { createRoute } from '../../../emulator/network/preload/route.ts'

const emulator = { host: '127.0.0.1', port: 7788 }
const url = 'http://127.0.0.1:7788'

function routed(environment: NodeJS.ProcessEnv, host: string, { secure = true, port = 443 } = {}) {
  return createRoute(environment)?.({ secure, host, port })
}

describe('A Node program goes through the proxy', () => {
  test.each([
    ['to any name', 'api.cloudflare.com'],
    ['to a name that the emulator does not serve, to be refused', 'elsewhere.example.org'],
    ['to an address elsewhere', '192.0.2.1'],
    ['to an IPv6 address elsewhere', '2001:db8::1'],
    ['to a name that ends like localhost', 'notlocalhost'],
  ])('%s', (_, host) => {
    expect(routed({ HTTPS_PROXY: url }, host)).toEqual(emulator)
  })

  test.each([
    ['to localhost', 'localhost'],
    ['to what is under localhost', 'wiki.example.com.localhost'],
    ['to 127.0.0.1', '127.0.0.1'],
    ['to all of loopback', '127.9.9.9'],
    ['to ::1', '::1'],
    ['to [::1]', '[::1]'],
  ])('but not %s', (_, host) => {
    expect(routed({ HTTPS_PROXY: url }, host)).toBeUndefined()
  })
})

test.each([
  ['https_proxy', { https_proxy: url, HTTPS_PROXY: 'http://other:1' }, true, emulator],
  ['http_proxy for http', { http_proxy: url, https_proxy: 'http://other:1' }, false, emulator],
  ['all_proxy for both', { ALL_PROXY: url }, true, emulator],
  ['no variable of the other scheme', { http_proxy: url }, true, undefined],
  ['no proxy over TLS', { https_proxy: 'https://proxy.example' }, true, undefined],
  ['no proxy with a password', { https_proxy: 'http://a:b@proxy.example' }, true, undefined],
  ['no nonsense', { https_proxy: 'nonsense' }, true, undefined],
])('It goes by %s', (_, environment, secure, expected) => {
  const target = { secure, host: 'api.cloudflare.com', port: secure ? 443 : 80 }
  expect(createRoute(environment)?.(target)).toEqual(expected)
})

test('nothing is changed where no variable names a proxy', () => {
  expect(createRoute({ NO_PROXY: '*' })).toBeUndefined()
})

test.each([
  ['*', 'api.cloudflare.com', true],
  ['api.cloudflare.com', 'API.cloudflare.com.', true],
  ['cloudflare.com', 'api.cloudflare.com', true],
  ['.cloudflare.com', 'api.cloudflare.com', true],
  ['*.cloudflare.com', 'api.cloudflare.com', true],
  ['cloudflare.com', 'notcloudflare.com', false],
  ['api.cloudflare.com:443', 'api.cloudflare.com', true],
  ['api.cloudflare.com:8443', 'api.cloudflare.com', false],
  ['other.example, api.cloudflare.com', 'api.cloudflare.com', true],
  ['2001:db8::1', '2001:db8::1', true],
  ['[2001:db8::1]', '2001:db8::1', true],
  ['[2001:db8::1]:80', '2001:db8::1', false],
  ['', 'api.cloudflare.com', false],
  ['localhost,.localhost,127.0.0.1,::1', 'api.cloudflare.com', false],
])('NO_PROXY %j passes by the proxy for %s: %s', (NO_PROXY, host, passed) => {
  const found = routed({ HTTPS_PROXY: url, NO_PROXY }, host)
  expect(found === undefined).toBe(passed)
})
