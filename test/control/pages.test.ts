/** The HTML pages of the control API: requests, and the reasons for their responses. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../emulator/index.ts'

const at = '2026-01-02T03:04:05Z'
let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ profile: 'observed', seed: 'example', at, entropy: 'pages' })
})
beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

async function page(path = '') {
  const answer = await fetch(`${emulator.url}/__access${path}`)
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

/** Sends a request to an application and returns its ray. */
async function visit(path: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await emulator.fetch(emulator.urlFor(`machines.example.com${path}`), {
    headers,
    redirect: 'manual',
  })
  await answer.text()
  return answer.headers.get('cf-ray') ?? ''
}

/** As `visit`, with a path that no browser would send: nothing in it is encoded. */
async function visitRaw(path: string): Promise<string> {
  const { port } = new URL(emulator.url)
  const sent = get({ host: '127.0.0.1', port, path, headers: { host: 'machines.example.com' } })
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return String(answer.headers['cf-ray'])
}

const rowsOf = (text: string) => text.match(/<li id="r-[\s\S]*?<\/li>/g) ?? []

describe('The journal', () => {
  test('says so while there are no requests', async () => {
    const { status, headers, text } = await page()
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
    expect(text).toContain('No requests yet')
    expect(text).toMatch(/profile <b>observed<\/b> · seed <b>example<\/b>/)
    expect(text).toContain('clock 2026-01-02T03:04:05Z (frozen)')
  })

  test('has each request with its reason, the newest first, and leads to its page', async () => {
    await visit('/first')
    const ray = await visit('/second', {
      'CF-Access-Client-Id': 'a',
      'CF-Access-Client-Secret': 'b',
    })
    const [newest, oldest] = rowsOf((await page()).text)
    expect(newest).toContain('machines.example.com/second')
    expect(newest).toMatch(/bad">403</)
    expect(newest).toContain('service token invalid')
    expect(oldest).toContain('machines.example.com/first')
    expect(oldest).toContain('no service token')
    const link = /href="\/__access([^"]*)"/.exec(newest ?? '')?.[1] ?? ''
    expect(link).toContain(ray)
    expect((await page(link)).text).toContain(ray)
  })

  test('shortens a long address, which its page has whole', async () => {
    const long = `/${'a'.repeat(300)}`
    const ray = await visit(long)
    const [row] = rowsOf((await page()).text)
    expect(row).toContain('aaa…</a>')
    expect(row).not.toContain(long)
    expect((await page(`/requests/${ray}`)).text).toContain(`GET machines.example.com${long}`)
  })

  test('says of an admitted token that its policy admits it', async () => {
    const { cookie } = await emulator.control.createSession({
      body: { email: 'ada@example.com', application: 'wiki.example.com' },
    })
    const address = emulator.urlFor('wiki.example.com')
    await emulator.fetch(address, { headers: { cookie: cookie ?? '' } })
    const [row] = rowsOf((await page()).text)
    expect(row).toContain('<b class="good">pass</b> admits')
  })

  test('can be of one host, and follow what comes', async () => {
    await visit('/')
    await emulator.fetch(emulator.urlFor('nothing.example.com'))
    expect(rowsOf((await page('?host=machines.example.com')).text)).toHaveLength(1)
    expect(rowsOf((await page()).text)).toHaveLength(2)
    expect((await page()).text).not.toContain('http-equiv')
    expect((await page('?refresh=5')).text).toContain('<meta http-equiv="refresh" content="5">')
    expect(await page('?refresh=0')).toMatchObject({ status: 400 })
  })

  test('names what is overridden, and the other accounts', async () => {
    await emulator.control.setMode({ params: { id: 'token-expired' } })
    await emulator.control.setBehaviours({ body: { 'certs.order': 'current_first' } })
    const other = await emulator.control.createAccount({ body: { name: 'Other <account>' } })
    const { text } = await page()
    expect(text).toContain('failure modes set: <code>token-expired</code>')
    expect(text).toContain('certs.order=current_first')
    expect(text).toContain(`<a href="/__access?account=${other.id}">Other &lt;account&gt;</a>`)
    expect((await page(`?account=${other.id}`)).text).toContain('No requests yet')
    await emulator.control.deleteAccount({ query: { account: other.id } })
  })
})

describe('The page of a request', () => {
  test('says why, step by step, and what would let it in', async () => {
    const { status, text } = await page(
      `/requests/${await visit('/x', { 'CF-Access-Client-Id': 'a', 'CF-Access-Client-Secret': 'b' })}`,
    )
    expect(status).toBe(200)
    expect(text).toContain('Verdict <b class="bad">deny</b>')
    expect(text).toContain('<code>include.0.service_token</code>')
    expect(text).toMatch(/<h2>It would pass if<\/h2><ul><li>send the service token &quot;/)
  })

  test('of an admitted request has nothing to add', async () => {
    const [pair] = emulator.account.service_tokens
    const ray = await visit('/', {
      'CF-Access-Client-Id': pair?.client_id ?? '',
      'CF-Access-Client-Secret': pair?.client_secret ?? '',
    })
    const { text } = await page(`/requests/${ray.slice(0, 16)}`)
    expect(text).toContain('Verdict <b class="good">pass</b>')
    expect(text).not.toContain('It would pass if')
  })

  test('is 404 if the journal has no such ray', async () => {
    const { status, text } = await page('/requests/0000000000000000')
    expect(status).toBe(404)
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'unknown' } })
  })
})

const ownScript = '<script src="/__access/dashboard.js" defer></script>'

describe('What a request says', () => {
  const hostile = `<script>alert(1)</script>"'&`

  test('is shown as text, on both pages', async () => {
    const ray = await visitRaw(`/?q=${hostile}`)
    await emulator.control.setFaults({
      body: [{ mode: hostile, at: 'gate', effect: { kind: 'status', status: 418 } }],
    })
    const bent = await visit('/')
    for (const path of ['', `/requests/${ray}`, `/requests/${bent}`]) {
      const { text } = await page(path)
      expect(text.replace(ownScript, '')).not.toContain('<script')
      expect(text).toContain('&lt;script&gt;')
    }
  })

  test('could load nothing and run nothing else, even if it were not', async () => {
    const { headers, text } = await page()
    const policy = headers.get('content-security-policy')
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'sha256-[\w+/]+=*'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    expect(policy).not.toContain('unsafe')
    expect(text).not.toMatch(/ (style|on\w+)=/)
    expect(headers.get('cache-control')).toBe('no-store')
  })
})
