/** Client certificates at the TLS port: verified for each request with the CAs of the host that it asks for. */
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { api } from '../../contracts/api/operations.ts'
import { frontHeaders } from '../../emulator/edge/request.ts'
import { ask2, run, temporaryFolder, tunnel } from '../network/server.ts'
import { type Issued, type TestAuthority, testAuthority } from '../support/client-certificates.ts'
import { app, edgeFixture, policy } from './applications.ts'

const valid = 'valid.example.com'
const named = 'named.example.com'
const applications = [
  app(valid, [policy('non_identity', [{ certificate: {} }])]),
  app(named, [policy('non_identity', [{ common_name: { common_name: 'device-1' } }])]),
]
const day = 24 * 3_600_000

/** An emulator with a CA for `hostnames`. */
async function mtls(pem?: (root: TestAuthority) => Promise<string>, hostnames = [valid, named]) {
  const stateHome = await temporaryFolder()
  const root = await testAuthority('Devices')
  const edge = await edgeFixture({ applications, stateHome, profile: 'observed' })
  const certificate = (await pem?.(root)) ?? root.certPem
  const body = { name: 'Devices', certificate, associated_hostnames: hostnames }
  const made = await edge.api(api.certificates.create, { body })
  const { port } = edge.emulator
  const get = async (
    host: string,
    client?: Issued,
    headers: Record<string, string> = {},
    agent: https.Agent | false = false,
  ) => {
    const request = https.get({
      ...{ host: '127.0.0.1', port, servername: host, agent, rejectUnauthorized: false },
      ...client,
      headers: { host, ...headers },
    })
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, body: await text(answer), reused: request.reusedSocket }
  }
  /** A session of HTTP/2 that presents a certificate to a host. */
  const sessionOf = (servername: string, client: Issued) => {
    const socket = tls.connect({
      ...{ port, host: '127.0.0.1', servername, rejectUnauthorized: false, ...client },
      ALPNProtocols: ['h2'],
    })
    const session = http2.connect(`https://${servername}`, { createConnection: () => socket })
    onTestFinished(() => session.destroy())
    return session
  }
  return { edge, root, port, get, sessionOf, id: made.id }
}

test('the block page says what became of the certificate, and the journal why', async () => {
  const { edge, get } = await mtls()
  const stranger = await (await testAuthority('Others')).client()
  const json = { accept: 'application/json' }
  expect(JSON.parse((await get(valid, stranger, json)).body)).toMatchObject({
    mtls_status: 'FAILED',
  })
  expect(JSON.parse((await get(valid, undefined, json)).body)).toMatchObject({
    mtls_status: 'NONE',
  })
  const { result } = await edge.emulator.control.readJournal()
  expect(JSON.stringify(result)).toContain('certificate_untrusted')
})

test.each([
  ['that has expired', (root: TestAuthority) => root.client({ notAfter: new Date('2026-11-23') })],
  ['of tomorrow', (root: TestAuthority) => root.client({ notBefore: new Date('2026-11-25') })],
  ['for servers only', (root: TestAuthority) => root.client({ purposes: ['1.3.6.1.5.5.7.3.1'] })],
])('a certificate %s counts as none', async (_, made) => {
  const { root, get } = await mtls()
  expect((await get(valid, await made(root))).status).toBe(403)
})

test('a certificate without extended key usage is for clients too', async () => {
  const { root, get } = await mtls()
  expect((await get(valid, await root.client({ purposes: [] }))).status).toBe(200)
})

test('the clock of the emulator decides whether it has expired, on an open connection too', async () => {
  const { edge, root, sessionOf } = await mtls()
  const notAfter = new Date(Date.parse('2026-11-24T10:00:00Z') + day)
  const session = sessionOf(valid, await root.client({ notAfter }))
  expect((await ask2(session, { ':path': '/' })).status).toBe(200)
  await edge.advance(2 * 24 * 3600)
  expect((await ask2(session, { ':path': '/' })).status).toBe(403)
})

test('an intermediate counts if the whole chain was uploaded, and not without its root', async () => {
  for (const [isWhole, status] of [
    [true, 200],
    [false, 403],
  ] as const) {
    let below: TestAuthority | undefined
    const { get } = await mtls(async (root) => {
      below = await root.intermediate()
      return below.certPem + (isWhole ? `\n${root.certPem}` : '')
    })
    expect((await get(valid, await below?.client())).status).toBe(status)
  }
})

test('the CA of one host says nothing of another, on a connection of its own or that of the other', async () => {
  const { root, get, sessionOf } = await mtls(undefined, [named])
  const client = await root.client()
  expect((await get(named, client)).status).toBe(200)
  expect((await get(valid, client)).status).toBe(403)
  const session = sessionOf(named, client)
  expect((await ask2(session, { ':path': '/' })).status).toBe(200)
  expect((await ask2(session, { ':path': '/', ':authority': valid })).status).toBe(421)
})

test('a host name that the CA loses is no longer verified, on an open connection too', async () => {
  const { edge, root, get, id } = await mtls()
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const client = await root.client()
  const again = () => get(valid, client, {}, agent)
  expect(await again()).toMatchObject({ status: 200, reused: false })
  const body = { associated_hostnames: [named] }
  await edge.api(api.certificates.replace, { params: { certificate_id: id }, body })
  expect(await again()).toMatchObject({ status: 403, reused: true })
})

