/** `access-client login` at an application with Managed OAuth, and `fetch` with what it keeps. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ada } from '../../login/person.ts'
import { mcp, oauthWorld } from '../../oauth/application.ts'
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
    'The login has reached access-client. You may close this window.\n',
  ])
  const { code, out, err } = await login.ended
  expect({ code, out }).toEqual({ code: 0, out: `${printed}\n` })
  expect(err).toMatch(
    /^Signed in at https:\/\/mcp\.example\.com\. The token is kept in .*\.json\n$/,
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
    err: expect.stringContaining('GET https://mcp.example.com/ with the login answered 200'),
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

test('renews the access token when its time is over, and when the edge refuses it', async () => {
  const edge = await oauthWorld()
  const person = await personAt(edge)
  expect(await signedIn(edge, person, url)).toMatchObject({ code: 0 })
  await edge.advance(16 * 60)
  const { code, out, err } = await person.run(['fetch', url])
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/answered 401.*\n.*answered 200/),
  })
  expect(JSON.parse(out).headers['cf-access-authenticated-user-email']).toBe(ada)
})
