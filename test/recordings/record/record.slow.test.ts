/** `access-emulator record`: any program to the real servers and back, and the resulting file. */

import { readFile, stat, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { transferHosts } from '../../../contracts/edge/cloudflared.ts'
import { createEmulator } from '../../../emulator/index.ts'
import { folder, has, start } from '../../commands/run/run-program.ts'
import { run } from '../../network/server.ts'
import { api, application, entriesOf, live, outlineOf, record, shell, team } from './recording.ts'

const withPair =
  '-H "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" -H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET"'
const withToken = '-H "Authorization: Bearer $CLOUDFLARE_API_TOKEN"'
const status = `curl -sS -o /dev/null -w '%{http_code} %{http_version}\\n'`

describe.skipIf(!has('bash', 'curl'))('what curl asks', () => {
  test.each([
    ['--http1.1', '1.1'],
    ['--http2', '2'],
  ])(
    'is answered as by the real servers, and again by an emulator that replays it: %s',
    async (flag, version) => {
      const world = await live()
      const tokens = `${api}/accounts/${world.emulator.account.id}/access/service_tokens`
      const { code, stdout, stderr, file } = await record(
        world,
        shell(
          `${status} ${flag} ${withToken} ${tokens}`,
          `${status} ${flag} ${withPair} ${application}/hello`,
          `${status} ${flag} ${application}/hello`,
          `${status} ${flag} -I ${application}/`,
          `${status} ${flag} ${team}/cdn-cgi/access/certs`,
          `${status} ${flag} -X POST ${application}/cdn-cgi/access/service/auth`,
          `curl -sS ${flag} ${application}/`,
        ),
      )
      const page = await (await world.emulator.fetch(`${application}/`)).text()
      expect(stdout.match(/^\d{3} [\d.]+$/gm)).toEqual(
        [200, 200, 403, 403, 200, 404].map((each) => `${each} ${version}`),
      )
      expect(withoutRays(stdout)).toContain(withoutRays(page))
      expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 0, lines: 1 })
      expect(stderr).toMatch(
        /recorded 7 exchanges with api\.cloudflare\.com, example-team\.cloudflareaccess\.com, machines\.example\.com in \S+world\.har \(\d+ values redacted\)\. Replay: access-emulator start --replay/,
      )
      const outline = await outlineOf(file)
      expect(outline.slice(0, 3)).toEqual([
        `GET ${tokens} 200`,
        `GET ${application}/hello 200`,
        `GET ${application}/hello 403`,
      ])

      const again = await createEmulator({ seed: 'example', profile: 'strict', replay: file })
      onTestFinished(() => again.close())
      for (const { request, response } of await entriesOf(file)) {
        const answer = await again.fetch(request.url, {
          method: request.method,
          redirect: 'manual',
          headers: { authorization: `Bearer ${world.token}` },
        })
        expect([request.url, answer.status]).toEqual([request.url, response.status])
        expect(answer.headers.get('access-emulator-evidence')).toBe('recorded')
        expect(await answer.text()).toBe(response.content.text)
      }
    },
  )
})

test.skipIf(!has('curl'))(
  'An answer arrives as it was sent: every header, no redirect followed, HEAD without a body',
  async () => {
    const world = await live((_, response) => {
      response.writeHead(302, 'Over there', [
        ...['X-Odd-Case', 'kept'],
        ...['Set-Cookie', 'a=1; Path=/', 'Set-Cookie', 'b=2; Path=/'],
        ...['Location', 'https://elsewhere.example.org/?x=1'],
        ...['Content-Length', '4'],
      ])
      response.end('body')
    })
    const asked = `curl -sS --http1.1 -D - ${withPair} ${application}/`
    const { stdout, file } = await record(world, shell(asked, asked.replace('-D -', '-I')))
    for (const line of [
      'HTTP/1.1 302 Over there',
      'X-Odd-Case: kept',
      'Set-Cookie: a=1; Path=/',
      'Set-Cookie: b=2; Path=/',
      'Location: https://elsewhere.example.org/?x=1',
      'Content-Length: 4',
    ]) {
      expect(stdout.split(`${line}\r\n`).length - 1, line).toBe(2)
    }
    expect(stdout.match(/body/g)).toHaveLength(1)
    expect(await outlineOf(file)).toEqual([`GET ${application}/ 302`, `HEAD ${application}/ 302`])
  },
)

