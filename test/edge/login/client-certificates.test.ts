/** People with a client certificate: it counts at the login that it leads to, and again with each request. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { api } from '../../../contracts/api/operations.ts'
import { temporaryFolder } from '../../network/server.ts'
import { type Issued, testAuthority } from '../../support/client-certificates.ts'
import { app, edgeFixture, people, policy } from '../applications.ts'
import { type Browser, browser, pinOn } from './browser.ts'
import { ada, askedForPin, last, signIn, stranger, whoIsAt } from './person.ts'

const any = 'any.example.com'
const named = 'named.example.com'
const other = 'other.example.com'
const domain = { email_domain: { domain: 'example.com' } }

/** Applications for people of example.com whose device has a certificate. */
async function devices() {
  const root = await testAuthority('Devices')
  const require = [{ common_name: { common_name: 'device-1' } }]
  const edge = await edgeFixture({
    stateHome: await temporaryFolder(),
    profile: 'observed',
    applications: [
      app(any, [policy('allow', [domain], { require: [{ certificate: {} }] })]),
      app(named, [policy('allow', [domain], { require })]),
      app(other, [people]),
    ],
  })
  const body = {
    name: 'Devices',
    certificate: root.certPem,
    associated_hostnames: [any, named, other],
  }
  const { id } = await edge.api(api.certificates.create, { body })
  const { port } = edge.emulator
  /** A browser that presents a certificate to the hosts that ask for one. */
  const withDevice = (client?: Issued) => browser({ fetch: tlsFetch(port, client) })
  return { edge, root, id, withDevice }
}

