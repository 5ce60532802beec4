/** Variants of curl and Node, a browser and a script, with only the environment of `access-emulator run`. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { command, folder, has, through } from './run-program.ts'
import { api, application, elsewhere } from './tool-table.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs a program with the seed `example` and returns its output. */
async function printed(...program: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await through([], program, { cwd: root })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** The same for lines of a shell, each a command. */
const shell = (...lines: readonly string[]) => printed('bash', '--norc', '-euc', lines.join('\n'))

const status = `curl -sS -o /dev/null -w '%{http_code} %{http_version} %{ssl_verify_result}\\n'`
const withPair = `-H "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" -H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET"`

describe('curl', () => {
  test.each([
    ['--http1.1', '1.1'],
    ['--http2', '2'],
  ])('reaches the API, an application and the team with %s', async (flag, version) => {
    if (!has('bash', 'curl')) return
    const said = await shell(
      `${status} ${flag} -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" ${api}`,
      `${status} ${flag} ${withPair} ${application}`,
      `${status} ${flag} https://example-team.cloudflareaccess.com/cdn-cgi/access/certs`,
    )
    expect(said).toBe(`200 ${version} 0\n`.repeat(3))
  })

  test('shows the headers of the host first, not those of the proxy', async () => {
    if (!has('bash', 'curl')) return
    expect(await shell(`curl -sS -D - -o /dev/null ${api}`)).toMatch(/^HTTP\/2 \d{3}/)
    expect(await shell(`curl -sS --http1.1 -D - -o /dev/null ${api}`)).toMatch(/^HTTP\/1.1 400 /)
  })

  test('trusts it by SSL_CERT_FILE alone', async () => {
    if (!has('bash', 'curl')) return
    expect(
      await shell('unset CURL_CA_BUNDLE SSL_CERT_DIR', `${status} ${withPair} ${application}`),
    ).toBe('200 2 0\n')
  })

  test('follows HTTPS_PROXY alone', async () => {
    if (!has('bash', 'curl')) return
    const others = 'https_proxy http_proxy HTTP_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY'
    expect(await shell(`unset ${others}`, `${status} ${withPair} ${application}`)).toBe('200 2 0\n')
  })

  test('asks for http:// too, and for the emulator itself without the proxy', async () => {
    if (!has('bash', 'curl')) return
    expect(
      await shell(
        `${status} ${withPair} ${application.replace('https', 'http')}`,
        `${status} "$ACCESS_EMULATOR_URL/__access/health"`,
      ),
    ).toBe('200 1.1 0\n200 1.1 0\n')
  })

  test('is refused for any other name, with 403', async () => {
    if (!has('bash', 'curl')) return
    const said = await shell(`curl -s -o /dev/null -w '%{http_connect}\\n' ${elsewhere} || echo $?`)
    expect(said).toBe('403\n56\n')
    expect(await shell(`curl -s ${elsewhere.replace('https', 'http')}`)).toContain(
      'does not serve \\"elsewhere.example.org\\"',
    )
  })
})

describe('Node', () => {
  const headers = `{'CF-Access-Client-Id': process.env.CF_ACCESS_CLIENT_ID, 'CF-Access-Client-Secret': process.env.CF_ACCESS_CLIENT_SECRET}`
  const get = (module: string, url: string, more = '') =>
    `await new Promise((done, failed) => ${module}.get('${url}', { headers: ${headers}, ${more} }, (answer) => { answer.resume().on('end', () => done(answer.statusCode)) }).on('error', failed))`
  const plain = application.replace('https', 'http')

  test.each([
    ['fetch', `(await fetch('${application}', { headers: ${headers} })).status`],
    ['fetch of http://', `(await fetch('${plain}', { headers: ${headers} })).status`],
    ['https.get', get("require('https')", application)],
    ['http.get', get("require('http')", plain)],
    [
      'an agent of its own',
      get(
        "require('https')",
        application,
        "agent: new (require('https').Agent)({ keepAlive: true })",
      ),
    ],
    ['no agent', get("require('https')", application, 'agent: false')],
    [
      'undici',
      `(await require('undici').request('${application}', { headers: ${headers} })).statusCode`,
    ],
    [
      'what undici 8 asks for',
      `await new Promise((done, failed) => { let status, size = 0; globalThis[Symbol.for('undici.globalDispatcher.2')].dispatch({ origin: '${new URL(application).origin}', path: '/', method: 'GET', headers: ${headers} }, { onRequestStart() {}, onResponseStart(_, code, headers) { if (headers['content-type']) status = code }, onResponseData(controller, chunk) { size += chunk.length; controller.pause(); setTimeout(() => controller.resume()) }, onResponseEnd() { done(size > 0 && status) }, onResponseError(_, error) { failed(error) } }) })`,
    ],
    [
      'a worker',
      `await new Promise((done) => new (require('worker_threads').Worker)(\`fetch('${application}', { headers: ${headers} }).then(({ status }) => require('worker_threads').parentPort.postMessage(status))\`, { eval: true }).once('message', done))`,
    ],
    [
      'the emulator itself, without the proxy',
      "(await fetch(process.env.ACCESS_EMULATOR_URL + '/__access/health')).status",
    ],
  ])('follows with %s', async (_, asked) => {
    const script = `(async () => { console.log(${asked}); process.exit() })()`
    expect(await printed(process.execPath, '-e', script)).toBe('200\n')
  })

  test.each([
    ['fetch', `fetch('${elsewhere}').catch((error) => console.log(error.cause.message))`],
    [
      'https.get',
      `require('https').get('${elsewhere}').on('error', (error) => console.log(error.message))`,
    ],
  ])('says why it is refused elsewhere: %s', async (_, script) => {
    expect(await printed(process.execPath, '-e', script)).toMatch(
      /^The proxy refused elsewhere\.example\.org:443 \(403\): The emulator does not serve "elsewhere/,
    )
  })

  test('follows in an ES module', async () => {
    const path = join(await folder(), 'asks.mjs')
    await writeFile(
      path,
      `import { get } from 'node:https'\nget('${application}', { headers: ${headers} }, (answer) => console.log(answer.resume().statusCode))`,
    )
    expect(await printed(process.execPath, path)).toBe('200\n')
  })

  test('npm ws speaks to an origin, over TLS and without', async () => {
    const origin = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(origin, 'listening')
    origin.on('connection', (socket) => socket.on('message', (text) => socket.send(`got ${text}`)))
    const { port } = origin.address() as AddressInfo
    const script = `
      const { WebSocket } = require('ws')
      for (const scheme of ['wss', 'ws']) {
        const socket = new WebSocket(scheme + '://machines.example.com/', { headers: ${headers} })
        socket.on('open', () => socket.send('x'.repeat(100_000)))
        socket.on('message', (text) => { console.log(text.length); socket.close() })
      }`
    const { stdout, stderr } = await through(
      ['--origin', `machines.example.com=http://127.0.0.1:${port}`],
      [process.execPath, '-e', script],
      { cwd: root },
    )
    origin.close()
    expect({ stdout, stderr }).toEqual({
      stdout: '100004\n100004\n',
      stderr: 'access-emulator: 2 requests, none refused.\n',
    })
  })

  test('follows with functions imported by name', async () => {
    const path = join(await folder(), 'asks.mjs')
    await writeFile(
      path,
      `import { connect } from 'node:tls'\nconst socket = connect({ host: 'machines.example.com', port: 443, servername: 'machines.example.com', ALPNProtocols: ['http/1.1'] }, () => console.log(socket.authorized, socket.alpnProtocol)).on('data', (text) => { console.log(String(text).split('\\r')[0]); socket.destroy() })\nsocket.write('GET / HTTP/1.1\\r\\nhost: machines.example.com\\r\\n\\r\\n')`,
    )
    expect(await printed(process.execPath, path)).toBe('true http/1.1\nHTTP/1.1 403 Forbidden\n')
  })

  test('leaves other connections alone', async () => {
    const script = `
      const net = require('net')
      const said = []
      const show = (text) => { if (said.push(String(text)) === 4) { console.log(said.sort().join()); process.exit() } }
      const server = net.createServer((socket) => socket.end('straight')).listen(0, '127.0.0.1', () => {
        const { port } = server.address()
        net.connect(port, '127.0.0.1').on('data', show)
        net.createConnection({ port, host: '127.0.0.1', headers: {} }).on('data', show)
        net.connect('/no/such/socket').on('error', ({ code }) => show(code))
        // What is no HTTP does not go through a proxy for it.
        require('tls').connect({ host: 'nowhere.invalid', port: 443 }).on('error', ({ syscall }) => show(syscall))
      })`
    expect(await printed(process.execPath, '-e', script)).toBe(
      'ENOENT,getaddrinfo,straight,straight\n',
    )
  })

  test('the official client finds its address, account and token by itself', async () => {
    const script = `
      const Cloudflare = require('${createRequire(import.meta.url).resolve('cloudflare')}')
      const client = new Cloudflare()
      client.zeroTrust.access.applications.list({ account_id: process.env.CLOUDFLARE_ACCOUNT_ID })
        .then(({ result }) => console.log(client.baseURL, result.map(({ domain }) => domain).join()))`
    expect(await printed(process.execPath, '-e', script)).toMatch(
      /^https:\/\/api\.cloudflare\.com\/client\/v4 .*machines\.example\.com/,
    )
  })
})

test('headless Chromium opens an application under its real name', async () => {
  if (!has('chromium', 'certutil', 'bash')) return
  const home = await folder()
  const env = { HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: undefined }
  const { certificate } = JSON.parse((await command(['ca', '--json'], { env })).stdout)
  const lines = [
    'nss="$HOME/.pki/nssdb"; mkdir -p "$nss"',
    'certutil -d "sql:$nss" -N --empty-password',
    `certutil -d "sql:$nss" -A -t C,, -n emulator -i "${certificate}"`,
    'chromium --headless --no-sandbox --disable-gpu --user-data-dir="$HOME/profile" --proxy-server="$HTTPS_PROXY" --dump-dom https://machines.example.com/',
  ]
  const { code, stdout } = await through([], ['bash', '--norc', '-euc', lines.join('\n')], { env })
  expect(code).toBe(0)
  expect(stdout).toContain('permission to view this')
})

test('a set-up script makes everything under the real names, and nothing the second time', async () => {
  if (!has('bash', 'curl', 'jq')) return
  const script = join(root, 'test/scripts/set-up.sh')
  const said = await shell(
    'export ZONE=example.com HOST=api.example.com SCRIPT=api TOKEN_NAME="api callers"',
    `${script}`,
    `${script}`,
  )
  const how = [...said.matchAll(/^(\w+) +(made|kept|changed) /gm)].map(
    ([, what, how]) => `${what} ${how}`,
  )
  const made = ['record', 'route', 'token', 'application', 'policy']
  expect(how).toEqual([
    ...made.map((what) => `${what} made`),
    ...made.map((what) => `${what} kept`),
  ])
})