function withoutRays(text: string): string {
  return text.replaceAll(/[0-9a-f]{16}/g, 'ray').trim()
}

test.skipIf(!has('bash', 'curl'))('A stream begins before it ends', async () => {
  let end = () => {}
  const world = await live((request, response) => {
    if (request.url === '/end') {
      end()
      response.end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-early': 'yes' })
    response.flushHeaders()
    end = () => response.end('data: last\n\n')
  })
  const { stdout, file } = await record(
    world,
    shell(
      `curl -sSN -D "$HEADERS" ${withPair} ${application}/stream &`,
      'until grep -q x-early "$HEADERS"; do sleep 0.05; done 2>/dev/null',
      `curl -sS ${withPair} ${application}/end`,
      'wait',
    ).map((text) => text.replaceAll('$HEADERS', `${world.stateHome}/headers`)),
  )
  expect(stdout).toBe('data: last\n\n')
  expect((await outlineOf(file)).toSorted()).toEqual([
    `GET ${application}/end 200`,
    `GET ${application}/stream 200`,
  ])
})

test('What Node asks is recorded, though it knows no proxy', async () => {
  const world = await live()
  const script = `fetch('${application}/').then(({ status }) => console.log(status))`
  const { stdout, file } = await record(world, [process.execPath, '-e', script])
  expect(stdout).toBe('403\n')
  expect(await outlineOf(file)).toEqual([`GET ${application}/ 403`])
})

describe.skipIf(!has('bash', 'curl'))('the file', () => {
  test('is its owner’s alone and holds no secret, wherever it stood', async () => {
    const setCookie = 'planted-set-cookie-000001'
    const world = await live((request, response) => {
      response.setHeader('set-cookie', [`sid=${setCookie}; Path=/`, 'theme=dark; Path=/'])
      response.setHeader('content-type', 'application/json')
      request.setEncoding('utf8')
      let body = ''
      request.on('data', (piece: string) => {
        body += piece
      })
      request.on('end', () => response.end(JSON.stringify({ headers: request.headers, body })))
    })
    const answer = await world.emulator.fetch(application, {
      headers: {
        'cf-access-client-id': world.pair.client_id,
        'cf-access-client-secret': world.pair.client_secret,
      },
    })
    const jwt = /CF_Authorization=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? ''
    expect(jwt).toMatch(/^eyJ/)
    const planted = {
      query: 'planted-in-the-query-0001',
      form: 'planted in the form 0002',
      json: 'planted-in-json-0003',
      cookie: 'planted-in-a-cookie-0004',
      header: 'planted-in-a-header-0005',
    }
    const { code, file } = await record(
      { env: { ...world.env, JWT: jwt } },
      shell(
        `curl -sS ${withPair} '${application}/a?api_key=${planted.query}&page=2'`,
        `curl -sS ${withPair} -H "Cookie: CF_Authorization=$JWT; other=${planted.cookie}" ${application}/b`,
        `curl -sS ${withPair} -H 'X-Api-Key: ${planted.header}' --data-urlencode 'password=${planted.form}' ${application}/c`,
        `curl -sS ${withPair} -H 'content-type: application/json' -d '{"deep":[{"client_secret":"${planted.json}"}]}' ${application}/d`,
        `curl -sS ${withToken} ${api}/user/tokens/verify`,
      ),
    )
    expect(code).toBe(0)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const text = await readFile(file, 'utf8')
    const secrets = [
      ...Object.values(planted),
      ...[jwt, setCookie, world.token, world.pair.client_secret],
      jwt.split('.')[2] ?? '',
    ]
    for (const secret of secrets) {
      for (const shape of [secret, encodeURIComponent(secret), secret.replaceAll(' ', '+')]) {
        expect(text).not.toContain(shape)
      }
    }
    expect(text).toContain('page=2')
    expect(text).toContain(world.pair.client_id)
    expect(text).toContain('theme=[cookie#')
    expect((await entriesOf(file)).length).toBe(5)
  })

  test('reads what was encoded, and says which bodies it leaves out', async () => {
    const secret = 'planted-in-gzip-000000001'
    const answers: Readonly<Record<string, { body: Buffer; encoding?: string }>> = {
      '/gzip': { body: gzipSync(`{"client_secret":"${secret}","kept":"yes"}`), encoding: 'gzip' },
      '/large': { body: Buffer.alloc(1_500_000, 'a') },
      '/bomb': { body: gzipSync(Buffer.alloc(1_500_000, 'a')), encoding: 'gzip' },
      '/binary': { body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
    }
    const world = await live((request, response) => {
      const { body, encoding } = answers[request.url ?? ''] ?? { body: Buffer.from('') }
      if (encoding !== undefined) response.setHeader('content-encoding', encoding)
      response.end(body)
    })
    const paths = Object.keys(answers)
    const { stdout, stderr, file } = await record(
      world,
      shell(
        ...paths.map(
          (path) =>
            `curl -sS -H 'accept-encoding: gzip, zstd' ${withPair} ${application}${path} | wc -c`,
        ),
      ),
    )
    const lengths = stdout.trim().split(/\s+/).map(Number)
    expect(lengths).toEqual(paths.map((path) => answers[path]?.body.length))
    const contents = (await entriesOf(file)).map(({ response }) => response.content)
    expect(contents[0]?.text).toMatch(/^{"client_secret":"\[client_secret#\d\]","kept":"yes"}$/)
    expect(contents.slice(1).map(({ size, text, comment }) => ({ size, text, comment }))).toEqual([
      { size: 1_500_000, text: undefined, comment: 'longer than 1 MiB' },
      { size: answers['/bomb']?.body.length, text: undefined, comment: 'longer than 1 MiB' },
      { size: 4, text: undefined, comment: 'not UTF-8 text' },
    ])
    expect(stderr).toContain('3 bodies left out')
    expect(await readFile(file, 'utf8')).not.toContain(secret)
  })

  test('is appended to, and a foreign file stays unchanged', async () => {
    const world = await live()
    const ask = shell(`${status} ${application}/`)
    const { file } = await record(world, ask)
    await record(world, ask, undefined, file)
    expect(await outlineOf(file)).toEqual([`GET ${application}/ 403`, `GET ${application}/ 403`])
    const foreign = '{"log":{"creator":{"name":"a browser"},"entries":[]}}'
    await writeFile(file, foreign)
    const refused = await record(world, shell('echo ran'), undefined, file)
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(
      /^access-emulator: [^\n]+is not a recording of access-emulator[^\n]+\n$/,
    )
    expect(await readFile(file, 'utf8')).toBe(foreign)
  })
})

describe.skipIf(!has('bash', 'curl'))('what is refused', () => {
  test('writes to the API without --allow-writes, in its envelope, and they do not arrive', async () => {
    const world = await live()
    const tags = `${api}/accounts/${world.emulator.account.id}/access/tags`
    const write = `curl -sS ${withToken} -H 'content-type: application/json' -d '{"name":"new"}' -w '\\n%{http_code}\\n' ${tags}`
    const refused = await record(world, shell(write))
    const [body = '', code] = refused.stdout.trim().split('\n')
    expect(code).toBe('403')
    expect(JSON.parse(body)).toMatchObject({
      success: false,
      errors: [{ message: expect.stringContaining('--allow-writes') }],
    })
    expect((await world.emulator.control.readJournal()).result).toEqual([])
    expect(await entriesOf(refused.file)).toEqual([])

    const allowed = await record(world, shell(write), ['--allow-writes'])
    expect(allowed.stdout).toMatch(/\n20[01]\n$/)
    expect(await outlineOf(allowed.file)).toEqual([expect.stringMatching(/^POST .*tags 20[01]$/)])
  })

  test('other names, whatever the client, and requests that are not for a proxy', async () => {
    const world = await live()
    const { stdout, file } = await record(
      world,
      shell(
        `curl -s -o /dev/null -w '%{http_connect}\\n' https://example.net/`,
        `curl -s http://example.net/; echo`,
        `curl -s -o /dev/null -w '%{http_connect}\\n' https://machines.example.com/`,
        `curl -s -H 'Host: api.cloudflare.com' "$HTTPS_PROXY/client/v4/user"; echo`,
      ),
      ['--host', 'wiki.example.com'],
    )
    const [connect, plain = '', unlisted, direct = ''] = stdout.trim().split('\n')
    expect([connect, unlisted]).toEqual(['403', '403'])
    expect(JSON.parse(plain)).toMatchObject({
      error: {
        code: 'proxy_name_refused',
        message: expect.stringContaining('--host example.net'),
        names: [
          'api.cloudflare.com',
          '*.cloudflareaccess.com',
          ...transferHosts,
          'wiki.example.com',
        ],
      },
    })
    expect(JSON.parse(direct)).toMatchObject({ error: { code: 'proxy_only' } })
    expect(await entriesOf(file)).toEqual([])
  })

  test('a Host that differs from the requested name: the request goes to that name', async () => {
    const world = await live()
    const { stdout, file } = await record(
      world,
      shell(
        `${status} -X POST -H 'Host: api.cloudflare.com' http://machines.example.com/client/v4/user/tokens`,
      ),
    )
    expect(stdout).toBe('403 1.1\n')
    expect(await outlineOf(file)).toEqual([`POST ${application}/client/v4/user/tokens 403`])
    const { result } = await world.emulator.control.readJournal()
    expect(result.map(({ host }) => host)).toEqual(['machines.example.com'])
  })

  test('a WebSocket, with the word that it is not recorded', async () => {
    const world = await live()
    const { stdout } = await record(
      world,
      shell(
        `curl -sS --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' -w '\\n%{http_code}' ${application}/`,
      ),
    )
    expect(stdout).toMatch(/upgrade_not_recorded[^\n]+\n501$/)
  })

  test('a server with an untrusted certificate: 502, with the reason', async () => {
    const world = await live()
    const { NODE_EXTRA_CA_CERTS: _, ...env } = world.env
    const { stdout, file } = await record(
      { env: { ...env, NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
      shell(`curl -sS -w '\\n%{http_code}' ${application}/`),
    )
    expect(stdout).toMatch(/upstream_failed[^\n]+NODE_EXTRA_CA_CERTS[^\n]+\n502$/)
    expect(await outlineOf(file)).toEqual([`GET ${application}/ 0`])
  })
})

describe('the command', () => {
  test.each([
    ['the command’s own', ['sh', '-c', 'exit 7'], 7],
    ['127 where there is no such command', ['no-such-command-here'], 127],
  ])('ends with %s', async (_, program, code) => {
    const ran = await record({ env: {} }, program)
    expect(ran.code).toBe(code)
    expect(ran.stderr).toContain('nothing to record')
    if (code === 127) expect(ran.stderr).toContain('cannot run no-such-command-here')
  })

  test.each([
    ['a host that is an address', ['--host', '127.0.0.1'], 'is not a host name to record'],
    [
      'a host that is a URL',
      ['--host', 'https://app.example.com/'],
      'is not a host name to record',
    ],
    ['a pattern that is too wide', ['--host', '*.com'], 'is not a host name to record'],
    ['a port that is not a number', ['--port', 'x'], 'is not a port'],
  ])('ends with 2 and one line for %s', async (_, flags, words) => {
    const { code, stdout, stderr } = await record({ env: {} }, ['echo', 'ran'], flags)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(words)])
  })

  test('passes on the environment unchanged except for proxy and trust', async () => {
    const print = [
      'sh',
      '-c',
      'echo "$CLOUDFLARE_API_TOKEN $MINE $HTTPS_PROXY $(printenv CLOUDFLARE_BASE_URL || echo none)"',
    ]
    const env = { CLOUDFLARE_API_TOKEN: 'a-token-of-mine', MINE: 'kept' }
    const { stdout } = await record({ env }, print)
    expect(stdout).toMatch(/^a-token-of-mine kept http:\/\/127\.0\.0\.1:\d+ none\n$/)
  })

  test.skipIf(!has('bash', 'curl'))(
    'ends with 1 if the recording could not be written',
    async () => {
      const world = await live()
      const place = await folder()
      const program = shell(`rm -r ${place}`, `${status} ${application}/`)
      const { code, stdout, stderr } = await record(world, program, undefined, `${place}/world.har`)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '403 2\n' })
      expect(stderr).toContain('cannot be written (ENOENT)')
      expect(stderr).not.toContain('Replay:')
    },
  )

  test('fails for a file that cannot be written, before anything runs', async () => {
    const { code, stdout, stderr } = await record(
      { env: {} },
      ['echo', 'ran'],
      [],
      '/dev/null/x.har',
    )
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(
      /^access-emulator: \/dev\/null\/x\.har cannot be (read|written)[^\n]+\n$/,
    )
  })
})