function tlsFetch(port: number, client?: Issued): typeof fetch {
  return async (input, init = {}) => {
    const { hostname, pathname, search } = new URL(String(input))
    const body = init.body === undefined ? undefined : String(init.body)
    const request = https.request({
      ...{ host: '127.0.0.1', port, servername: hostname, path: pathname + search, agent: false },
      ...{ method: init.method ?? 'GET', rejectUnauthorized: false, ...client },
      headers: {
        ...Object.fromEntries(new Headers(init.headers)),
        host: hostname,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
    })
    request.end(body)
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    const headers = new Headers()
    for (const [name, values] of Object.entries(answer.headersDistinct)) {
      for (const value of values ?? []) headers.append(name, value)
    }
    return new Response(await text(answer), { status: answer.statusCode ?? 0, headers })
  }
}

const metaAt = async (person: Browser, host: string) => {
  const { location } = await person.get(`https://${host}/`)
  return decodeJwt(location?.searchParams.get('meta') ?? '')
}

test('meta reports the certificate to the login, and the person is admitted with it', async () => {
  const { root, withDevice } = await devices()
  const person = withDevice(await root.client())
  expect(await metaAt(person, any)).toMatchObject({
    auth_status: 'NONE',
    mtls_auth: {
      cert_issuer_dn: 'CN=Devices',
      cert_serial: expect.stringMatching(/^[0-9A-F]+$/),
      cert_presented: true,
      common_name: 'device-1',
      auth_status: 'SUCCESS',
    },
  })
  expect(whoIsAt(last(await signIn(person, `https://${any}/`)))).toBe(ada)
  expect(whoIsAt(last(await person.follow(await person.get(`https://${named}/`))))).toBe(ada)
})

test('get-identity and the API report the certificate that a person signed in with', async () => {
  const { edge, root, withDevice } = await devices()
  const person = withDevice(await root.client())
  await signIn(person, `https://${any}/`)
  const identityAt = async (host: string) =>
    JSON.parse((await person.get(`https://${host}/cdn-cgi/access/get-identity`)).text)
  const mtls = {
    auth_status: 'SUCCESS',
    common_name: 'device-1',
    mtls_auth: {
      cert_issuer_dn: 'CN=Devices',
      cert_serial: expect.stringMatching(/^[0-9A-F]+$/),
      cert_issuer_ski: '',
      cert_presented: true,
      auth_status: 'SUCCESS',
    },
  }
  expect(await identityAt(any)).toMatchObject({ email: ada, ...mtls })
  const [{ id = '' } = {}] = await edge.api(api.users.list)
  const params = { user_id: id }
  expect(await edge.api(api.users.lastSeenIdentity, { params })).toMatchObject(mtls)

  // Without a certificate there is nothing to tell, also where the global session began with one.
  const plain = browser({ fetch: tlsFetch(edge.emulator.port) })
  await signIn(plain, `https://${other}/`)
  const answer = await plain.get(`https://${other}/cdn-cgi/access/get-identity`)
  expect(JSON.parse(answer.text)).toMatchObject({ auth_status: 'NONE', common_name: '' })
  expect(JSON.parse(answer.text)).not.toHaveProperty('mtls_auth')
  expect(await edge.api(api.users.lastSeenIdentity, { params })).not.toHaveProperty('mtls_auth')
})

test('each later request needs the certificate again', async () => {
  const { edge, root, id, withDevice } = await devices()
  const person = withDevice(await root.client())
  await signIn(person, `https://${any}/`)
  const token = person.cookie(any, 'CF_Authorization')?.value ?? ''
  const status = async (client?: Issued) =>
    (await withDevice(client).get(`https://${any}/`, { cookie: `CF_Authorization=${token}` }))
      .status
  expect(await status(await root.client({ commonName: 'device-2' }))).toBe(200)
  expect(await status()).toBe(403)
  expect(await status(await (await testAuthority('Others')).client())).toBe(403)
  const body = { associated_hostnames: [named] }
  await edge.api(api.certificates.replace, { params: { certificate_id: id }, body })
  expect((await person.get(`https://${any}/`)).status).toBe(403)
})

test('without the certificate there is no login, and with it no way around the identity', async () => {
  const { root, withDevice } = await devices()
  expect((await withDevice().get(`https://${any}/`)).status).toBe(403)
  const device2 = withDevice(await root.client({ commonName: 'device-2' }))
  expect((await device2.get(`https://${named}/`)).status).toBe(403)
  expect((await device2.get(`https://${any}/`)).status).toBe(302)
  const page = await askedForPin(device2, `https://${any}/`, stranger)
  expect((await device2.submit(page, { code: '000000' })).status).toBe(403)
})

test('a certificate of another CA is reported in meta, and counts for nothing', async () => {
  const { withDevice } = await devices()
  const person = withDevice(await (await testAuthority('Others')).client())
  expect(await metaAt(person, other)).toMatchObject({
    mtls_auth: { cert_presented: true, common_name: '', auth_status: 'FAILED' },
  })
})

test('a certificate of an earlier login is not that of a later one', async () => {
  const { root, withDevice } = await devices()
  const device = withDevice(await root.client())
  const { location } = await device.get(`https://${any}/`)
  await device.get(location ?? '')
  const session = device.cookie('team.cloudflareaccess.com', 'CF_Session')?.value ?? ''
  const later = new URL(location ?? '')
  later.searchParams.set('meta', 'none')
  const page = await device.get(later, { cookie: `CF_Session=${session}` })
  const sent = await device.submit(page, { email: ada })
  expect(() => pinOn(sent)).toThrow()
  expect(last(await device.follow(sent)).text).not.toContain('<output>')
})

test.each([
  ['absent', () => null],
  ['unsigned', (meta: string) => meta.replace(/\.[^.]*$/, '.AAAA')],
  [
    'changed',
    (meta: string) => {
      const [head, , signature] = meta.split('.')
      const mtls_auth = { auth_status: 'SUCCESS', common_name: 'device-1' }
      const claims = { ...decodeJwt(meta), mtls_auth }
      return [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    },
  ],
  ['of another host', (_: string, elsewhere: string) => elsewhere],
])('a meta that is %s reports no certificate', async (_, changed) => {
  const { root, withDevice } = await devices()
  const person = withDevice(await root.client())
  const { location } = await person.get(`https://${any}/`)
  const elsewhere = await person.get(`https://${named}/`)
  const url = new URL(location ?? '')
  const meta = changed(
    url.searchParams.get('meta') ?? '',
    elsewhere.location?.searchParams.get('meta') ?? '',
  )
  if (meta === null) url.searchParams.delete('meta')
  else url.searchParams.set('meta', meta)
  const page = await askedForPin(person, url.href)
  // No code is sent to a person whom the policies do not admit.
  expect(page.text).toContain('Cloudflare would not send any')
})

test('a meta reports the certificate for as long as it is valid', async () => {
  const { edge, root, withDevice } = await devices()
  const person = withDevice(await root.client())
  const { location } = await person.get(`https://${any}/`)
  await edge.advance(299)
  expect((await askedForPin(person, location?.href ?? '')).text).toContain('<output>')
  await edge.advance(2)
  expect((await askedForPin(person, location?.href ?? '')).text).not.toContain('<output>')
})
