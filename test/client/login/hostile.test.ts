/** Attacks on `access-client login`: injected logins, stolen or misdirected tokens; and failed logins. */
import { chmod, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { app, edgeFixture, hosts, people } from '../../edge/applications.ts'
import { consented, mcp, oauth, oauthWorld } from '../../edge/oauth/application.ts'
import { startStub } from '../stub.ts'
import { loggedIn, type Person, personAt, realUrl, signedIn } from './command.ts'

const url = `https://${mcp}/`

function begin(person: Person, ...more: readonly string[]) {
  return person.start(['login', url, '--no-browser', ...more])
}

/** The listener's response, with any Host header. */
function answerOf(address: URL, headers = {}, method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.request(address, { headers, method, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    request.once('error', reject).end()
  })
}

describe('the callback', () => {
  test('accepts only the response to its own login, and keeps waiting', async () => {
    const edge = await oauthWorld()
    const person = await personAt(edge)
    const login = begin(person)
    const printed = await login.line
    const { searchParams } = new URL(realUrl(printed))
    const callback = new URL(String(searchParams.get('redirect_uri')))
    const state = String(searchParams.get('state'))
    const at = (query: string, path = '/callback') => new URL(`${path}?${query}`, callback)
    expect(await answerOf(at('code=theirs&state=theirs'))).toBe(400)
    expect(await answerOf(at('code=theirs'))).toBe(400)
    expect(await answerOf(at(`code=theirs&state=${state}&state=theirs`))).toBe(400)
    expect(await answerOf(at(`error=access_denied&state=x`))).toBe(400)
    expect(await answerOf(at(`code=theirs&state=${state}`, '/'))).toBe(404)
    const rebound = { host: `evil.example:${callback.port}` }
    expect(await answerOf(at(`code=theirs&state=${state}`), rebound)).toBe(403)
    expect(await answerOf(at(`code=theirs&state=${state}`), {}, 'POST')).toBe(405)
    expect((await loggedIn(edge, printed)).status).toBe(200)
    expect((await login.ended).code).toBe(0)
  })

  test('ends the login with the reason of an error, and keeps nothing', async () => {
    const edge = await oauthWorld()
    const person = await personAt(edge)
    const login = begin(person)
    const { searchParams } = new URL(realUrl(await login.line))
    const back = new URL(String(searchParams.get('redirect_uri')))
    back.searchParams.set('state', String(searchParams.get('state')))
    back.searchParams.set('error', 'invalid_request')
    back.searchParams.set('error_description', 'Redirect URI not allowed\u001b[2J')
    expect(await (await fetch(back)).text()).toContain('refused')
    expect(await login.ended).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /error: The login was refused: invalid_request \(Redirect URI not allowed\\u\{1b\}\[2J\)\. Check/,
      ),
    })
    expect(await person.kept()).toEqual([])
  })

  test('with another user’s code gets no token', async () => {
    const edge = await oauthWorld()
    const person = await personAt(edge)
    const login = begin(person)
    const { searchParams } = new URL(realUrl(await login.line))
    const back = new URL(String(searchParams.get('redirect_uri')))
    back.searchParams.set('state', String(searchParams.get('state')))
    back.searchParams.set('code', 'theirs')
    await fetch(back)
    expect(await login.ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('gave no token for the code: invalid_grant'),
    })
  })
})

test('an unfinished login ends with advice', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  for (const address of [url, `https://${hosts.P}/`]) {
    const { code, err } = await person.run(['login', address, '--no-browser', '--timeout', '1'])
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('longer --timeout') })
  }
  const wrong = await person.run(['login', url, '--timeout', '0'])
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('1 to 3600 seconds') })
})

test('an application that allows localhost alone is signed in to by that name', async () => {
  const dynamic_client_registration = { enabled: true, allow_any_on_localhost: true }
  const oauth_configuration = { ...oauth, dynamic_client_registration }
  const edge = await edgeFixture({ applications: [app(mcp, [people], { oauth_configuration })] })
  const person = await personAt(edge)
  const login = begin(person)
  const printed = await login.line
  const callback = new URL(String(new URL(realUrl(printed)).searchParams.get('redirect_uri')))
  expect([callback.protocol, callback.hostname]).toEqual(['http:', 'localhost'])
  const back = await consented(edge, realUrl(printed))
  back.hostname = '127.0.0.1'
  expect(await answerOf(back, { host: callback.host })).toBe(200)
  expect((await login.ended).code).toBe(0)
})

