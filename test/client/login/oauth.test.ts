/** `access-client login` at an application with Managed OAuth, and `fetch` with the stored login. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fetchAsPerson, targetFrom } from '../../../client/index.ts'
import { proofKey } from '../../../client/login/proof-key.ts'
import { browser, pinOn } from '../../edge/login/browser.ts'
import { ada, last } from '../../edge/login/person.ts'
import { mcp, oauthWorld } from '../../edge/oauth/application.ts'
import { startStub } from '../stub.ts'
import { loggedIn, personAt, realUrl, signedIn } from './command.ts'

const url = `https://${mcp}/`

test('a person signs in, the token is kept for them alone, and fetch uses it', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  const login = person.start(['login', url, '--no-browser'])
  const printed = await login.line
  const { searchParams } = new URL(realUrl(printed))
  expect(Object.fromEntries(searchParams)).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    resource: expect.stringMatching(/^https:\/\/mcp\.example\.com/),
  })
  const page = await loggedIn(edge, printed)
  expect([page.status, await page.text()]).toEqual([
    200,
    'access-client has received the login. You can close this window.\n',
  ])
  const { code, out, err } = await login.ended
  expect({ code, out }).toEqual({ code: 0, out: `${printed}\n` })
  expect(err).toMatch(
    /^Signed in at https:\/\/mcp\.example\.com\. The token is stored in .*\.json\n$/,
  )

  const [name = ''] = await person.kept()
  const folder = join(person.state, 'access-client', 'logins')
  const file = join(folder, name)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  for (const each of [folder, join(folder, '..')]) {
    expect((await stat(each)).mode & 0o777).toBe(0o700)
  }
  const { access_token } = JSON.parse(await readFile(file, 'utf8'))
  expect(access_token).toMatch(/^oauth:/)
  expect(err).not.toContain(access_token)

  const fetched = await person.run(['fetch', url])
  expect(fetched).toMatchObject({
    code: 0,
    err: expect.stringContaining('GET https://mcp.example.com/ with the login returned 200'),
  })
  expect(JSON.parse(fetched.out).headers['cf-access-authenticated-user-email']).toBe(ada)
})

test('without a login and without a pair, fetch says how to get either', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  const { code, err } = await person.run(['fetch', url])
  expect(code).toBe(2)
  expect(err).toContain(
    'Set CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET, or run: access-client login https://mcp.example.com/',
  )
})

test('a flag for the exchange of a pair is not answered with a login', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  await signedIn(edge, person, url)
  for (const command of ['fetch', 'token']) {
    const { code, out, err } = await person.run([command, url, '--strategy', 'headers'])
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining('The client id of the service token is missing'),
    })
  }
})

test('renews the access token when its time is over, and when the edge refuses it', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  expect(await signedIn(edge, person, url)).toMatchObject({ code: 0 })
  await edge.advance(16 * 60)
  const { code, out, err } = await person.run(['fetch', url])
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/returned 401.*\n.*returned 200/),
  })
  expect(JSON.parse(out).headers['cf-access-authenticated-user-email']).toBe(ada)
})

test('a program uses the login by fetchAsPerson, and at no other origin', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  const options = {
    target: targetFrom({ emulator: edge.emulator.url }),
    env: { XDG_STATE_HOME: person.state },
  }
  expect(await fetchAsPerson(url, options)).toBeUndefined()
  await signedIn(edge, person, url)
  const asPerson = await fetchAsPerson(url, options)
  const answer = await asPerson?.(`${url}reports`)
  expect(await answer?.json()).toMatchObject({
    path: '/reports',
    headers: { 'cf-access-authenticated-user-email': ada },
  })
  await expect(asPerson?.('https://other.example.com/')).rejects.toThrow(
    'The login is for https://mcp.example.com, not for https://other.example.com.',
  )
})

test('no challenge begins with a character that Cloudflare may take for no S256', async () => {
  const keys = await Promise.all(Array.from({ length: 400 }, proofKey))
  expect(keys.filter(({ challenge }) => !/^[0-9A-Za-z][\w-]{42}$/.test(challenge))).toEqual([])
  expect(new Set(keys.map(({ verifier }) => verifier)).size).toBe(400)
})

describe('the browser', () => {
  /** Stands in for the desktop's opener, and reports the URL to open. */
  async function opener(folder: string, script: string) {
    const file = join(folder, 'xdg-open')
    await writeFile(file, `#!${process.execPath}\n${script}`, { mode: 0o700 })
    return { PATH: folder }
  }
  const skip = process.platform !== 'linux'

  test.skipIf(skip)('is opened at an address that needs no proxy and no certificate', async () => {
    const edge = await oauthWorld()
    const person = await personAt(edge)
    let open: (address: string) => void = () => undefined
    const opened = new Promise<string>((resolve) => {
      open = resolve
    })
    const stub = await startStub(({ body }) => {
      open(body)
      return {}
    })
    const env = await opener(
      person.state,
      `fetch('${stub.url}', { method: 'POST', body: process.argv[2] })`,
    )
    const login = person.start(['login', url], env)
    const address = await opened
    const { port } = edge.emulator
    expect(address.startsWith(`http://team.cloudflareaccess.com.localhost:${port}/`)).toBe(true)
    const visitor = browser(edge.emulator)
    const asked = last(await visitor.follow(await visitor.get(address)))
    expect(asked.url.host).toBe(`team.cloudflareaccess.com.localhost:${port}`)
    const pin = last(await visitor.follow(await visitor.submit(asked, { email: ada })))
    let page = await visitor.submit(pin, { code: pinOn(pin) })
    while (page.location?.hostname.endsWith('.localhost')) page = await visitor.get(page.location)
    expect((await fetch(String(page.location))).status).toBe(200)
    const { code, out, err } = await login.ended
    expect({ code, out }).toEqual({ code: 0, out: '' })
    expect(err).toContain(`open this URL yourself:\n${address}\nSigned in`)
  })

  test.skipIf(skip)('that cannot be opened is said, and the address is there', async () => {
    const edge = await oauthWorld()
    const person = await personAt(edge)
    const env = { PATH: '/nowhere' }
    const { err } = await person.run(['login', url, '--timeout', '1'], env)
    expect(err).toMatch(/http:\/\/team.*\nnote: No browser could be started\.\nerror: Timed out/)
  })
})
