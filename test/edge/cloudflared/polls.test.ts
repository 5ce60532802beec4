/**
 * How programs' requests travel: HEAD as GET, polls over HTTP/2 and TLS, and how polls end with the client.
 */
import { once } from 'node:events'
import http2, { type IncomingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { transferHosts } from '../../../contracts/edge/cloudflared.ts'
import { folder } from '../../commands/run/run-program.ts'
import { app, type EdgeFixture, edgeFixture, hosts, people, policy } from '../applications.ts'
import { browser } from '../login/browser.ts'
import { ada, last, signIn } from '../login/person.ts'
import { approved, program, secureSession } from './program.ts'

const [service] = transferHosts
const wiki = `https://${hosts.P}/`
/** A key without an owner. */
const someKey = `${'A'.repeat(42)}A=`

describe('HEAD is answered as GET', () => {
  /** What both have: the rays and the nonces that derive from them differ. */
  const told = async (edge: EdgeFixture, address: string, token = '') => {
    const { hostname, pathname, search } = new URL(address)
    const answer = async (method: string) => {
      const headers = token === '' ? {} : { cookie: `CF_Authorization=${token}` }
      const path = pathname + search
      const { status, headers: answered } = await edge.send(hostname, { method, path, headers })
      const { 'cf-ray': _, 'set-cookie': __, location, ...rest } = answered
      return { status, ...rest, location: location?.replace(/[?&]meta=[^&]*/, '') }
    }
    const [head, get] = [await answer('HEAD'), await answer('GET')]
    expect(head).toEqual(get)
    return get.status
  }

  test('on the path that asks for approval, whatever its answer', async () => {
    const applications = [
      app('skips.example.com', [people], { skip_interstitial: true }),
      app('denies.example.com', [policy('deny', [{ everyone: {} }])]),
    ]
    const edge = await edgeFixture({ applications })
    const cli = program(edge)
    const at = (host: string) => cli.approvalOf(`https://${host}/`)
    expect(await told(edge, at(hosts.P))).toBe(302)
    expect(await told(edge, at('denies.example.com'))).toBe(403)
    const token = await edge.signIn(ada, hosts.P)
    expect(await told(edge, at(hosts.P), token)).toBe(200)
    expect(await told(edge, cli.approvalOf(wiki, { token: 'x' }), token)).toBe(400)
    const skipping = await edge.signIn(ada, 'skips.example.com')
    expect(await told(edge, at('skips.example.com'), skipping)).toBe(200)
  })

  test('by the transfer service, where it takes nothing away', async () => {
    const edge = await edgeFixture({ behaviours: { 'transfer.hold_seconds': 0 } })
    const cli = program(edge)
    const person = browser(edge.emulator)
    const poll = `https://${service}/transfer/${cli.key}`
    expect(await told(edge, poll)).toBe(404)
    await approved(person, last(await signIn(person, cli.approvalOf(wiki))))
    expect(await told(edge, poll)).toBe(200)
    expect(await told(edge, poll)).toBe(404)
    expect(await told(edge, `https://${service}/${cli.key}`)).toBe(501)
    expect(await told(edge, `https://${service}/elsewhere`)).toBe(404)
  })

  test('where a token is checked, and where certificates are signed', async () => {
    const edge = await edgeFixture()
    const token = await edge.signIn(ada, hosts.P)
    expect(await told(edge, `${wiki}?cloudflared_token_check=true`, token)).toBe(200)
    expect(await told(edge, `${wiki}?cloudflared_token_check=true`)).toBe(302)
    const signing = 'https://team.cloudflareaccess.com/cdn-cgi/access/cert_sign'
    expect(await told(edge, signing)).toBe(404)
  })
})

describe('a poll over HTTP/2', () => {
  test('is held, and given the tokens', async () => {
    const edge = await edgeFixture({ stateHome: await folder() })
    const cli = program(edge)
    const session = await secureSession(edge.emulator.port)
    const stream = session.request({ ':path': `/transfer/${cli.key}` })
    // The session is one connection: what comes back after the poll was sent after it.
    await once(session.request({ ':path': '/' }).resume(), 'end')
    const person = browser(edge.emulator)
    await approved(person, last(await signIn(person, cli.approvalOf(wiki))))
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    const box = { status: Number(headers[':status']), headers, text: await text(stream) }
    expect(
      cli.tokensIn({ ...box, cookies: [], echo: { path: '', headers: {}, claims: null } }),
    ).toMatchObject({ app_token: expect.stringMatching(/^ey/) })
  })

  test('ends when its stream is reset, and leaves the session and other polls alone', async () => {
    let noted = () => {}
    const cut = new Promise<void>((resolve) => {
      noted = resolve
    })
    const edge = await edgeFixture({
      stateHome: await folder(),
      onEntry: ({ operation, status }) => operation === 'transfer.take' && status === 0 && noted(),
    })
    const [cli, gone] = [program(edge), program(edge)]
    const session = await secureSession(edge.emulator.port)
    const [kept, reset] = [cli, gone].map(({ key }) =>
      session.request({ ':path': `/transfer/${key}` }).on('error', () => {}),
    )
    await once(session.request({ ':path': '/' }).resume(), 'end')
    reset?.close(http2.constants.NGHTTP2_CANCEL)
    await cut
    const person = browser(edge.emulator)
    await approved(person, last(await signIn(person, cli.approvalOf(wiki))))
    if (kept === undefined) throw new Error('unreachable')
    const [headers] = (await once(kept, 'response')) as [IncomingHttpHeaders]
    expect(headers[':status']).toBe(200)
  })
})

test('what a client leaves behind is free for the next: the limit counts polls that are open', async () => {
  let cut = 0
  let allCut = () => {}
  const everyCut = new Promise<void>((resolve) => {
    allCut = resolve
  })
  const edge = await edgeFixture({
    stateHome: await folder(),
    onEntry({ operation, status }) {
      if (operation === 'transfer.take' && status === 0) cut += 1
      if (cut === 256) allCut()
    },
  })
  const polls = async () => {
    const sessions = await Promise.all([1, 2, 3, 4].map(() => secureSession(edge.emulator.port)))
    for (const session of sessions) {
      for (let count = 0; count < 64; count += 1) {
        session.request({ ':path': `/transfer/${someKey}` }).on('error', () => {})
      }
      await once(session.request({ ':path': '/' }).resume(), 'end')
    }
    return sessions
  }
  const first = await polls()
  const full = await edge.send(service, { path: `/transfer/${someKey}` })
  expect([full.status, full.text]).toEqual([503, expect.stringContaining('limit of waiting polls')])
  for (const session of first) session.destroy()
  await everyCut
  const cli = program(edge)
  const waits = cli.poll()
  const person = browser(edge.emulator)
  await approved(person, last(await signIn(person, cli.approvalOf(wiki))))
  expect(cli.tokensIn(await waits).app_token).toMatch(/^ey/)
})
