/** TLS on the one port: certificates by name, HTTP/1.1 and HTTP/2, loaded only on first use. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import https from 'node:https'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
import tls, { type TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createEmulator } from '../../emulator/index.ts'
import { systemRoot } from '../../emulator/network/tls/ca.ts'
import { createWorld } from '../../emulator/world/world.ts'
import {
  ask2,
  connect,
  exchange,
  hosts,
  http2To,
  openServer,
  run,
  secureTo,
  temporaryFolder,
} from './server.ts'

const get = (host: string, path = '/', more = '') =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`

async function ask(socket: TLSSocket, host: string): Promise<string> {
  socket.write(get(host))
  return text(socket)
}

/** The error with which a handshake ends. */
async function refusal(port: number, options: tls.ConnectionOptions): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  const [error] = (await Promise.race([
    once(socket, 'error'),
    once(socket, 'secureConnect').then(() => [new Error('it was accepted')]),
  ])) as [NodeJS.ErrnoException]
  socket.destroy()
  return `${error.code ?? ''} ${error.message}`
}

describe('the port', () => {
  test('accepts plain HTTP and TLS, HTTP/1.1 and HTTP/2', async () => {
    const listening = await openServer()
    expect(await exchange(listening.port, get('app.example.com'))).toContain(
      'GET app.example.com /',
    )
    expect(await ask(await secureTo(listening, 'app.example.com'), 'app.example.com')).toContain(
      'GET app.example.com /',
    )
    const session = await http2To(listening, 'app.example.com')
    expect(await ask2(session, { ':path': '/x?y' })).toMatchObject({
      status: 200,
      body: 'GET app.example.com:443 /x?y',
    })
  })

  test('creates no CA for plain HTTP', async () => {
    const listening = await openServer()
    await exchange(listening.port, get('app.example.com'))
    expect(existsSync(join(listening.stateHome, 'access-emulator'))).toBe(false)
    await secureTo(listening, 'app.example.com')
    expect(existsSync(join(listening.stateHome, 'access-emulator'))).toBe(true)
  })

  test('accepts a ClientHello in pieces', async () => {
    const listening = await openServer()
    const raw = connect(listening.port)
    raw.setNoDelay(true)
    // What the TLS client writes goes to the server a few bytes at a time.
    const [client, wire] = duplexPair()
    wire.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += 40) {
        const piece = bytes.subarray(at, at + 40)
        setImmediate(() => raw.write(piece))
      }
    })
    raw.pipe(wire)
    const socket = await secureTo(listening, 'app.example.com', { socket: client })
    expect(await ask(socket, 'app.example.com')).toContain('GET app.example.com /')
  })
})

describe('the certificate', () => {
  test.each([
    ['an application', 'app.example.com'],
    ['a team, known or not', 'any.cloudflareaccess.com'],
    ['the API', 'api.cloudflare.com'],
    ['another name of the API', 'emulator'],
    ['localhost', 'localhost'],
    ['an application under .localhost', 'app.example.com.localhost'],
  ])('is for %s', async (_, name) => {
    const listening = await openServer()
    const socket = await secureTo(listening, name)
    expect(socket.getPeerCertificate().subjectaltname).toContain(`DNS:${name}`)
    expect(await ask(socket, name)).toMatch(/^HTTP\/1.1 (200|404) /)
  })

  test('is for the loopback address if no name is sent', async () => {
    const listening = await openServer()
    const socket = await secureTo(listening, undefined)
    expect(socket.getPeerCertificate().subjectaltname).toContain('IP Address:127.0.0.1')
    expect(await ask(socket, 'app.example.com')).toContain('GET app.example.com /')
  })

  test('follows wall time, wherever the clock of the emulator stands', async () => {
    const stateHome = await temporaryFolder()
    const emulator = await createEmulator({
      seed: 'example',
      at: '2031-01-01T00:00:00Z',
      stateHome,
    })
    const socket = tls.connect({
      port: emulator.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
    })
    await once(socket, 'secureConnect')
    const { valid_from, valid_to } = socket.getPeerCertificate()
    expect(Date.parse(valid_from)).toBeLessThan(Date.now())
    expect(Date.parse(valid_to) - Date.now()).toBeLessThan(7 * 24 * 3_600_000)
    socket.destroy()
    await emulator.close()
  })

  test('is created once per name, until the root changes', async () => {
    let wall = Date.now()
    const { createWorld } = await import('../../emulator/world/world.ts')
    const listening = await openServer(undefined, {
      world: { ...createWorld(), wallNow: () => wall },
    })
    const fingerprint = async () => {
      const socket = await secureTo(listening, 'app.example.com', { rejectUnauthorized: false })
      return socket.getPeerCertificate().fingerprint256
    }
    const before = await fingerprint()
    expect(await fingerprint()).toBe(before)
    await rm(join(listening.stateHome, 'access-emulator'), { recursive: true })
    wall += 61_000
    const after = await fingerprint()
    expect(after).not.toBe(before)
    wall += 25 * 3_600_000
    expect(await fingerprint()).not.toBe(after)
  })
})

