/** Where the recording server connects: which proxy and which addresses. */
import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createUpstream,
  type UpstreamOptions,
} from '../../../emulator/network/proxy/upstream-proxy.ts'

/** Why `https://HOST/` cannot be reached. */
function failure(host: string, options: Partial<UpstreamOptions>): Promise<string> {
  const agent = createUpstream({
    environment: {},
    roots: [],
    mayBePrivate: () => false,
    ...options,
  })
  onTestFinished(() => agent.destroy())
  return new Promise((resolve, reject) => {
    const asked = request({ host, agent }, () => reject(new Error('It was answered.')))
    asked.once('error', (error) => resolve(error.message))
    asked.end()
  })
}

/** Resolves every name to one address. */
function leadingTo(address: string): NonNullable<UpstreamOptions['lookup']> {
  const found: LookupAddress[] = [{ address, family: address.includes(':') ? 6 : 4 }]
  const lookup = (_: string, __: object, done: (error: null, all: LookupAddress[]) => void) =>
    done(null, found)
  return lookup as NonNullable<UpstreamOptions['lookup']>
}

describe('A name that leads to', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::ffff:10.0.0.1',
    'fd00::1',
    'fe80::1',
  ])('%s is not connected to', async (address) => {
    const why = await failure('api.cloudflare.com', { lookup: leadingTo(address) })
    expect(why).toMatch(/^api\.cloudflare\.com resolves to a private address/)
  })

  test('127.0.0.1 is, where the name was given', async () => {
    const mayBePrivate = (host: string) => host === 'staging.example.com'
    const options = { lookup: leadingTo('127.0.0.1'), mayBePrivate }
    // Whatever listens there, or nothing: the connection was attempted.
    expect(await failure('staging.example.com', options)).not.toContain('resolves to')
    expect(await failure('other.example.com', options)).toContain('resolves to')
  })
})

describe('The proxy of the environment', () => {
  const lookup = leadingTo('10.1.2.3')
  const dead = 'http://127.0.0.1:9'

  test.each([
    ['is HTTPS_PROXY', { HTTPS_PROXY: dead }, true],
    ['is ALL_PROXY if nothing else is set', { all_proxy: dead }, true],
    [
      'is unused if NO_PROXY lists the name',
      { HTTPS_PROXY: dead, no_proxy: '.example.com' },
      false,
    ],
    ['is unused if NO_PROXY covers everything', { HTTPS_PROXY: dead, NO_PROXY: '*' }, false],
    ['is not HTTP_PROXY', { HTTP_PROXY: dead }, false],
    ['is unused if its variable is empty', { HTTPS_PROXY: '' }, false],
  ])('%s', async (_, environment, isUsed) => {
    const why = await failure('app.example.com', { environment, lookup })
    expect(why.includes('127.0.0.1:9')).toBe(isUsed)
    expect(why.includes('resolves to')).toBe(!isUsed)
  })

  test('gets its password, and its refusal is reported', async () => {
    const asked: (string | undefined)[] = []
    const proxy = createServer().on('connect', ({ url, headers }, socket) => {
      asked.push(url, headers['proxy-authorization'])
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      proxy.close()
    })
    const { port } = proxy.address() as AddressInfo
    const environment = { HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${port}` }
    const why = await failure('app.example.com', { environment })
    expect(why).toBe(`the proxy 127.0.0.1:${port} refused app.example.com:443 (407)`)
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`
    expect(asked).toEqual(['app.example.com:443', basic])
  })

  test('may not be anything but http', () => {
    const environment = { HTTPS_PROXY: 'socks5://127.0.0.1:1080' }
    const options = { environment, roots: [], mayBePrivate: () => false }
    expect(() => createUpstream(options)).toThrow('is not an http URL')
  })
})
