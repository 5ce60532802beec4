/** Attacks on the sign-in of programs: unintended approvals, stolen tokens, exhausting the service. */
import http from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { transferHosts, transferKeyText } from '../../../contracts/edge/cloudflared.ts'
import { createHeldPolls, putSealed, sealedFor } from '../../../emulator/account/transfers.ts'
import { createState } from '../../../emulator/state/state.ts'
import { app, edgeFixture, hosts, people } from '../applications.ts'
import { type Browser, browser } from '../login/browser.ts'
import { edgeAndBrowser, entryOf, last, signIn } from '../login/person.ts'
import { approved, type Program, program } from './program.ts'

const wiki = `https://${hosts.P}/`
const [service] = transferHosts

async function signedIn() {
  const applications = [app('ssh.example.com', [people])]
  const { edge, person } = await edgeAndBrowser({
    applications,
    behaviours: { 'transfer.hold_seconds': 0 },
  })
  await signIn(person, wiki)
  return { edge, person }
}

async function nonceFor(person: Browser, cli: Program, url = wiki): Promise<string> {
  const { text } = last(await person.follow(await person.get(cli.approvalOf(url))))
  const nonce = /name="nonce" value="([0-9a-f]{32})"/.exec(text)?.[1]
  if (nonce === undefined) throw new Error(`there is no nonce: ${text}`)
  return nonce
}

describe('an approval', () => {
  test('needs the nonce of this session, host, application and key', async () => {
    const { edge, person } = await signedIn()
    const cli = program(edge)
    const other = browser(edge.emulator)
    await edge.advance(1)
    await signIn(other, wiki)
    const ssh = 'https://ssh.example.com/'
    const nonces = {
      none: '',
      'of another session': await nonceFor(other, cli),
      'of another application': await nonceFor(person, cli, ssh),
      'of another key': await nonceFor(person, program(edge)),
    }
    for (const [whose, nonce] of Object.entries(nonces)) {
      const page = await person.post(cli.approvalOf(wiki), { nonce })
      expect([whose, page.status, page.text]).toEqual([
        whose,
        400,
        expect.stringContaining('Invalid nonce'),
      ])
    }
    expect((await cli.poll()).status).toBe(404)
    const good = await person.post(cli.approvalOf(wiki), { nonce: await nonceFor(person, cli) })
    expect(good.status).toBe(200)
  })

  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('is not taken from another page: %j', async (headers) => {
    const { edge, person } = await signedIn()
    const cli = program(edge)
    const nonce = await nonceFor(person, cli)
    const page = await person.post(cli.approvalOf(wiki), { nonce }, headers)
    expect([page.status, (await cli.poll()).status]).toEqual([400, 404])
  })

  test('is requested on an unframeable page with escaped content', async () => {
    const { edge, person } = await signedIn()
    const more = { x: '"><script>alert(1)</script>' }
    const page = await person.get(program(edge).approvalOf(wiki, more))
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("default-src 'none'")
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.text).not.toContain('<script>alert')
  })

  test('leads nowhere: the redirect_url of cloudflared is not followed and not linked', async () => {
    const { edge, person } = await signedIn()
    const redirect_url = 'https://evil.example/'
    const page = await person.get(program(edge).approvalOf(wiki, { redirect_url }))
    const success = await approved(person, page)
    expect([page.status, success.status, success.location]).toEqual([200, 200, undefined])
    for (const { text } of [page, success])
      expect(text).not.toMatch(/(?:href|action)="[^"]*\/\/evil/)
  })

  test('without a session redirects to the login', async () => {
    const { edge } = await signedIn()
    const page = await browser(edge.emulator).post(program(edge).approvalOf(wiki), { nonce: '' })
    expect([page.status, page.location?.pathname]).toEqual([
      302,
      `/cdn-cgi/access/login/${hosts.P}`,
    ])
  })

  test('is of an application on that host, and of no other', async () => {
    const { edge, person } = await signedIn()
    const aud = edge.aud('ssh.example.com')
    const page = await person.get(program(edge).approvalOf(wiki, { aud }))
    expect([page.status, page.text]).toEqual([
      404,
      expect.stringContaining('Unable to find your Access application!'),
    ])
  })

  const short = transferKeyText(new Uint8Array(31))
  const spareBits = `${'A'.repeat(42)}B=`
  test.each(['', 'x', short, spareBits, `${'A'.repeat(43)}`, '../../../../etc/passwd'])(
    'is for a public key, which %j is not',
    async (token) => {
      const { edge, person } = await signedIn()
      const page = await person.get(program(edge).approvalOf(wiki, { token }))
      expect(page.status).toBe(400)
      const path = `/transfer/${encodeURIComponent(token)}`
      expect((await edge.send(service, { path })).status).toBe(404)
    },
  )

  test('encrypts nothing for a key whose boxes anyone could open', async () => {
    const { edge, person } = await signedIn()
    for (const first of [0, 1]) {
      const token = transferKeyText(Uint8Array.from({ length: 32 }, (_, at) => (at ? 0 : first)))
      const page = await person.get(program(edge).approvalOf(wiki, { token }))
      expect((await approved(person, page)).status).toBe(400)
      expect((await edge.send(service, { path: `/transfer/${token}` })).status).toBe(404)
    }
  })
})

