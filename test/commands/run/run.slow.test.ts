/** `access-emulator run`: how it ends, what it forwards, and what it sets. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { accessEmulator } from '../../support/built.ts'
import { command, folder, has, start, through } from './run-program.ts'

const ofSeed = {
  id: '25ee8d3e1a867dcc2e777fd20073a0a4',
  zone: '72aa78962e638f32e5e3ceadcb1ea435',
  token: 'ticket-api-token-not-a-secret-00000000000',
  client: 'e0b1e0b1e0b1e0b1e0b1e0b1e0b1e0b1.access',
}

type Environment = Readonly<Record<string, string>>

/** Each run takes two starts of Node: tests that ask the same share its answer. */
const environments = new Map<string, Promise<Environment>>()

/** The environment that a program gets. */
function environment(flags: readonly string[] = [], env: Environment = {}): Promise<Environment> {
  const run = async (): Promise<Environment> => {
    const program = [process.execPath, '-p', 'JSON.stringify(process.env)']
    return JSON.parse((await through(flags, program, { env })).stdout)
  }
  const key = JSON.stringify([flags, env])
  const found = environments.get(key) ?? run()
  environments.set(key, found)
  return found
}

describe('The exit code', () => {
  test.each([
    ['the command’s own', ['sh', '-c', 'exit 7'], 7],
    ['0 where the command’s is 0', ['true'], 0],
    ['128 and the signal that ended the command', ['sh', '-c', 'kill -KILL $$'], 137],
    ['127 where there is no such command', ['no-such-command-here'], 127],
    ['126 where it cannot be run', ['/etc/passwd'], 126],
  ])('is %s', async (_, program, code) => {
    const ran = await through([], program)
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' })
    if (code === 126 || code === 127) {
      expect(ran.stderr).toMatch(/^access-emulator: cannot run [^\n]+\n$/)
      expect(ran.stderr.includes('command not found')).toBe(code === 127)
    }
  })

  test.each([
    ['no command', ['run']],
    ['a flag that there is not', ['run', '--nonsense', '--', 'true']],
    ['a profile that there is not', ['run', '--profile', 'nonsense', '--', 'true']],
  ])('is 2, with one line, for %s', async (_, args) => {
    const { code, stderr } = await command(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^access-emulator: [^\n]+\n$/)
  })
})

test('A state folder that cannot be created is reported in one line, and nothing runs', async () => {
  for (const args of [['run', '--', 'echo', 'ran'], ['ca']]) {
    const { code, stdout, stderr } = await command(args, {
      env: { XDG_STATE_HOME: '/dev/null/state' },
    })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(
      /^access-emulator: Cannot read or create the certificate authority in [^\n]+ENOTDIR[^\n]+\n$/,
    )
  }
})

describe('The command', () => {
  test('gets stdin and arguments as they are, and its output alone is on stdout', async () => {
    const ran = await through(
      ['--quiet'],
      ['sh', '-c', 'cat; echo "$@" -- --seed; echo no >&2', 'sh', '-k', 'a b'],
      {
        input: 'asked\n',
      },
    )
    expect(ran).toEqual({
      code: 0,
      signal: null,
      stdout: 'asked\n-k a b -- --seed\n',
      stderr: 'no\n',
    })
  })

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('gets %s, and so do the programs it started', async (signal, code) => {
    // A program left over would keep stdout open.
    const inner = `"${process.execPath}" -e "console.log('ready'); setInterval(() => {}, 1000)"; true`
    const { child, ended } = start(['run', '--', 'sh', '-c', inner], {
      env: { XDG_STATE_HOME: await folder() },
    })
    if (child.stdout) await once(createInterface({ input: child.stdout }), 'line')
    child.kill(signal)
    expect((await ended).code).toBe(code)
  })

  test('may take a signal and end as it likes', async () => {
    const { child, ended } = start(
      [
        'run',
        '--',
        'sh',
        '-c',
        'trap "echo taken; exit 3" TERM; echo ready; while :; do sleep 0.05; done',
      ],
      { env: { XDG_STATE_HOME: await folder() } },
    )
    if (child.stdout) await once(createInterface({ input: child.stdout }), 'line')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 3, stdout: 'ready\ntaken\n' })
  })

  test('has the terminal, where there is one', async () => {
    if (!has('script', 'sh')) return
    const { code, stdout } = await throughTerminal(
      'read -r x </dev/tty && echo "got $x"',
      'typed\n',
    )
    expect(stdout).toContain('got typed')
    expect(code).toBe(0)
  })
})