describe.skipIf(!has('curl'))('without a command', () => {
  async function waiting(flags: readonly string[]) {
    const world = await live()
    const file = `${await folder()}/world.har`
    const { child, ended } = start(['record', '--out', file, '--host', '*.example.com', ...flags], {
      env: { XDG_STATE_HOME: await folder(), ...world.env },
    })
    if (child.stdout === null) throw new Error('It has no stdout.')
    const [line] = await Promise.race([
      new Promise<readonly [string]>((resolve) => {
        if (child.stdout)
          createInterface({ input: child.stdout }).once('line', (text) => resolve([text]))
      }),
      ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
    ])
    return { child, ended, file, line }
  }

  test('it says what to set, records until stopped, and prints a summary', async () => {
    const { child, ended, file, line } = await waiting(['--json'])
    const { url, env } = JSON.parse(line) as { url: string; env: Record<string, string> }
    expect(env.HTTPS_PROXY).toBe(url)
    await run('curl', ['-sS', `${application}/`], env)
    child.kill('SIGINT')
    const { code, stderr } = await ended
    expect(code).toBe(0)
    expect(JSON.parse(stderr)).toMatchObject({
      ...{ event: 'recorded', file, exchanges: 1, hosts: ['machines.example.com'] },
      bodies_left_out: 0,
    })
    expect(await outlineOf(file)).toEqual([`GET ${application}/ 403`])
  })

  test('what passed before it was killed is in the file', async () => {
    const { child, ended, file, line } = await waiting(['--json'])
    const { env } = JSON.parse(line) as { env: Record<string, string> }
    await run('curl', ['-sS', `${application}/`], env)
    await expect.poll(() => outlineOf(file), { timeout: 10_000 }).toHaveLength(1)
    child.kill('SIGKILL')
    await ended
    expect(await outlineOf(file)).toEqual([`GET ${application}/ 403`])
  })

  test('it prints lines to copy', async () => {
    const { child, ended, line } = await waiting([])
    expect(line).toMatch(/^Recording what passes through http:\/\/127\.0\.0\.1:\d+/)
    child.kill('SIGTERM')
    const { code, stdout } = await ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/^export HTTPS_PROXY='http:\/\/127\.0\.0\.1:\d+'$/m)
  })
})