test('through CONNECT, and in a session that is resumed', async () => {
  const { root, port } = await mtls()
  const client = await root.client()
  const ask = async (session?: Buffer) => {
    const socket = tls.connect({
      socket: await tunnel(port, `${valid}:443`),
      ...{ servername: valid, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...client },
      ...(session === undefined ? {} : { session }),
    })
    const tickets: Buffer[] = []
    socket.on('session', (ticket: Buffer) => tickets.push(ticket))
    await once(socket, 'secureConnect')
    const isReused = socket.isSessionReused()
    socket.write(`GET / HTTP/1.1\r\nHost: ${valid}\r\nConnection: close\r\n\r\n`)
    const status = (await text(socket)).slice(9, 12)
    return { status, isReused, ticket: tickets[0] }
  }
  const first = await ask()
  expect(first).toMatchObject({ status: '200', isReused: false })
  expect(await ask(first.ticket)).toMatchObject({ status: '200', isReused: true })
})

test('what a TLS client says of a certificate is not believed, and not passed on', async () => {
  const { edge, root, get } = await mtls()
  const forged = {
    [frontHeaders.commonName]: 'device-1',
    'Cf-Client-Cert-Sha256': 'forged',
    cf_client_cert_der_base64: 'forged',
  }
  expect((await get(valid, undefined, forged)).status).toBe(403)
  const { body } = await get(valid, await root.client(), forged)
  expect(body).not.toContain('forged')
  // A proxy on this machine, which speaks plain HTTP, is believed as before.
  const plain = await edge.send(valid, { headers: forged })
  expect(plain.status).toBe(200)
  expect(plain.echo.headers).toMatchObject({ 'cf-client-cert-sha256': 'forged' })
})

test('the origin gets the certificate where the settings of the host say so', async () => {
  const { edge, root, get } = await mtls()
  const client = await root.client()
  const setting = { hostname: valid, china_network: false, client_certificate_forwarding: true }
  await edge.api(api.certificateSettings.update, { body: { settings: [setting] } })
  const der = client.cert.replace(/-----[A-Z ]+-----|\s/g, '')
  const of = async (host: string) => JSON.parse((await get(host, client)).body).headers
  expect(await of(valid)).toMatchObject({
    'cf-client-cert-der-base64': der,
    'cf-client-cert-sha256': expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(Object.keys(await of(named)).filter((name) => name.startsWith('cf-client'))).toEqual([])
})

test('curl presents one', async ({ skip }) => {
  if ((await run('curl', ['--version'])).code !== 0) return skip('curl is not here')
  const { root, port } = await mtls()
  const folder = await mkdtemp(join(await temporaryFolder(), 'curl-'))
  const { cert, key } = await root.client()
  await writeFile(join(folder, 'cert.pem'), cert)
  await writeFile(join(folder, 'key.pem'), key)
  const certificate = ['--cert', join(folder, 'cert.pem'), '--key', join(folder, 'key.pem')]
  const curl = async (...more: readonly string[]) =>
    (
      await run('curl', [
        ...['-sk', '-o', '/dev/null', '-w', '%{http_code}'],
        ...['--resolve', `${named}:${port}:127.0.0.1`, `https://${named}:${port}/`, ...more],
      ])
    ).out
  expect(await curl(...certificate)).toBe('200')
  expect(await curl(...certificate, '--http1.1')).toBe('200')
  expect(await curl()).toBe('403')
})

test('the server names the CAs that count when a client connects', async ({ skip }) => {
  if ((await run('openssl', ['version'])).code !== 0) return skip('openssl is not here')
  const { edge, port, id } = await mtls(
    async (own) => {
      const below = await own.intermediate()
      return `${below.certPem}\n${own.certPem}`
    },
    [valid],
  )
  const told = async (host: string, version: '-tls1_2' | '-tls1_3') => {
    const to = `-connect 127.0.0.1:${port} -servername ${host}`
    const { out } = await run('sh', ['-c', `openssl s_client ${version} ${to} </dev/null`])
    const [, list = ''] =
      /Acceptable client certificate CA names\n((?:\S* ?= ?.*\n)+)/.exec(out) ?? []
    return list.trim().replaceAll(' = ', '=').split('\n')
  }
  for (const version of ['-tls1_2', '-tls1_3'] as const) {
    expect(await told(valid, version)).toEqual(['CN=Devices below', 'CN=Devices'])
    // A host without a CA asks for none.
    expect(await told(named, version)).toEqual([''])
  }
  const params = { certificate_id: id }
  const body = { associated_hostnames: [named] }
  await edge.api(api.certificates.replace, { params, body })
  expect(await told(valid, '-tls1_3')).toEqual([''])
  const other = await testAuthority('Laptops')
  const more = { name: 'More', certificate: other.certPem, associated_hostnames: [valid] }
  await edge.api(api.certificates.create, { body: more })
  expect(await told(valid, '-tls1_3')).toEqual(['CN=Laptops'])
})