describe('kept logins', () => {
  test.each<[string, (folder: string, file: string) => Promise<unknown>, RegExp]>([
    ['a link in place of the file', asLink, /is a symbolic link/],
    ['a file that others can read', (_, file) => chmod(file, 0o640), /mode 640/],
    ['a folder that others can enter', (folder) => chmod(folder, 0o750), /Run first: chmod 700/],
    ['a link in place of the folder', linkedFolder, /not a folder/],
    ['a file of something else', (_, file) => writeFile(file, '{}'), /not hold a login/],
  ])('are not read from %s', async (_, spoil, problem) => {
    const edge = await oauthWorld()
    const person = await personAt(edge)
    await signedIn(edge, person, url)
    const folder = join(person.state, 'access-client', 'logins')
    const [name = ''] = await person.kept()
    await spoil(folder, join(folder, name))
    const { code, out, err } = await person.run(['fetch', url])
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(problem) })
  })

  test('are not written through a link', async () => {
    const edge = await oauthWorld()
    const person = await personAt(edge)
    await mkdir(join(person.state, 'elsewhere'))
    await symlink(join(person.state, 'elsewhere'), join(person.state, 'access-client'))
    const login = begin(person)
    await loggedIn(edge, await login.line)
    const { code, err } = await login.ended
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('Move it away') })
  })
})

async function asLink(_: string, file: string): Promise<void> {
  await rename(file, `${file}.moved`)
  await symlink(`${file}.moved`, file)
}

async function linkedFolder(folder: string): Promise<void> {
  await rename(folder, `${folder}.moved`)
  await symlink(`${folder}.moved`, folder)
}

test('of many that find the token over, one renews', async () => {
  const edge = await oauthWorld({ behaviours: { 'oauth.refresh_reuse': 'ends_grant' } })
  const person = await personAt(edge)
  await signedIn(edge, person, url)
  await edge.advance(16 * 60)
  const all = await Promise.all(Array.from({ length: 6 }, () => person.run(['fetch', url])))
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
  expect(await person.kept()).toHaveLength(1)
})

test('a login whose session has ended says so', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  await signedIn(edge, person, url)
  await edge.advance(25 * 3600)
  expect(await person.run(['fetch', url])).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/has expired\. invalid_grant .* Log in again: access-client login/),
  })
})

test('a header of the request that the token needs is not replaced', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  await signedIn(edge, person, url)
  const { code, err } = await person.run(['fetch', url, '-H', 'Authorization: Basic eDp5'])
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('has its own authorization header'),
  })
})

test('neither the token nor its renewal stand in a recording', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  await signedIn(edge, person, url)
  await edge.advance(16 * 60)
  const har = join(person.state, 'recording.har')
  expect((await person.run(['fetch', url, '--record', har])).code).toBe(0)
  const text = await readFile(har, 'utf8')
  expect(text).toContain('/cdn-cgi/access/oauth/token')
  expect(text).not.toMatch(/oauth:[\w-]{8}/)
})

describe('metadata of the application', () => {
  const challenged = (metadata: string) => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="OAuth", resource_metadata="${metadata}"` },
  })
  const place = `https://${mcp}/.well-known/cloudflare-access-protected-resource`

  test.each([
    ['on another host', 'https://evil.example/metadata', undefined, /asks a person|not ask/],
    ['about another host', place, 'https://other.example.com/', /does not describe/],
  ])('%s is not followed', async (_, metadata, resource, problem) => {
    const edge = await oauthWorld()
    const person = await personAt(edge)
    const stub = await startStub(({ path }) =>
      path === '/'
        ? challenged(metadata)
        : {
            body: JSON.stringify({ resource, authorization_servers: ['https://team.example.com'] }),
          },
    )
    const env = { ACCESS_EMULATOR_URL: stub.url }
    const { code, out, err } = await person.run(['login', url, '--no-browser'], env)
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringMatching(problem) })
    expect(stub.asked.every(({ host }) => host === mcp)).toBe(true)
  })
})

test('metadata with an issuer that is not a URL is reported', async () => {
  const edge = await oauthWorld({ behaviours: { 'oauth.issuer': 'team_domain' } })
  const person = await personAt(edge)
  const { code, err } = await person.run(['login', url, '--no-browser'])
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining(
      'describe its OAuth endpoints: Its response contains an invalid URL',
    ),
  })
})
