/** The HTTP proxy on the one port: what ends in the emulator, what is refused, what passes through. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import http, { type RequestListener } from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { isLoopback } from '../../contracts/http/loopback.ts'
import { createEmulator } from '../../emulator/index.ts'
import { outsideLookup } from '../../emulator/network/proxy/passthrough.ts'
import { proxyTarget } from '../../emulator/network/proxy/proxy-target.ts'
import {
  ask2,
  connect,
  exchange,
  openServer,
  run,
  secureTo,
  temporaryFolder,
  tunnel,
  until,
} from './server.ts'

const connectTo = (authority: string) =>
  `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`
const get = (target: string, host: string) =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

describe('CONNECT', () => {
  test.each([
    ['an application', 'app.example.com:443'],
    ['an application by its plain port', 'app.example.com:80'],
    ['a team', 'any.cloudflareaccess.com:443'],
    ['the API', 'api.cloudflare.com:443'],
    ['a name in capitals, with a dot at its end', 'APP.example.com.:443'],
  ])('to %s ends in the emulator, in TLS', async (_, authority) => {
    const listening = await openServer()
    const socket = await tunnel(listening.port, authority)
    const name = authority.toLowerCase().replace(/\.?:\d+$/, '')
    const inner = await secureTo(listening, name, { socket })
    inner.write(get('/client/v4/x', name))
    expect(await until(inner, '/x')).toContain('200 OK')
  })

  test('tunnels plain HTTP too, even if the first bytes arrive with it', async () => {
    const { port } = await openServer()
    const bytes = connectTo('app.example.com:80') + get('/a', 'app.example.com')
    const answer = await exchange(port, bytes)
    expect(answer).toMatch(/^HTTP\/1.1 200 Connection established\r\n\r\nHTTP\/1.1 200 OK\r\n/)
    expect(answer).toContain('GET app.example.com /a')
  })

  test('tunnels HTTP/2', async () => {
    const listening = await openServer()
    const raw = await tunnel(listening.port, 'app.example.com:443')
    const socket = await secureTo(listening, 'app.example.com', {
      socket: raw,
      ALPNProtocols: ['h2'],
    })
    const session = http2.connect('https://app.example.com', { createConnection: () => socket })
    onTestFinished(() => session.destroy())
    expect(await ask2(session, { ':path': '/a' })).toMatchObject({ status: 200 })
    const other = await ask2(session, { ':authority': 'other.example.com' })
    expect(other).toMatchObject({ status: 421 })
  })

  test.each([
    ['a name that is not served', 'example.net:443', 'proxy_name_refused'],
    ['an address', '127.0.0.1:443', 'proxy_address_refused'],
    ['an IPv6 address', '[::1]:443', 'proxy_address_refused'],
    ['an address of elsewhere', '192.0.2.1:443', 'proxy_address_refused'],
    ['an address written as a number', '2130706433:443', 'proxy_name_refused'],
    ['localhost', 'localhost:443', 'proxy_address_refused'],
    ['a local name', 'app.example.com.localhost:443', 'proxy_address_refused'],
    ['an odd port', 'app.example.com:22', 'proxy_port_refused'],
    ['no port', 'app.example.com', 'proxy_port_refused'],
  ])('to %s is refused with the names that are served', async (_, authority, code) => {
    const { port } = await openServer()
    const answer = await exchange(port, connectTo(authority))
    expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/)
    const { error } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
    expect(error).toMatchObject({ code })
    expect(error.names).toContain('api.cloudflare.com')
  })

  test.each([['user@app.example.com:443'], ['app.example.com:99999'], [':443']])(
    'to %s is no request at all',
    async (authority) => {
      const { port } = await openServer()
      expect(await exchange(port, connectTo(authority))).toMatch(/^HTTP\/1.1 400 /)
    },
  )

  test('within a tunnel is refused', async () => {
    const { port } = await openServer()
    const socket = await tunnel(port, 'app.example.com:80')
    socket.write(connectTo('other.example.com:80'))
    expect(await until(socket, 'proxy_in_tunnel')).toMatch(/^HTTP\/1.1 403 /)
  })

  test.each([
    ['in a tunnel', true],
    ['to one name', false],
  ])('within TLS %s is refused', async (_, isTunnel) => {
    const listening = await openServer()
    const socket = isTunnel ? { socket: await tunnel(listening.port, 'app.example.com:443') } : {}
    const inner = await secureTo(listening, 'app.example.com', socket)
    inner.write(connectTo('other.example.com:443'))
    expect(await until(inner, 'proxy_in_tunnel')).toMatch(/^HTTP\/1.1 403 /)
  })

  test('within TLS to the proxy itself works', async () => {
    const listening = await openServer()
    const outer = await secureTo(listening, 'localhost')
    outer.write(connectTo('app.example.com:443'))
    expect(await until(outer, '\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
    const inner = await secureTo(listening, 'app.example.com', { socket: outer })
    inner.write(get('/a', 'app.example.com'))
    expect(await until(inner, '/a')).toContain('GET app.example.com /a')
  })

  test.each([
    ['another SNI', 'other.example.com', 'other.example.com'],
    ['another Host', 'app.example.com', 'other.example.com'],
    ['another SNI alone', 'other.example.com', 'app.example.com'],
  ])('with %s within gets 421', async (_, sni, host) => {
    const listening = await openServer()
    const socket = await tunnel(listening.port, 'app.example.com:443')
    const inner = await secureTo(listening, sni, { socket })
    inner.write(get('/', host))
    expect(await until(inner, 'host_differs')).toMatch(/^HTTP\/1.1 421 /)
  })

  test('with another Host in plain HTTP gets 421, in absolute form too', async () => {
    const { port } = await openServer()
    for (const request of [
      get('/', 'other.example.com'),
      get('http://other.example.com/', 'app.example.com'),
    ]) {
      const answer = await exchange(port, connectTo('app.example.com:80') + request)
      expect(answer).toContain('HTTP/1.1 421 ')
    }
  })

  test('with an SNI that is not served gets an alert', async () => {
    const listening = await openServer()
    const socket = await tunnel(listening.port, 'app.example.com:443')
    await expect(secureTo(listening, 'example.net', { socket })).rejects.toThrow(
      'unrecognized name',
    )
  })
})

describe('the absolute form', () => {
  test.each([
    ['http://app.example.com/a?b', 'app.example.com', '/a?b'],
    ['http://app.example.com:80', 'app.example.com:80', '/'],
    ['http://app.example.com?b', 'app.example.com', '/?b'],
    ['HTTP://app.example.com/', 'app.example.com', '/'],
    ['https://app.example.com/x', 'app.example.com', '/x'],
  ])('%s ends in the emulator, whatever Host says', async (target, host, path) => {
    const { port } = await openServer()
    expect(await exchange(port, get(target, 'ignored.example'))).toContain(`GET ${host} ${path}`)
  })

  test.each([
    ['http://example.net/', 'proxy_name_refused'],
    ['http://127.0.0.1:9/', 'proxy_address_refused'],
    ['http://localhost/', 'proxy_address_refused'],
    ['http://app.example.com:8080/', 'proxy_port_refused'],
  ])('%s is refused', async (target, code) => {
    const { port } = await openServer()
    const answer = await exchange(port, get(target, 'app.example.com'))
    expect(answer).toMatch(/^HTTP\/1.1 403 /)
    expect(answer).toContain(code)
  })

  test('may name the port itself', async () => {
    const { port } = await openServer()
    for (const name of ['127.0.0.1', 'localhost', 'app.example.com.localhost']) {
      const answer = await exchange(port, get(`http://${name}:${port}/client/v4/x`, 'x'))
      expect(answer).toContain(`GET ${name}:${port} /client/v4/x`)
    }
  })
})

describe('allowed clients', () => {
  const names = { apiHosts: new Set<string>(), isServedByEdge: () => true }
  const from = (remoteAddress: string | undefined, clients: 'loopback' | 'any') =>
    proxyTarget({ name: 'app.example.com', port: 443 }, remoteAddress, {
      names,
      clients,
      passthrough: [],
      served: () => [],
      unserved: (name) => name,
    })

  test.each([['127.0.0.1'], ['127.8.8.8'], ['::1'], ['::ffff:127.0.0.1']])('%s', (address) => {
    expect(isLoopback(address)).toBe(true)
    expect(from(address, 'loopback')).toMatchObject({ kind: 'served' })
  })

  test.each([['192.0.2.1'], ['::ffff:192.0.2.1'], ['2001:db8::1'], [undefined]])(
    'not %s, unless any may',
    (address) => {
      expect(from(address, 'loopback')).toMatchObject({ kind: 'refused' })
      expect(from(address, 'any')).toMatchObject({ kind: 'served' })
    },
  )
})

describe('passthrough', () => {
  const outside = async (handler: RequestListener, more: readonly string[] = []) => {
    const server = http.createServer(handler)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const dialled: string[] = []
    const listening = await openServer(undefined, {
      passthrough: ['real.test', '*.wild.test', ...more],
      dial(host, at) {
        dialled.push(`${host}:${at}`)
        return net.connect(port, '127.0.0.1')
      },
    })
    return { listening, dialled }
  }

  test('forwards to a listed host by CONNECT, byte for byte', async () => {
    const { listening, dialled } = await outside((request, response) => {
      request.pipe(response)
    })
    const socket = await tunnel(listening.port, 'real.test:443')
    socket.write('POST / HTTP/1.1\r\nHost: real.test\r\nContent-Length: 3\r\n\r\nabc')
    expect(await until(socket, 'abc')).toContain('200 OK')
    expect(dialled).toEqual(['real.test:443'])
  })

  test('forwards to a listed host in absolute form, without proxy headers', async () => {
    const { listening, dialled } = await outside((request, response) => {
      response.writeHead(201, { 'x-from': 'outside' })
      request.resume().on('end', () => response.end(JSON.stringify(request.rawHeaders)))
    })
    const answer = await exchange(
      listening.port,
      'POST http://a.wild.test/x HTTP/1.1\r\nHost: a.wild.test\r\nProxy-Authorization: Basic eA==\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
    )
    expect(answer).toMatch(/^HTTP\/1.1 201 /)
    expect(answer).toContain('x-from: outside')
    expect(answer).toContain('"Host","a.wild.test"')
    expect(answer).not.toContain('Proxy-Authorization')
    expect(dialled).toEqual(['a.wild.test:80'])
  })

  test.each([['wild.test:443'], ['other.test:443'], ['real.test:8443'], ['127.0.0.1:443']])(
    'does not let out %s',
    async (authority) => {
      const { listening, dialled } = await outside(() => {})
      expect(await exchange(listening.port, connectTo(authority))).toMatch(/^HTTP\/1.1 403 /)
      expect(dialled).toEqual([])
    },
  )

  test('never forwards a name that the emulator serves', async () => {
    const dialled: string[] = []
    const listening = await openServer(undefined, {
      passthrough: ['api.cloudflare.com', 'app.example.com'],
      dial(host) {
        dialled.push(host)
        return net.connect(1, '127.0.0.1')
      },
    })
    await tunnel(listening.port, 'api.cloudflare.com:443')
    expect(dialled).toEqual([])
  })

  test('answers 502 where the host cannot be reached', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const dial = () => net.connect(port, '127.0.0.1')
    const listening = await openServer(undefined, { passthrough: ['real.test'], dial })
    expect(await exchange(listening.port, connectTo('real.test:443'))).toMatch(/^HTTP\/1.1 502 /)
    const plain = await exchange(listening.port, get('http://real.test/', 'real.test'))
    expect(plain).toMatch(/^HTTP\/1.1 502 /)
  })

  /** A connection by name, as the proxy opens it, with every name resolving to one address. */
  const dialTo = (address: string) => (host: string, port: number) =>
    net.connect({
      ...{ host, port },
      lookup: outsideLookup([], ((_: string, __: object, done: (...found: unknown[]) => void) =>
        done(null, [{ address, family: net.isIP(address) }])) as unknown as Parameters<
        typeof outsideLookup
      >[1]),
    })

  /** The address that the proxy would connect to for a name with these addresses, if any. */
  const reached = (addresses: readonly string[], passthrough: readonly string[]) => {
    type Lookup = NonNullable<Parameters<typeof outsideLookup>[1]>
    type Found = { address: string; family: number }
    const system = ((_: string, __: object, done: (error: null, found: Found[]) => void) => {
      const found = addresses.map((address) => ({ address, family: net.isIP(address) }))
      done(null, found)
    }) as unknown as Lookup
    let got: unknown
    outsideLookup(passthrough, system)('real.test', { all: false }, (error, address) => {
      got = error === null ? address : undefined
    })
    return got
  }

  test.each([
    ['127.0.0.1'],
    ['::1', '0.0.0.0', '::ffff:127.0.0.1'],
    ['10.1.2.3'],
    ['172.31.0.1', '192.168.1.1'],
    ['169.254.169.254'],
    ['100.64.0.1'],
    ['::ffff:10.0.0.1'],
    ['64:ff9b::a9fe:a9fe'],
    ['2002:a9fe:a9fe::1'],
    ['fd00::1', 'fe80::1'],
  ])('of a name that leads to %s goes nowhere', (...addresses) => {
    expect(reached(addresses, ['real.test', '*.test'])).toBeUndefined()
  })

  test('goes only to a public or listed address', () => {
    expect(reached(['127.0.0.1', '192.0.2.1'], ['real.test'])).toBe('192.0.2.1')
    expect(reached(['10.1.2.3'], ['real.test', '10.1.2.3'])).toBe('10.1.2.3')
    expect(reached(['fd00::1', '10.1.2.3'], ['real.test', '10.0.0.0/8'])).toBe('10.1.2.3')
    expect(reached(['fd00::1'], ['real.test', 'fd00::/8'])).toBe('fd00::1')
    expect(reached(['10.1.2.3'], ['real.test', '10.9.0.0/16', '10.1.2.3/99'])).toBeUndefined()
    // This machine can never be listed: that would expose its other ports.
    expect(reached(['127.0.0.1'], ['real.test', '127.0.0.1', '0.0.0.0/0'])).toBeUndefined()
  })

  test('says what to do about a name with a private address', async () => {
    const listening = await openServer(undefined, {
      passthrough: ['localtest.example'],
      dial: dialTo('10.0.0.7'),
    })
    const answer = await exchange(listening.port, connectTo('localtest.example:443'))
    expect(answer).toMatch(/^HTTP\/1.1 502 /)
    expect(answer).toContain('only if --passthrough lists that address')
  })

  test('accepts only a listed address', async () => {
    const { listening, dialled } = await outside((_, response) => response.end(), ['10.1.0.0/16'])
    await tunnel(listening.port, '10.1.2.3:443')
    expect(dialled).toEqual(['10.1.2.3:443'])
    for (const address of ['10.2.0.1:443', '169.254.169.254:80', '10.1.2.3:22', '127.0.0.1:443']) {
      expect(await exchange(listening.port, connectTo(address))).toMatch(/^HTTP\/1.1 403 /)
    }
    expect(dialled).toHaveLength(1)
  })
})