describe('TLS is refused', () => {
  test.each([['example.net'], ['com'], ['app.example.com.evil.test']])(
    'with an alert for %s, which is not served, and no certificate is made',
    async (servername) => {
      const listening = await openServer()
      expect(await refusal(listening.port, { servername })).toContain('unrecognized name')
      expect(existsSync(join(listening.stateHome, 'access-emulator'))).toBe(false)
      expect(listening.warnings).toEqual(['refused TLS: the emulator does not serve this name'])
    },
  )

  test('with an alert if no common protocol is offered', async () => {
    const { port } = await openServer()
    const options = { servername: 'app.example.com', ALPNProtocols: ['spdy/3'] }
    expect(await refusal(port, options)).toContain('no application protocol')
  })

  test('with an alert if the state folder is unusable, and plain HTTP still works', async () => {
    const stateHome = await temporaryFolder()
    await writeFile(join(stateHome, 'access-emulator'), 'a file in the way')
    const listening = await openServer(undefined, { stateHome })
    const options = { servername: 'app.example.com' }
    expect(await refusal(listening.port, options)).toContain('internal error')
    expect(await exchange(listening.port, get('app.example.com'))).toContain('200 OK')
    await rm(join(stateHome, 'access-emulator'))
    await mkdir(join(stateHome, 'access-emulator'))
    await chmod(join(stateHome, 'access-emulator'), 0o700)
    expect(await refusal(listening.port, options)).toContain('it was accepted')
  })
})

describe('a request for another host than the connection was opened for', () => {
  test('gets 421 over HTTP/1.1', async () => {
    const listening = await openServer()
    const socket = await secureTo(listening, 'app.example.com')
    const answer = await ask(socket, 'other.example.com')
    expect(answer).toMatch(/^HTTP\/1.1 421 /)
    expect(answer).toContain('host_differs')
  })

  test('gets 421 over HTTP/2, and the connection survives', async () => {
    const listening = await openServer()
    const session = await http2To(listening, 'app.example.com')
    const other = await ask2(session, { ':authority': 'other.example.com' })
    expect(other).toMatchObject({ status: 421 })
    const own = await ask2(session, { ':authority': 'app.example.com:443' })
    expect(own).toMatchObject({ status: 200 })
  })

  test('gets 421 for its .localhost name too', async () => {
    const listening = await openServer()
    const socket = await secureTo(listening, 'app.example.com')
    expect(await ask(socket, 'app.example.com.localhost')).toMatch(/^HTTP\/1.1 421 /)
  })

  test('gets 421 with the names served, if the name is not one of them', async () => {
    const listening = await openServer()
    const socket = await secureTo(listening, undefined)
    const answer = await ask(socket, 'example.net')
    expect(answer).toMatch(/^HTTP\/1.1 421 /)
    expect(answer).toContain('api.cloudflare.com')
  })
})

