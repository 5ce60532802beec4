/** The summary that ends `access-emulator run`: what was refused and why, for users whose script did not show it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder, has, type Surroundings, through } from './run-program.ts'

/** A typical set-up script: it reads three variables, hides curl's output, and reports success. */
const content = `
api=https://api.cloudflare.com/client/v4
auth="Authorization: Bearer $CF_API_TOKEN"
curl -s "$api/zones/$CLOUDFLARE_ZONE_ID" -H "$auth" >/dev/null 2>&1 && echo "✅ zone"
app=$(curl -s "$api/accounts/$CF_ACCOUNT_ID/access/apps" -H "$auth" | sed 's/.*"id":"\\([0-9a-f-]\\{36\\}\\)".*/\\1/')
curl -s -X PATCH "$api/accounts/$CF_ACCOUNT_ID/access/apps/$app?name=a-secret-name" -H "$auth" \\
  -H 'Content-Type: application/json' -d '{"service_auth_401_redirect":true}' >/dev/null 2>&1 && echo "✅ application"
`
const pair =
  '-H "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" -H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET"'
const exchange = `curl -s -o /dev/null -X POST https://staging-apex.cloudcache.ai/cdn-cgi/access/service/auth ${pair}`

async function ran(flags: readonly string[], script: string, surroundings: Surroundings = {}) {
  const path = join(await folder(), 'script.sh')
  await writeFile(path, script)
  return through(['--seed', 'ticket', ...flags], ['bash', path], surroundings)
}

const isAble = has('bash', 'curl')

describe.skipIf(!isAble)('The summary', () => {
  test('names the 404 behind a green tick, its reason, and the failure mode', async () => {
    const { code, stdout, stderr } = await ran(['--profile', 'observed'], content)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '✅ zone\n✅ application\n' })
    expect(stderr).toBe(
      [
        'access-emulator: 1 of 3 requests was refused:',
        '  PATCH /client/v4/accounts/…/access/apps/… 404 7003: not an operation of the API: this path takes GET, PUT, DELETE',
        '    failure mode api-route-unknown: `access-emulator modes api-route-unknown` says more',
        '',
      ].join('\n'),
    )
  })

  test('hints at the exchange, which exists only in profile expected', async () => {
    const observed = await ran(['--profile', 'observed'], `${exchange}; ${exchange}`)
    expect(observed.stderr).toMatch(/^access-emulator: 2 of 2 requests were refused:$/m)
    expect(observed.stderr).toMatch(
      /^ {2}2 x POST staging-apex\.cloudcache\.ai\/cdn-cgi\/access\/service\/auth 404: Cloudflare Access has no POST/m,
    )
    const expected = await ran(['--profile', 'expected'], exchange)
    expect(expected.stderr).toMatch(/^access-emulator: 1 request, none refused\.$/m)
    expect(expected.stderr).toMatch(/^access-emulator: 1 answer exists only in profile "expected"/m)
    for (const { stderr } of [observed, expected]) {
      expect(stderr).toMatch(/^ {4}failure mode service-auth-absent: /m)
    }
  })

  test('names unknown credentials, and the .env that run cannot see', async () => {
    const script = `
      . ./.env
      curl -s -o /dev/null https://api.cloudflare.com/client/v4/zones -H "Authorization: Bearer $CF_API_TOKEN"
      curl -s -o /dev/null https://staging-apex.cloudcache.ai/ -H "CF-Access-Client-Id: $ID" -H "CF-Access-Client-Secret: $SECRET"`
    const cwd = await folder()
    const own = { token: 'a-token-of-somebody-in-an-env-file', secret: 'a-secret-of-somebody' }
    const lines = [`CF_API_TOKEN=${own.token}`, 'ID=1234.access', `SECRET=${own.secret}`]
    await writeFile(join(cwd, '.env'), lines.join('\n'))
    const file = join(cwd, 'summary.json')
    const { stderr } = await ran(['--profile', 'observed', '--summary', file], script, { cwd })
    expect(stderr).toMatch(/GET \/client\/v4\/zones 403 10000: unknown credentials/)
    expect(stderr).toMatch(
      /^access-emulator: 2 requests used credentials that belong to no account here\..*\.env file.*--seed FILE/m,
    )
    const all = stderr + (await readFile(file, 'utf8'))
    for (const secret of Object.values(own)) expect(all).not.toContain(secret)
  })

  test('says what the proxy refused, what was sent to the login, and that nothing came', async () => {
    const asked = await ran(
      ['--profile', 'observed'],
      'curl -s https://elsewhere.example/; curl -s -o /dev/null https://staging-apex.cloudcache.ai/',
    )
    expect(asked.stderr).toMatch(
      /^ {2}CONNECT elsewhere\.example 403: the emulator does not serve "elsewhere\.example".*--passthrough/m,
    )
    expect(asked.stderr).toMatch(/^access-emulator: 1 request was sent to the login page:$/m)
    const nothing = await ran([], 'true')
    expect(nothing.stderr).toMatch(/^access-emulator: no request reached the emulator\./)
  })

  test('is sentences alone, whatever there is to say, and leaves the exit code', async () => {
    const { code, stderr } = await ran([], `${exchange}; exit 7`)
    expect(code).toBe(7)
    expect(stderr).toMatch(/^access-emulator: this answer exists only in profile "expected"/)
    expect(stderr).not.toMatch(/[{}]/)
  })

  test('--quiet leaves it out', async () => {
    const jobSummary = join(await folder(), 'job.md')
    const env = { GITHUB_STEP_SUMMARY: jobSummary }
    const { stderr } = await ran(['--quiet', '--profile', 'observed'], content, { env })
    expect(stderr).toBe('')
    await expect(readFile(jobSummary)).rejects.toThrow('ENOENT')
  })

  test('--summary writes JSON, and the page of a CI job gets a table', async () => {
    const at = await folder()
    const [file, jobSummary] = [join(at, 'summary.json'), join(at, 'job.md')]
    await writeFile(jobSummary, 'before\n')
    await ran(['--profile', 'observed', '--summary', file], content, {
      env: { GITHUB_STEP_SUMMARY: jobSummary },
    })
    const text = await readFile(file, 'utf8')
    expect(text).not.toContain('a-secret-name')
    expect(JSON.parse(text)).toMatchObject({
      ...{ exit_code: 0, profile: 'observed', seed: 'ticket' },
      ...{ requests: 3, refused: 1, expected_only: 0, foreign_credentials: 0 },
      kinds: [
        {
          ...{ outcome: 'refused', count: 1, method: 'PATCH', status: 404, code: 7003 },
          ...{ reason: 'route_unknown', mode: 'api-route-unknown' },
          path: '/client/v4/accounts/…/access/apps/…',
        },
      ],
    })
    const page = await readFile(jobSummary, 'utf8')
    expect(page).toMatch(/^before\n### Cloudflare Access emulator/)
    expect(page).toContain('1 of 3 requests was refused.')
    expect(page).toMatch(/^\| 1 \| <code>PATCH .*<\/code> \| 404 7003 \| Not an operation/m)
    expect(page).not.toContain('a-secret-name')
  })

  test('a file that cannot be written is reported as a failure', async () => {
    const { code, stderr } = await ran(['--summary', '/dev/null/x'], 'true')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^access-emulator: cannot write the summary to \/dev\/null\/x/m)
  })
})