describe('a WebSocket', () => {
  test('goes through CONNECT and TLS to the origin', async () => {
    const origin = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(origin, 'listening')
    origin.on('connection', (socket) => socket.on('message', (data) => socket.send(`got ${data}`)))
    const { port } = origin.address() as AddressInfo
    const stateHome = await temporaryFolder()
    const emulator = await createEmulator({
      seed: 'example',
      stateHome,
      origins: { 'open.example.com': `http://127.0.0.1:${port}` },
    })
    onTestFinished(async () => {
      origin.close()
      await emulator.close()
    })
    const raw = await tunnel(emulator.port, 'open.example.com:443')
    const { openCa } = await import('../../emulator/network/tls/ca.ts')
    const ca = async () =>
      (await openCa({ stateHome, world: { wallNow: () => Date.now() } })).certPem
    const listening = { port: emulator.port, stateHome, warnings: [], ca }
    const socket = await secureTo(listening, 'open.example.com', { socket: raw })
    const client = new WebSocket('wss://open.example.com/ws', {
      createConnection: () => socket,
    })
    onTestFinished(() => client.terminate())
    await once(client, 'open')
    client.send('hello')
    const [message] = await once(client, 'message')
    expect(String(message)).toBe('got hello')
  })
})

describe('curl through the proxy, certificate verified', () => {
  const via = async (...args: string[]) => {
    const listening = await openServer()
    const file = join(listening.stateHome, 'root.pem')
    await writeFile(file, await listening.ca())
    const proxy = ['-x', `http://127.0.0.1:${listening.port}`, '--cacert', file]
    return run('curl', ['-sS', '-w', ' %{http_version} %{http_connect}', ...proxy, ...args])
  }

  test.each([
    [['--http1.1', 'https://app.example.com/a'], 'GET app.example.com /a 1.1 200'],
    [['--http2', 'https://app.example.com/a'], 'GET app.example.com /a 2 200'],
    [['http://app.example.com/a'], 'GET app.example.com /a 1.1 000'],
    [['-p', 'http://app.example.com/a'], 'GET app.example.com /a 1.1 200'],
  ])('curl %j', async (args, expected) => {
    expect(await via(...args)).toEqual({ code: 0, out: expected, err: '' })
  })

  test('sees the refusal of an unserved name', async () => {
    const { code, out } = await via('https://example.net/')
    expect({ code, out }).toEqual({ code: 56, out: ' 0 403' })
  })
})

test('an idle tunnel is closed', async () => {
  const listening = await openServer(undefined, { limits: { firstByteMs: 50 } })
  const socket = connect(listening.port)
  socket.write(connectTo('app.example.com:443'))
  const answer = await until(socket, '\r\n\r\n')
  expect(answer).toContain('200 Connection established')
  socket.resume()
  await once(socket, 'end')
})