test('fetching with another program’s key yields a box that only its owner can open', async () => {
  const { edge, person } = await signedIn()
  const [cli, thief] = [program(edge), program(edge)]
  await approved(person, await person.get(cli.approvalOf(wiki)))
  const box = await edge.send(service, { path: `/transfer/${cli.key}` })
  expect(() => thief.tokensIn(box)).toThrow('failed to decrypt')
  expect(cli.tokensIn(box).app_token).toMatch(/^ey/)
})

test('the transfer service has no other paths, and says what is not emulated', async () => {
  const { edge } = await signedIn()
  const seen = async (path: string) => (await edge.send(service, { path })).status
  expect(await seen(`/${program(edge).key}`)).toBe(501)
  for (const path of ['/', '/transfer', '/transfer/a/b', '/__access/state', '/client/v4/user']) {
    expect([path, await seen(path)]).toEqual([path, 404])
  }
  const posted = await edge.send(service, {
    method: 'POST',
    path: `/transfer/${program(edge).key}`,
  })
  expect(posted.status).toBe(404)
})

test('a poll ends with its client, and the journal says that it was cut', async () => {
  let noted = () => {}
  const entry = new Promise<void>((resolve) => {
    noted = resolve
  })
  const edge = await edgeFixture({
    onEntry: ({ operation }) => operation === 'transfer.take' && noted(),
  })
  const path = `/transfer/${program(edge).key}`
  const { port } = edge.emulator
  const asked = http.get({
    port,
    path,
    host: '127.0.0.1',
    agent: false,
    headers: { host: service },
  })
  asked.on('error', () => {})
  asked.on('finish', () => setImmediate(() => asked.destroy()))
  await entry
  expect(await entryOf(edge, 'transfer.take')).toMatchObject({ status: 0 })
})

describe('what waits', () => {
  const sealed = { box: 'box', service_public_key: 'key' }
  const wait = (signal = new AbortController().signal) => ({ nowMs: 0, holdMs: 50_000, signal })
  const filled = (...keys: readonly string[]) => {
    const state = createState()
    for (const key of keys) state.apply(putSealed({ state }, key, sealed, 1))
    return state.tables
  }

  test('is bounded, and makes room when a client goes', async () => {
    const polls = createHeldPolls(2)
    const gone = new AbortController()
    const first = polls.wait('a', wait(gone.signal))
    const second = polls.wait('b', wait())
    expect(await polls.wait('c', wait())).toBe('full')
    gone.abort()
    expect(await first).toBeUndefined()
    const third = polls.wait('c', wait())
    polls.wake(filled('b', 'c'))
    expect([await second, await third]).toEqual([sealed, sealed])
    expect(await polls.wait('b', { ...wait(), holdMs: 0 })).toBeUndefined()
  })

  test('is given to each poll of the key that is open, so that no thief starves its owner', async () => {
    const polls = createHeldPolls()
    const held = [polls.wait('a', wait()), polls.wait('a', wait())]
    polls.wake(filled('b', 'a'))
    expect(await Promise.all(held)).toEqual([sealed, sealed])
  })

  test('is held in real time', async () => {
    vi.useFakeTimers()
    try {
      const poll = createHeldPolls().wait('a', wait())
      vi.advanceTimersByTime(50_000)
      expect(await poll).toBeUndefined()
    } finally {
      vi.useRealTimers()
    }
  })

  test('is kept for so many keys, the newest, and until it ends', () => {
    const keys = Array.from({ length: 1001 }, (_, index) => `key ${index}`)
    const tables = filled(...keys)
    const kept = keys.map((key) => sealedFor(tables, key, 0))
    expect(kept.map((each) => each === sealed)).toEqual(keys.map((_, index) => index > 0))
    expect(sealedFor(tables, 'key 1000', 1)).toBeUndefined()
  })
})