async function throughTerminal(line: string, input: string) {
  const path = join(await folder(), 'asks.sh')
  await writeFile(path, line)
  const child = spawn(
    'script',
    ['-qec', `${process.execPath} ${accessEmulator} run -- sh ${path}`, '/dev/null'],
    {
      env: { ...process.env, XDG_STATE_HOME: await folder() },
    },
  )
  let stdout = ''
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stdin.write(input)
  const [code] = await once(child, 'close')
  return { code, stdout }
}

describe('The environment', () => {
  test('has the ids and secrets of the seed, and the real address of the API', async () => {
    expect(await environment(['--seed', 'ticket'])).toMatchObject({
      CLOUDFLARE_ACCOUNT_ID: ofSeed.id,
      CLOUDFLARE_API_TOKEN: ofSeed.token,
      CF_ACCESS_CLIENT_ID: ofSeed.client,
      CF_ACCESS_CLIENT_SECRET: expect.stringMatching(/^cfast_/),
      CLOUDFLARE_BASE_URL: 'https://api.cloudflare.com/client/v4',
      CLOUDFLARE_API_BASE_URL: 'https://api.cloudflare.com/client/v4',
    })
  })

  test('has the names that scripts and wrangler use, of the same values', async () => {
    const env = await environment(['--seed', 'ticket'])
    expect(env).toMatchObject({
      CF_ACCOUNT_ID: ofSeed.id,
      CF_API_TOKEN: ofSeed.token,
      CF_ZONE_ID: ofSeed.zone,
      CLOUDFLARE_ZONE_ID: ofSeed.zone,
      CLOUDFLARE_ACCESS_CLIENT_ID: ofSeed.client,
      CLOUDFLARE_ACCESS_CLIENT_SECRET: env.CF_ACCESS_CLIENT_SECRET,
      TEAM_DOMAIN: 'https://cloudcache.cloudflareaccess.com',
      POLICY_AUD: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('keeps TEAM_DOMAIN and POLICY_AUD where they are set', async () => {
    const own = { TEAM_DOMAIN: 'https://own.example', POLICY_AUD: 'own' }
    expect(await environment(['--seed', 'ticket'], own)).toMatchObject(own)
  })

  test('has what --env maps, over what is set', async () => {
    const flags = [
      ...['--seed', 'ticket', '--env', 'MY_ID=service_tokens.0.client_id'],
      ...['--env', 'MY_HOST=applications.0.domain', '--env', 'TEAM_DOMAIN=auth_domain'],
    ]
    expect(await environment(flags, { MY_ID: 'before', TEAM_DOMAIN: 'before' })).toMatchObject({
      MY_ID: ofSeed.client,
      MY_HOST: 'staging-apex.cloudcache.ai',
      TEAM_DOMAIN: 'cloudcache.cloudflareaccess.com',
    })
    const byVariable = { ACCESS_EMULATOR_ENV: 'A=id B=zones.0.id' }
    expect(await environment(['--seed', 'ticket'], byVariable)).toMatchObject({
      A: ofSeed.id,
      B: ofSeed.zone,
    })
  })

  test.each([
    [
      'a path that leads nowhere',
      'A=service_tokens.0.clientid',
      /has no "service_tokens\.0\.clientid"\. It has: id, name, api_token, zones\.0\.id,.* service_tokens\.0\.client_id, /,
    ],
    ['a path that ends above a value', 'A=service_tokens.0', /has no "service_tokens\.0"/],
    ['a path into what every object has', 'A=constructor.name', /has no "constructor\.name"/],
    ['no path', 'A', /"A" is not NAME=PATH\. Write it like --env TOKEN=/],
    ['a name that no shell takes', '1;x=id', /is not NAME=PATH/],
  ])('refuses --env with %s, and runs nothing', async (_, mapping, says) => {
    const ran = await through(['--seed', 'ticket', '--env', mapping], ['echo', 'ran'])
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(says)
    expect(ran.stderr).toMatch(/^access-emulator: [^\n]+\n$/)
  })

  test('leads through the emulator, in both cases of each variable', async () => {
    const env = await environment()
    expect(env.ACCESS_EMULATOR_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']) {
      expect(env[name]).toBe(env.ACCESS_EMULATOR_URL)
      expect(env[name.toLowerCase()]).toBe(env.ACCESS_EMULATOR_URL)
    }
  })

  test('passes by the emulator for loopback only, whatever was set', async () => {
    const inherited = '*,api.cloudflare.com,.example.com'
    const env = await environment([], { NO_PROXY: inherited, no_proxy: inherited })
    for (const text of [env.NO_PROXY, env.no_proxy]) {
      expect(text?.split(',')).toContain('127.0.0.1')
      expect(text).not.toMatch(/\*|cloudflare|example/)
    }
  })

  test('names bundles with the roots that were trusted before, and ours', async () => {
    const before = join(await folder(), 'before.pem')
    const own = join(await folder(), 'own.pem')
    await writeFile(before, 'TRUSTED BEFORE')
    await writeFile(own, 'ADDED FOR NODE')
    const env = await environment([], {
      SSL_CERT_FILE: before,
      CURL_CA_BUNDLE: '/nowhere',
      PIP_CERT: '/nowhere',
      NODE_EXTRA_CA_CERTS: own,
    })
    const bundle = await readFile(env.SSL_CERT_FILE ?? '', 'utf8')
    expect(bundle).toMatch(/^TRUSTED BEFORE\nADDED FOR NODE\n-----BEGIN CERTIFICATE-----/)
    const same = [
      'CURL_CA_BUNDLE',
      'REQUESTS_CA_BUNDLE',
      'GIT_SSL_CAINFO',
      'AWS_CA_BUNDLE',
      'PIP_CERT',
    ]
    for (const name of same) expect(env[name]).toBe(env.SSL_CERT_FILE)
    const extra = await readFile(env.NODE_EXTRA_CA_CERTS ?? '', 'utf8')
    expect(extra).toMatch(/^ADDED FOR NODE\n-----BEGIN CERTIFICATE-----/)
  })

  test('keeps the options of Node that were set', async () => {
    const env = await environment([], { NODE_OPTIONS: '--no-deprecation' })
    expect(env.NODE_OPTIONS).toMatch(/^--no-deprecation --require=.*preload\.cjs"?$/)
  })

  test('keeps the options of Java and the folders of PHP that were set, and adds to them', async () => {
    const mine = {
      JAVA_TOOL_OPTIONS: "-Xmx1g -Dmy='a b' -Dhttps.proxyHost=mine.example",
      PHP_INI_SCAN_DIR: '/mine',
    }
    const env = await environment([], mine)
    const { port } = new URL(env.ACCESS_EMULATOR_URL ?? '')
    expect(env.JAVA_TOOL_OPTIONS).toMatch(/^-Xmx1g -Dmy='a b' -Dhttp\.proxyHost=/)
    expect(env.JAVA_TOOL_OPTIONS?.split(' ')).toEqual(
      expect.arrayContaining(['-Dhttps.proxyHost=127.0.0.1', `-Dhttps.proxyPort=${port}`]),
    )
    expect(env.JAVA_TOOL_OPTIONS).not.toContain('mine.example')
    expect(env.PHP_INI_SCAN_DIR).toMatch(/^\/mine:\/.*\/tools\//)
    // A second time over the first, as in a shell that is set up.
    const again = await environment([], { JAVA_TOOL_OPTIONS: env.JAVA_TOOL_OPTIONS ?? '' })
    expect(again.JAVA_TOOL_OPTIONS?.match(/proxyPort/g)).toHaveLength(2)
    expect(again.JAVA_TOOL_OPTIONS).not.toContain(`=${port} `)
    // PHP reads an empty entry as the folder that it was built with.
    expect(again.PHP_INI_SCAN_DIR).toMatch(/^:\/.*\/tools\/[^:]*$/)
  })

  test('passes by the emulator for nothing that httpx cannot parse', async () => {
    expect((await environment()).NO_PROXY).not.toMatch(/[[\]]/)
  })

  test('keeps the user’s own settings of curl, and adds to them', async () => {
    if (!has('curl')) return
    const home = await folder()
    await writeFile(join(home, '.curlrc'), 'user-agent = "mine/1"')
    const ask =
      'curl -sS -D - https://machines.example.com/ -H "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" -H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET"'
    const { stdout } = await through([], ['sh', '-c', ask], {
      env: { HOME: home, XDG_CONFIG_HOME: undefined, CURL_HOME: undefined },
    })
    expect(stdout).toMatch(/^HTTP\/2 200/)
    expect(stdout).toContain('mine/1')
  })
})

describe('Credentials of the caller', () => {
  const real = {
    CLOUDFLARE_API_TOKEN: 'real-1',
    CLOUDFLARE_ACCOUNT_ID: 'real-2',
    CLOUDFLARE_API_KEY: 'real-3',
    CLOUDFLARE_EMAIL: 'real-4',
    CF_ACCESS_CLIENT_ID: 'real-5',
    CF_ACCESS_CLIENT_SECRET: 'real-6',
    CF_API_TOKEN: 'real-7',
    CF_Key: 'real-8',
    TUNNEL_SERVICE_TOKEN_ID: 'real-9',
    CLOUDFLARE_BASE_URL: 'https://real-10.example',
  }

  test('reach neither the command nor the emulator, and one line says which', async () => {
    if (!has('curl')) return
    const ask = `env; curl -sS -o /dev/null -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" https://api.cloudflare.com/client/v4/user; curl -sS $ACCESS_EMULATOR_URL/__access/journal`
    const { code, stdout, stderr } = await through(['--seed', 'ticket'], ['sh', '-c', ask], {
      env: real,
    })
    expect(code).toBe(0)
    expect(stdout).toContain(`CLOUDFLARE_API_TOKEN=${ofSeed.token}`)
    expect(stdout + stderr).not.toContain('real-')
    expect(stderr).toContain(
      "access-emulator: Replaced by the emulator's: CF_ACCESS_CLIENT_ID, CF_ACCESS_CLIENT_SECRET, CF_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, CLOUDFLARE_BASE_URL. Not passed on: CF_Key, CLOUDFLARE_API_KEY, CLOUDFLARE_EMAIL, TUNNEL_SERVICE_TOKEN_ID. Use --keep-env to pass yours on, or --env NAME=PATH to set a variable to another value of the seed.\n",
    )
  })

  test('go also where the seed has nothing to put in their place', async () => {
    const env = await environment(['--seed', 'empty'], real)
    expect(Object.values(env).filter((value) => value.startsWith('real-'))).toEqual([])
    expect(env).not.toHaveProperty('CLOUDFLARE_API_TOKEN')
  })

  test('stay with --keep-env', async () => {
    expect(await environment(['--seed', 'ticket', '--keep-env'], real)).toMatchObject(real)
    const { CLOUDFLARE_API_TOKEN, ...others } = real
    const env = await environment(['--seed', 'ticket', '--keep-env'], others)
    expect(env.CLOUDFLARE_API_TOKEN).toBe(ofSeed.token)
    expect(CLOUDFLARE_API_TOKEN).not.toBe(ofSeed.token)
  })
})

test('other variables stay as they are', async () => {
  expect(await environment([], { SOMETHING_ELSE: 'as it was', CF_ZONE: 'z' })).toMatchObject({
    SOMETHING_ELSE: 'as it was',
    CF_ZONE: 'z',
  })
})

test('a name let through is tried, others are not', async () => {
  if (!has('curl')) return
  const ask = 'curl -s -o /dev/null -w "%{http_connect}" https://nowhere.invalid/'
  expect((await through([], ['sh', '-c', ask])).stdout).toBe('403')
  expect((await through(['--passthrough', 'nowhere.invalid'], ['sh', '-c', ask])).stdout).toBe(
    '502',
  )
})
