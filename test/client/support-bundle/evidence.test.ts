/** `access-client evidence`: the contents of the support bundle, without any secret. */
import { execFile } from 'node:child_process'
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { run } from '../../../client/commands/program.ts'
import { bundle } from '../../../client/support-bundle/bundle.ts'
import type { Profile } from '../../../contracts/behaviours/table.ts'
import { redacted } from '../../../contracts/recording/exchange.ts'
import { createRedactor } from '../../../contracts/recording/redact/redact.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { has } from '../../commands/run/run-program.ts'
import { proxyEveryName } from '../../support/dns.ts'
import { planted } from './secrets.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evidence-'))
})
afterAll(() => rm(folder, { recursive: true }))

let made = 0
async function command(argv: readonly string[], emulator?: Emulator, env = {}, name = '') {
  made += 1
  const out = join(folder, name === '' ? `bundle-${made}` : name)
  let printed = ''
  const code = await run(['evidence', ...argv, '--out', out], {
    env,
    ...(emulator === undefined ? {} : { fetch: emulator.fetch }),
    out: (text) => {
      printed += text
    },
    err: (text) => {
      printed += text
    },
  })
  return { code, out, printed }
}

async function filesIn(out: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(out)
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(out, name), 'utf8')])),
  )
}

async function ticket(profile: Profile = 'observed') {
  const emulator = await createEmulator({ profile, seed: 'ticket' })
  onTestFinished(() => emulator.close())
  const [pair] = emulator.account.service_tokens
  const env = {
    ACCESS_TARGET: 'live',
    CF_ACCESS_CLIENT_ID: pair?.client_id ?? '',
    CF_ACCESS_CLIENT_SECRET: pair?.client_secret ?? '',
    CLOUDFLARE_API_TOKEN: emulator.account.api_token,
    CLOUDFLARE_ACCOUNT_ID: emulator.account.id,
  }
  return { emulator, env, pair }
}

const url = 'https://staging-apex.cloudcache.ai/'

