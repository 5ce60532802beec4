/** Access to the control API: from this machine, elsewhere with the admin token, never from another origin's page. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import '../support/built.ts'

const token = 'admin-token-of-this-test'
let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ seed: 'example', host: '0.0.0.0', adminToken: token })
})
afterAll(() => emulator.close())

const port = () => new URL(emulator.url).port

/** A non-loopback address of this machine, so that the caller counts as remote. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')?.address
if (outside === undefined) {
  console.info('Not run: callers from outside. This machine has no address but loopback.')
}

/** As `ask`, but with headers that `fetch` sets by itself. */
async function visit(path: string, headers: Record<string, string>) {
  const sent = get(`http://127.0.0.1:${port()}/__access${path}`, { headers })
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return { status: answer.statusCode, headers: new Headers(Object.entries(answer.headers) as []) }
}

async function ask(host: string, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`http://${host}:${port()}/__access${path}`, { headers })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

describe.skipIf(outside === undefined)('From outside loopback', () => {
  const from = outside ?? ''
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

  test.each(['/health', '/ready'])('%s answers, so that it can be checked', async (path) => {
    expect(await ask(from, path)).toMatchObject({ status: 200 })
  })

  test.each([
    ['nothing', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['the token in no scheme', { authorization: token }],
    ['the token as a name', { authorization: basic(`${token}:`) }],
    ['a wrong password', { authorization: basic('admin:wrong') }],
  ])('%s is refused, and told what it takes', async (_what, headers) => {
    const { status, text } = await ask(from, '/seed', headers)
    expect(status).toBe(403)
    expect(JSON.parse(text)).toEqual({
      error: { code: 'forbidden', message: expect.stringContaining('--admin-token') },
    })
  })

  test.each([
    ['as a bearer token', `Bearer ${token}`],
    ['as a password', basic(`anyone:${token}`)],
  ])('the admin token is accepted %s', async (_what, authorization) => {
    const { status, text } = await ask(from, '/seed', { authorization })
    expect(status).toBe(200)
    expect(text).toContain('client_secret')
  })

  const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

  /** Sends the form of the sign-in page. */
  async function signIn(sent: Record<string, string>, headers: Record<string, string> = {}) {
    const answer = await fetch(`http://${from}:${port()}/__access/sign-in`, {
      method: 'POST',
      body: new URLSearchParams(sent),
      headers: { ...browser, ...headers },
      redirect: 'manual',
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  test('a browser is asked for the token only if it wants a page', async () => {
    const page = await ask(from, '/requests/abc', browser)
    expect(page.status).toBe(401)
    expect(page.headers.get('www-authenticate')).toMatch(/^Bearer realm=/)
    expect(page.text).toContain('<form class="card" method="post" action="/__access/sign-in">')
    expect(page.text).toContain('name="to" value="/__access/requests/abc"')
    expect(await ask(from, '/seed', browser)).toMatchObject({ status: 403 })
    expect(await ask(from, '/dashboard.js', browser)).toMatchObject({ status: 403 })
    expect(await ask(from, '', { ...browser, 'sec-fetch-site': 'cross-site' })).toMatchObject({
      status: 403,
    })
    const authorization = basic(`me:${token}`)
    expect(await ask(from, '', { ...browser, authorization })).toMatchObject({ status: 200 })
  })

  test('signing in gives a cookie that opens the pages and what they call', async () => {
    const { status, headers } = await signIn({ token, to: '/__access/applications?q=a' })
    expect([status, headers.get('location')]).toEqual([303, '/__access/applications?q=a'])
    const [cookie = ''] = headers.getSetCookie()
    expect(cookie).toMatch(
      /^access_emulator_admin=[\w-]{43}; Path=\/__access; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    )
    expect(cookie).not.toContain(token)
    const sent = { cookie: `other=1; ${cookie.split(';')[0]}` }
    for (const path of ['', '/applications', '/dashboard.js', '/seed']) {
      expect(await ask(from, path, sent)).toMatchObject({ status: 200 })
    }
    const write = (headers: Record<string, string>) =>
      fetch(`http://${from}:${port()}/__access/clock`, {
        method: 'PUT',
        headers: { ...sent, 'content-type': 'application/json', ...headers },
        body: '{"real":true}',
      })
    expect((await write({})).status).toBe(403)
    expect((await write({ origin: `http://${from}:${port()}` })).status).toBe(200)
    const planted = `access_emulator_admin=planted; ${sent.cookie}`
    expect(await ask(from, '/seed', { cookie: planted })).toMatchObject({ status: 200 })
    const forged = { cookie: `access_emulator_admin=${'A'.repeat(43)}` }
    expect(await ask(from, '/seed', forged)).toMatchObject({ status: 403 })
  })

  test('a wrong token is said to be one, and the form leads nowhere else', async () => {
    const { status, headers, text } = await signIn({ token: 'wrong', to: '//evil.example/' })
    expect([status, headers.getSetCookie()]).toEqual([401, []])
    expect(text).toContain('This is not the admin token.')
    expect(text).toContain('name="to" value="/__access"')
    const right = await signIn({ token, to: '/__access/../..//evil.example' })
    expect(right.headers.get('location')).toBe('/__access')
  })

  test('a page of another origin cannot send the form', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const refused = await signIn({ token }, headers as Record<string, string>)
      expect([refused.status, refused.headers.getSetCookie()]).toEqual([403, []])
    }
  })
})

describe('From loopback', () => {
  test.each([
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of the same site on another port', { 'sec-fetch-site': 'same-site' }],
    ['of another origin', { origin: 'https://evil.example' }],
    ['of no origin that can be named', { origin: 'null' }],
  ])('a page %s is refused, whatever it asks', async (_what, headers) => {
    for (const path of ['', '/seed', '/health', '/journal']) {
      expect(await ask('127.0.0.1', path, headers)).toMatchObject({ status: 403 })
    }
  })

  test('a link from elsewhere may lead to a page, and to nothing else', async () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    }
    const { status, headers } = await visit('/applications', link)
    expect(status).toBe(200)
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    for (const path of ['/seed', '/dashboard.js', '/journal', '/openapi.json']) {
      expect(await visit(path, link)).toMatchObject({ status: 403 })
    }
    const framed = { ...link, 'sec-fetch-dest': 'iframe' }
    expect(await visit('', framed)).toMatchObject({ status: 403 })
  })

  test('its own pages and programs are not', async () => {
    const own = { origin: `http://127.0.0.1:${port()}`, 'sec-fetch-site': 'same-origin' }
    expect(await ask('127.0.0.1', '/seed', own)).toMatchObject({ status: 200 })
    expect(await ask('127.0.0.1', '/seed', { 'sec-fetch-site': 'none' })).toMatchObject({
      status: 200,
    })
    expect(await ask('127.0.0.1', '/seed')).toMatchObject({ status: 200 })
  })

  test('a form cannot write, even an empty one', async () => {
    const answer = await fetch(`http://127.0.0.1:${port()}/__access/reset`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' },
    })
    expect(answer.status).toBe(400)
  })

  test('a form cannot write: only JSON may', async () => {
    const answer = await fetch(`http://127.0.0.1:${port()}/__access/clock`, {
      method: 'PUT',
      headers: { 'content-type': 'text/plain' },
      body: '{"advance":1}',
    })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('application/json')
  })
})
