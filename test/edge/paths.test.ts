/** Which application covers a host and path, and that no spelling of a path evades it. */
import { expect, test } from 'vitest'
import { app, everyone, loginOf, policy, sharedEdge, theNamed } from './applications.ts'

const machines = policy('non_identity', theNamed)
const applications = [
  app('site.example.com/admin', [machines]),
  app('site.example.com/admin/public', [policy('bypass', everyone)]),
  app('*.wild.example.com', [machines]),
  app('exact.wild.example.com', [policy('bypass', everyone)]),
  app('people.example.com/wiki', [policy('allow', everyone)]),
]

const edge = sharedEdge({ profile: 'observed', applications })

/** Whether a path is covered: the applications here refuse, uncovered paths reach the origin. */
const covered = async (host: string, path: string) => {
  const { status } = await edge().send(host, { path })
  return status === 403
}

/** How a path is read, and what a destination covers, has its tables in test/access. */
test.each<[string, boolean]>([
  ['/admin?a=b', true],
  ['///admin///users', true],
  ['/public/..//admin/./x', true],
  ['/%61%64%6d%69%6e', true],
  ['/x/%2E%2E%2Fadmin', true],
  ['/x/..%5cadmin', true],
  ['/admin/public%2f..%2fusers', true],
  ['http://site.example.com/admin', true],
  ['https://SITE.example.com:443//admin', true],
  ['/', false],
  ['/administrator', false],
  ['/admin/../other', false],
  ['/?path=/admin', false],
])('%s is covered: %s', async (path, expected) => {
  expect(await covered('site.example.com', path)).toBe(expected)
})

test.each([
  ['/admin/public', '/admin/public'],
  ['//admin///public/./x', '/admin/public/x'],
  ['/admin/x/%2e%2e/public', '/admin/public'],
  ['/admin%2Fpublic', '/admin/public'],
  ['/a%20b/%c3%a4?q=%2e%2e//', '/a%20b/%C3%A4?q=%2e%2e//'],
])('%s is matched and forwarded as one path, %s', async (path, forwarded) => {
  const { status, echo } = await edge().send('site.example.com', { path })
  expect([status, echo.path]).toEqual([200, forwarded])
})

test.each(['/%', '/%zz', '/a%00b', '/a%0d%0ab', '*'])('%s is no path', async (path) => {
  const { status, headers } = await edge().send('site.example.com', { path })
  expect(status).toBe(400)
  expect(headers['cf-ray']).toMatch(/^[0-9a-f]{16}-/)
})

test('the name in an absolute target decides, and Host does not', async () => {
  const path = 'http://site.example.com/admin'
  expect(await covered('other.example.com', path)).toBe(true)
  expect(await covered('site.example.com', 'http://other.example.com/admin')).toBe(false)
  const { echo } = await edge().send('site.example.com', { path: 'http://other.example.com/admin' })
  expect(echo.headers.host).toBe('other.example.com')
})

test('a target that begins with a backslash is refused', async () => {
  expect((await edge().send('site.example.com', { path: '\\admin' })).status).toBe(400)
})

test.each([
  ['ONE.Wild.Example.com.', true],
  ['one.wild.example.com:8443', true],
  ['wild.example.com', false],
  ['exact.wild.example.com', false],
])('the host %s is covered: %s', async (host, expected) => {
  expect(await covered(host, '/')).toBe(expected)
})

test('the login of a path-scoped application names the host only, and returns to the path', async () => {
  const answer = await edge().send('people.example.com', { path: '/wiki/a?b=c&d=%20e' })
  expect(loginOf(answer)).toMatchObject({
    page: 'https://team.cloudflareaccess.com/cdn-cgi/access/login/people.example.com',
    redirect_url: '/wiki/a?b=c&d=%20e',
    meta: { hostname: 'people.example.com', redirect_url: '/wiki/a?b=c&d=%20e' },
  })
  expect(answer.headers['www-authenticate']).toMatch(/protected-resource\/wiki\/a"$/)
})

test('Access’s own paths are its own under every spelling', async () => {
  for (const path of [
    '/cdn-cgi/access/certs',
    '//cdn-cgi/./access/%63erts',
    '/x/../cdn-cgi%2faccess/certs',
  ]) {
    const { status, text } = await edge().send('site.example.com', { path })
    expect([path, status, Object.keys(JSON.parse(text))]).toEqual([
      path,
      200,
      ['keys', 'public_cert', 'public_certs'],
    ])
  }
})