describe('The evidence of the ticket', () => {
  async function ofTicket() {
    const { emulator, env, pair } = await ticket()
    const { code, out, printed } = await command([url], emulator, env)
    expect({ code, printed }).toEqual({
      code: 0,
      printed: expect.stringMatching(/^\d+ files in \S+; start with report\.md\n$/),
    })
    return { files: await filesIn(out), emulator, env, pair, out }
  }

  test('has a report in the shape of the ticket, with what a support engineer acts on', async () => {
    const { files, emulator } = await ofTicket()
    const report = files['report.md'] ?? ''
    expect(report.match(/^## .*$/gm)).toEqual([
      '## Summary',
      '## Account details',
      '## Steps to reproduce',
      '## Failure output',
      '## Rays',
      '## Diagnostics performed and ruled out',
      '## Expected and actual',
      '## Versions and clocks',
      '## Files',
    ])
    for (const line of [
      '- **Account ID**: `25ee8d3e1a867dcc2e777fd20073a0a4`',
      '- **Zone ID**: `72aa78962e638f32e5e3ceadcb1ea435`',
      '- **Team domain**: `cloudcache.cloudflareaccess.com`',
      '- **Application**: `manual-app-probe`',
      `- **AUD tag**: \`${emulator.account.applications[0]?.aud}\``,
      '- `enable_binding_cookie`: false',
      '  - "Allow svc-debug-ticket-123": `allow`, include service_token',
      'Binding cookie: `enable_binding_cookie` is false.',
      'although the pair is that of an active service token',
    ]) {
      expect(report).toContain(line)
    }
    expect(report).toMatch(/\| POST the exchange endpoint of the application host \|.*\*\*404/)
    expect(report).toMatch(/\| POST the exchange endpoint of the team domain \|.*\*\*404/)
    expect(report.match(/- `[0-9a-f]{16}-[A-Z]{3}` /g)?.length).toBeGreaterThan(5)
    expect(report).toMatch(/The edge's clock relative to this one: -?0\.\d s/)
  })

  test('names the cause as the doctor does', async () => {
    const { files } = await ofTicket()
    const { causes } = JSON.parse(files['diagnosis.json'] ?? '{}') as { causes: { id: string }[] }
    expect(causes.length).toBeGreaterThan(0)
    const told = files['report.md']?.match(/(?<=^- \*\*Diagnosis\*\*: `)[a-z-]+/gm)
    expect(told).toEqual(['token-under-allow', 'service-auth-absent'])
    expect(causes.map(({ id }) => id)).toEqual(told)
    // One reason that rules out seven causes is reported once.
    expect(files['report.md']).toMatch(/`host-not-protected`, `application-deleted`, .*: GET /)
  })

  test('has the JSON of the account, a HAR 1.2, tokens without signatures, and a manifest', async () => {
    const { files, pair } = await ofTicket()
    expect(Object.keys(files).sort()).toEqual(
      [
        'application.json',
        'diagnosis.json',
        'exchanges.har',
        'identity_providers.json',
        'manifest.json',
        'organization.json',
        'policies.json',
        'replay.sh',
        'report.md',
        'service_token.json',
        'tokens.json',
        'zone.json',
      ].sort(),
    )
    expect(JSON.parse(files['service_token.json'] ?? '')).toMatchObject({ id: pair?.id })
    const { log } = JSON.parse(files['exchanges.har'] ?? '') as {
      log: { version: string; entries: { request: { url: string }; comment: string }[] }
    }
    expect(log.version).toBe('1.2')
    expect(log.entries.map(({ request }) => request.url)).toContain(
      `${url}cdn-cgi/access/service/auth`,
    )
    const tokens = JSON.parse(files['tokens.json'] ?? '') as Record<string, { claims: object }>
    expect(Object.values(tokens)).toContainEqual({
      header: expect.objectContaining({ alg: 'RS256' }),
      claims: expect.objectContaining({ service_token_status: true }),
      signature: 'cut',
    })
    const { redacted } = JSON.parse(files['manifest.json'] ?? '') as {
      redacted: { type: string; places: string[] }[]
    }
    expect(redacted.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['client_secret', 'api_token', 'jwt', 'cookie']),
    )
    expect(redacted.every(({ places }) => places.length > 0)).toBe(true)
  })

  test('holds neither the secret of the pair nor the API token, and only its owner reads it', async () => {
    const { files, env, out } = await ofTicket()
    for (const text of Object.values(files)) {
      expect(text).not.toContain(env.CF_ACCESS_CLIENT_SECRET)
      expect(text).not.toContain(env.CLOUDFLARE_API_TOKEN)
      expect(text).not.toMatch(/eyJ[\w-]+\.eyJ/)
    }
    expect((await stat(join(out, 'report.md'))).mode & 0o077).toBe(0)
  })

  test('is one archive where the name ends in .zip: the same files, read by others', async () => {
    const { emulator, env } = await ticket()
    const { code, out, printed } = await command([url], emulator, env, 'case.zip')
    expect({ code, printed }).toEqual({
      code: 0,
      printed: expect.stringMatching(/^\d+ files in \S+case\.zip; start with report\.md\n$/),
    })
    expect((await stat(out)).mode & 0o777).toBe(0o600)
    const entries = unzipSync(await readFile(out))
    expect(Object.keys(entries)).toContain('case/report.md')
    expect(Object.keys(entries)).toHaveLength(12)
    const held = Object.values(entries).map((bytes) => strFromU8(bytes))
    expect(held.join('')).toContain('## Failure output')
    for (const text of held) expect(text).not.toContain(env.CF_ACCESS_CLIENT_SECRET)
    if (!has('unzip')) return
    const into = join(folder, 'unzipped')
    await promisify(execFile)('unzip', ['-q', out, '-d', into])
    expect((await stat(join(into, 'case/replay.sh'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(into, 'case/report.md'))).mode & 0o777).toBe(0o600)
  })

  test('is not written where the archive cannot be', async () => {
    const { emulator, env } = await ticket()
    const { code, printed } = await command([url], emulator, env, 'no/such/folder/case.zip')
    expect(code).toBe(2)
    expect(printed).toContain('Choose another file with --out.')
  })

  test('can be replayed: the lines of curl ask the same, secrets from variables', async () => {
    const { files, env, emulator, out } = await ofTicket()
    const script = files['replay.sh'] ?? ''
    expect(script).toContain(`CLIENT_SECRET_1="\${CLIENT_SECRET_1:-\${CF_ACCESS_CLIENT_SECRET-}}"`)
    const bin = await mkdtemp(join(folder, 'bin-'))
    await writeFile(
      join(bin, 'curl'),
      '#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\n',
      { mode: 0o755 },
    )
    const ran = await promisify(execFile)('sh', [join(out, 'replay.sh')], {
      env: { PATH: `${bin}:${process.env.PATH}`, ...env, ...jwtVariables(script) },
    })
    expect(ran.stdout).toContain(`cf-access-client-secret: ${env.CF_ACCESS_CLIENT_SECRET}\n`)
    expect(ran.stdout).toContain(`authorization: Bearer ${env.CLOUDFLARE_API_TOKEN}\n`)
    expect(ran.stdout).toContain(`${url}cdn-cgi/access/service/auth\n`)
    expect(emulator.url).toMatch(/^http/)
    const env_ = { PATH: `${bin}:${process.env.PATH}` }
    const missing = promisify(execFile)('sh', [join(out, 'replay.sh')], { env: env_ })
    await expect(missing).rejects.toThrow('set it first')
  })

  test('hides ids on request', async () => {
    const { emulator, env } = await ticket()
    const { out } = await command([url, '--redact-ids'], emulator, env)
    for (const text of Object.values(await filesIn(out))) {
      expect(text).not.toContain(emulator.account.id)
      expect(text).not.toContain(emulator.account.applications[0]?.aud)
    }
  })
})

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function jwtVariables(script: string): Record<string, string> {
  const names = [...script.matchAll(/^((?!CLIENT_SECRET|API_TOKEN)[A-Z_]+_\d+)=/gm)]
  return Object.fromEntries(names.map(([, name = '']) => [name, 'x']))
}

test('in world expected the endpoint answers, and the token it gives is not in the bundle', async () => {
  const { emulator, env } = await ticket('expected')
  const { code, out } = await command([url], emulator, env)
  expect(code).toBe(0)
  const files = await filesIn(out)
  expect(files['report.md']).toMatch(
    /\| POST the exchange endpoint of the application host \|.*\| 200/,
  )
  expect(files['exchanges.har']).toMatch(/\[jwt#\d+\]/)
  for (const text of Object.values(files)) expect(text).not.toMatch(/eyJ[\w-]+\.eyJ/)
})

test('an origin that refuses by itself is not taken for Access', async () => {
  const { emulator } = await ticket()
  await proxyEveryName(emulator)
  const open = 'https://open.cloudcache.ai/status/401'
  const { out } = await command([open], emulator, { ACCESS_TARGET: 'live' })
  const { 'report.md': report = '' } = await filesIn(out)
  expect(report).not.toContain('Access guards the URL')
  expect(report).toMatch(/\| GET without credentials \|.*\*\*401/)
})

test('without credentials it holds what anybody can see', async () => {
  const { emulator } = await ticket()
  const { code, out } = await command([url], emulator, { ACCESS_TARGET: 'live' })
  expect(code).toBe(0)
  const { 'report.md': report = '' } = await filesIn(out)
  expect(report).toContain('- The API was not called: that needs an account id and an API token.')
  expect(report).not.toContain('exchange endpoint of the application host |')
})

describe('A link where the evidence is to be', () => {
  test.each([
    ['an archive', 'linked.zip', 'linked.zip'],
    ['a file of the folder', 'linked', 'linked/report.md'],
  ])('as %s is replaced, and nothing is written through it', async (_, name, link) => {
    const { emulator, env } = await ticket()
    const target = join(folder, `target-of-${name}`)
    await writeFile(target, 'of somebody else', { mode: 0o666 })
    await mkdir(join(folder, link, '..'), { recursive: true })
    await symlink(target, join(folder, link))
    const { code } = await command([url], emulator, env, name)
    expect(code).toBe(0)
    expect(await readFile(target, 'utf8')).toBe('of somebody else')
    const written = await lstat(join(folder, link))
    expect([written.isFile(), written.mode & 0o777]).toEqual([true, 0o600])
  })

  test('an archive named by dots unpacks where it is', async () => {
    const { emulator, env } = await ticket()
    const { out } = await command([url], emulator, env, '...zip')
    expect(Object.keys(unzipSync(await readFile(out)))).toContain('evidence/report.md')
  })
})

describe('Thirty secrets that a browser captured', () => {
  async function bundled(...flags: readonly string[]) {
    const plant = await planted()
    const har = join(folder, 'capture.har')
    await writeFile(har, JSON.stringify(plant.har))
    const { code, out, printed } = await command(['--from', har, ...flags])
    expect(printed).toMatch(/start with report/)
    expect(code).toBe(0)
    return { ...plant, files: await filesIn(out), printed }
  }

  test('are in no file afterwards, in any of their encodings', async () => {
    const { secrets, files, har, printed } = await bundled()
    const names = Object.keys(secrets)
    expect(names.length).toBeGreaterThanOrEqual(30)
    const raw = JSON.stringify(har)
    const payloads = [...raw.matchAll(/eyJ[\w-]+\.(eyJ[\w-]+)/g)].map(([, payload = '']) =>
      Buffer.from(payload, 'base64url').toString(),
    )
    const captured = [raw, ...payloads].join('\n')
    const all = Object.entries(files).map(([name, text]) => `${name}\n${text}`)
    const found = Object.entries(secrets).flatMap(([where, secret]) => {
      const signature = secret.startsWith('eyJ') ? [secret.split('.')[2] ?? ''] : []
      const shapes = [
        secret,
        inJson(secret),
        inJson(inJson(secret)),
        encodeURIComponent(secret),
        new URLSearchParams({ s: secret }).toString().slice(2),
        Buffer.from(secret).toString('base64'),
        ...signature,
      ]
      // The test is meaningful: each secret is in the capture.
      expect(
        shapes.some((shape) => captured.includes(shape)),
        where,
      ).toBe(true)
      return [...all, printed].some((text) => shapes.some((shape) => text.includes(shape)))
        ? [where]
        : []
    })
    expect(found).toEqual([])
  })

  test('leave what is no secret: client id, AUD tag, ray, statuses, what the tokens say', async () => {
    const { files, clientId, aud } = await bundled()
    const har = files['exchanges.har'] ?? ''
    for (const kept of [
      clientId,
      aud,
      '98d4158b4f2c0b43-SJC',
      'CF_Authorization=[jwt#',
      'page=2',
    ]) {
      expect(har).toContain(kept)
    }
    const tokens = JSON.parse(files['tokens.json'] ?? '') as Record<string, object>
    expect(Object.values(tokens)).toContainEqual(
      expect.objectContaining({ claims: expect.objectContaining({ sub: 'set-cookie' }) }),
    )
  })

  test('are listed by type and place in the manifest', async () => {
    const { files, secrets } = await bundled()
    const { redacted } = JSON.parse(files['manifest.json'] ?? '') as {
      redacted: { type: string; reference: string; places: string[] }[]
    }
    expect(redacted.length).toBeGreaterThanOrEqual(Object.keys(secrets).length - 2)
    expect(new Set(redacted.map(({ type }) => type))).toEqual(
      expect.objectContaining(new Set(['client_secret'])),
    )
    const places = redacted.flatMap(({ places: each }) => each).join('\n')
    for (const place of [
      'request cookie',
      'answer set-cookie',
      'URL',
      'request body',
      'answer body',
    ]) {
      expect(places).toContain(place)
    }
  })
})

test('a capture may begin with what is no https, for nothing is sent there', async () => {
  const captured = ['chrome-extension://abc/x.js', 'http://app.example.com/', url].map((each) => ({
    request: { method: 'GET', url: each, headers: [] },
    response: { status: 301, headers: [], content: { text: '' } },
  }))
  const har = join(folder, 'plain.har')
  await writeFile(har, JSON.stringify({ log: { version: '1.2', entries: captured } }))
  const { code, out } = await command(['--from', har, '--target', 'live'])
  expect(code).toBe(0)
  const { 'report.md': report = '' } = await filesIn(out)
  expect(report).toContain('# Access evidence: http://app.example.com/')
})

test('what survives is never written: the checker refuses', () => {
  const secret = 'a-secret-in-the-name-of-a-zone'
  const given = {
    url: 'https://app.example.com/',
    at: '2026-01-02T03:04:05Z',
    account_id: undefined,
    gathered: {
      steps: [],
      aud: undefined,
      team: undefined,
      offsetMs: undefined,
      // A file is named after it, and names are not redacted.
      account: { [secret]: {} },
      isApiAsked: true,
      unread: [],
      drift: [],
    },
    exchanges: [],
    diagnosis: undefined,
    versions: {},
    secrets: [{ type: 'client_secret', value: secret }],
    hidesIds: false,
  }
  expect(() => bundle(given)).toThrow(/was not written.*contains client_secret/)
  expect(() => bundle(given)).not.toThrow(secret)
})

describe('The redactor', () => {
  test.each([
    ['an AUD tag beside a client id', `${'a1'.repeat(16)}.access aud ${'b2'.repeat(32)}`, 'same'],
    ['a kid', `{"kid":"${'b2'.repeat(32)}"}`, 'same'],
    ['a token_id', '{"token_id":"f174e90a-fafe-4643-bbbc-4a0ed4fc8415"}', 'same'],
    ['a status', '{"service_token_status":true}', 'same'],
    ['an old secret beside its id', `${'a1'.repeat(16)}.access:${'b2'.repeat(32)}`, 'gone'],
    ['an address', 'write to ada@people.example', 'gone'],
    [
      'a name with credentials that holds none',
      '{"access-control-allow-credentials":"true"}',
      'same',
    ],
    ['half a character', '{"client_secret":"half-a-\\ud800"}', 'gone'],
    ['a code that is a number', '{"otp":123456}', 'gone'],
    ['a harmless number', '{"tokens_count":123456}', 'same'],
    ['a secret of a Worker', '{"type":"secret_text","name":"KEY","text":"planted"}', 'gone'],
    ['a binding of a Worker', '{"type":"plain_text","name":"KEY","text":"planted"}', 'same'],
    [
      'a field of a multipart form',
      '--b\r\ncontent-disposition: form-data; name="client_secret"\r\n\r\nplanted\r\n--b--\r\n',
      'gone',
    ],
    [
      'JSON in a multipart form',
      '--b\r\ncontent-disposition: form-data; name="metadata"\r\n\r\n{"password":"planted"}\r\n--b--\r\n',
      'gone',
    ],
    ['a hidden input', '<input type="hidden" name="SAMLResponse" value="planted"/>', 'gone'],
    ['another input', '<input name="user" value="planted"/>', 'same'],
    ['an API token', 'cfut_0123456789abcdefghijklmnopqrstuvwxyzABCD', 'gone'],
  ])('%s is %3$s', (_, given, fate) => {
    const redactor = createRedactor()
    const redacted = redactor.body(given, 'here')
    if (fate === 'same') expect(redacted).toBe(given)
    else expect(redacted).toMatch(/\[[a-z_]+#1\]/)
    if (fate === 'gone') expect(redacted).not.toContain('planted')
    expect(redactor.survivors(redacted)).toEqual([])
  })

  test.each([
    ['POST', 'user/tokens', '', '{"result":{"id":"x","value":"planted-1"}}'],
    ['PUT', 'accounts/a/tokens/t/value', '', '{"result":"planted-1"}'],
    ['GET', 'accounts/a/cfd_tunnel/t/token', '', '{"result":"planted-1"}'],
    ['POST', 'accounts/a/secrets_store/stores/s/secrets', '[{"value":"planted-1"}]', '{}'],
  ])('%s %s: what the API has at a place of secrets', (method, path, body, answered) => {
    const answer = { status: 200, statusText: '', headers: [], body: answered }
    const url = `https://api.cloudflare.com/client/v4/${path}`
    const asked = { about: '', startedMs: 0, tookMs: 0, headers: [], failure: undefined }
    const exchange = redacted({ ...asked, method, url, body, answer }, createRedactor())
    expect(JSON.stringify(exchange)).not.toContain('planted-1')
    expect(JSON.stringify(exchange)).toMatch(/\[\w+#1\]/)
  })

  test('a word in a place of secrets is no secret elsewhere', () => {
    const redactor = createRedactor()
    expect(redactor.url('https://a.example/?state=active', 'a')).toContain('state=[secret#1]')
    expect(redactor.text('{"status":"active"}', 'b')).toBe('{"status":"active"}')
  })

  test('one value has one reference everywhere', () => {
    const redactor = createRedactor()
    const [[, header]] = redactor.headers([['cf-access-client-secret', 'once-and-again']], 'a') as [
      [string, string],
    ]
    expect(header).toBe('[client_secret#1]')
    expect(redactor.text('again: once-and-again', 'b')).toBe('again: [client_secret#1]')
    expect(redactor.redactions).toEqual([
      {
        type: 'client_secret',
        reference: '[client_secret#1]',
        places: ['a cf-access-client-secret', 'b'],
      },
    ])
  })
})

test.each([
  ['no URL', [], 'The URL is missing'],
  ['a HAR that is not there', ['--from', '/nowhere.har'], 'cannot be read'],
  [
    'a file that is no HAR',
    ['--from', new URL('../../../package.json', import.meta.url).pathname],
    'is not a HAR',
  ],
])('%s is exit 2', async (_, argv, words) => {
  const { code, printed } = await command(argv)
  expect(code).toBe(2)
  expect(printed).toContain(words)
})
