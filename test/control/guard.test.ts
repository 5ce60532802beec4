/** Access to the control API: from this machine, elsewhere with the admin token, never from another origin's page. */
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

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

async function ask(host: string, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`http://${host}:${port()}/__access${path}`, { headers })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

describe.skipIf(outside === undefined)('From outside loopback', () => {
  const from = outside ?? ''
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

  test('health answers, so that a container can be checked', async () => {
    expect(await ask(from, '/health')).toMatchObject({ status: 200 })
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

  test('a browser is prompted for the token only if it wants a page', async () => {
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
    const page = await ask(from, '', browser)
    expect([page.status, page.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic realm=/),
    ])
    expect(page.text).toBe('')
    expect(await ask(from, '/seed', browser)).toMatchObject({ status: 403 })
    expect(await ask(from, '', { ...browser, 'sec-fetch-site': 'cross-site' })).toMatchObject({
      status: 403,
    })
    const authorization = basic(`me:${token}`)
    expect(await ask(from, '', { ...browser, authorization })).toMatchObject({ status: 200 })
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

  test('its own pages and programs are not', async () => {
    const own = { origin: `http://127.0.0.1:${port()}`, 'sec-fetch-site': 'same-origin' }
    expect(await ask('127.0.0.1', '/seed', own)).toMatchObject({ status: 200 })
    expect(await ask('127.0.0.1', '/seed', { 'sec-fetch-site': 'none' })).toMatchObject({
      status: 200,
    })
    expect(await ask('127.0.0.1', '/seed')).toMatchObject({ status: 200 })
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