describe('real tools, certificate verified', () => {
  const curl = async (port: number, ca: string, ...args: string[]) => {
    const resolve = hosts.flatMap((host) => ['--resolve', `${host}:${port}:127.0.0.1`])
    return run('curl', ['-sS', '--noproxy', '*', '--cacert', ca, ...resolve, ...args])
  }
  const withCa = async () => {
    const listening = await openServer()
    const file = join(listening.stateHome, 'root.pem')
    await writeFile(file, await listening.ca())
    return { listening, file }
  }

  test.each([
    ['--http1.1', '1.1'],
    ['--http2', '2'],
  ])('curl %s', async (flag, version) => {
    const { listening, file } = await withCa()
    const url = `https://app.example.com:${listening.port}/path`
    const { out, err } = await curl(listening.port, file, flag, '-w', ' %{http_version}', url)
    expect({ out, err }).toEqual({
      out: `GET app.example.com:${listening.port} /path ${version}`,
      err: '',
    })
  })

  test('curl without the root refuses the emulator', async () => {
    const { listening } = await withCa()
    const args = ['-sS', '--resolve', `app.example.com:${listening.port}:127.0.0.1`]
    const answer = await run('curl', [...args, `https://app.example.com:${listening.port}/`])
    expect(answer.code).toBe(60)
  })

  test('node:https with keep-alive', async () => {
    const listening = await openServer()
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: await listening.ca() })
    for (const path of ['/1', '/2']) {
      const sent = https.request({
        agent,
        host: '127.0.0.1',
        port: listening.port,
        servername: 'app.example.com',
        path,
        headers: { host: 'app.example.com' },
      })
      sent.end()
      const [answer] = await once(sent, 'response')
      expect(await text(answer)).toBe(`GET app.example.com ${path}`)
      expect(sent.reusedSocket).toBe(path === '/2')
    }
    agent.destroy()
  })

  test('an emulator answers as it does over plain HTTP', async () => {
    const stateHome = await temporaryFolder()
    const emulator = await createEmulator({ seed: 'example', stateHome })
    const ca = join(stateHome, 'access-emulator', 'ca', 'ca.pem')
    const { openCa } = await import('../../emulator/network/tls/ca.ts')
    await openCa({ stateHome, world: { wallNow: () => Date.now() } })
    const at = `machines.example.com:${emulator.port}`
    const args = ['-sS', '-D', '-', '-o', join(stateHome, 'body'), '--cacert', ca]
    const { out } = await run('curl', [...args, '--resolve', `${at}:127.0.0.1`, `https://${at}/`])
    expect(out).toMatch(/^HTTP\/2 403 \r\n/)
    expect(out).toContain('cf-access-domain: machines.example.com')
    const [machine] = emulator.account.service_tokens
    const pair = [
      ...['-H', `CF-Access-Client-Id: ${machine?.client_id}`],
      ...['-H', `CF-Access-Client-Secret: ${machine?.client_secret}`],
    ]
    const good = await run('curl', [
      ...['-sS', '--cacert', ca, '--resolve', `${at}:127.0.0.1`, '-d', 'hello', ...pair],
      `https://${at}/upload`,
    ])
    expect(JSON.parse(good.out)).toMatchObject({ method: 'POST', body: { text: 'hello' } })
    await emulator.close()
  })
})

test('a CA created while the server runs takes effect within a minute', async () => {
  let wall = Date.now()
  const world = { ...createWorld(), wallNow: () => wall }
  const listening = await openServer(undefined, { world })
  await secureTo(listening, 'app.example.com')
  const { certPem } = await systemRoot({ stateHome: listening.stateHome, world }, ['example.com'])
  wall += 61_000
  const socket = await secureTo(listening, 'app.example.com', { ca: certPem })
  expect(socket.authorized).toBe(true)
})
