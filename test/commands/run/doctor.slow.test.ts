/** `access-emulator doctor` finds what keeps programs from reaching the emulator. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { examineSystem } from '../../../emulator/commands/doctor/trust.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { openCa, systemRoot } from '../../../emulator/network/tls/ca.ts'
import { command, folder, through } from './run-program.ts'

interface Diagnosis {
  readonly healthy: boolean
  readonly checks: readonly {
    readonly id: string
    readonly ok: boolean
    readonly says: string
    readonly fix?: string
  }[]
}

let state: string
let emulator: Emulator
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'run-'))
  emulator = await createEmulator({ seed: 'example', stateHome: state })
})
afterAll(async () => {
  await emulator.close()
  await rm(state, { recursive: true, force: true })
})

/** On a machine without settings for roots. */
const blank = {
  SSL_CERT_FILE: undefined,
  CURL_CA_BUNDLE: undefined,
  REQUESTS_CA_BUNDLE: undefined,
  NODE_EXTRA_CA_CERTS: undefined,
  GIT_SSL_CAINFO: undefined,
}

async function diagnosis(url: string, env: Readonly<Record<string, string | undefined>> = {}) {
  const { code, stdout } = await command(['doctor', '--json', '--url', url], {
    env: { ...blank, ...env },
  })
  const { healthy, checks } = JSON.parse(stdout) as Diagnosis
  expect(code).toBe(healthy ? 0 : 1)
  expect(healthy).toBe(checks.every(({ ok }) => ok))
  for (const { ok, fix } of checks) if (!ok) expect(fix).toBeTruthy()
  const bad = checks.filter(({ ok }) => !ok).map(({ id }) => id)
  return { healthy, bad, says: (id: string) => checks.find((each) => each.id === id)?.says }
}

const nowhere = 'http://127.0.0.1:1'

test('a machine without obstacles is fine', async () => {
  const { healthy, says } = await diagnosis(emulator.url)
  expect(healthy).toBe(true)
  expect(says('port')).toContain('an emulator, profile expected, seed example')
  expect(says('node')).toBe(`Node ${process.versions.node}`)
  expect(says('ca')).toContain('created on first use')
  expect(says('emulator-clock')).toMatch(/are \d s apart/)
  const { stdout } = await command(['doctor', '--url', emulator.url], { env: blank })
  expect(stdout).toMatch(/^ok {2}node [\s\S]*\nNothing stands in the way\.\n$/)
})

test('inside run everything is in order, and every tool trusts', async () => {
  const script = `"${process.execPath}" "$0" doctor --json`
  const { accessEmulator } = await import('../../support/built.ts')
  const { code, stdout } = await through([], ['sh', '-c', script, accessEmulator], { env: blank })
  const { checks } = JSON.parse(stdout) as Diagnosis
  expect(checks.filter(({ ok }) => !ok)).toEqual([])
  expect(code).toBe(0)
  const trust = checks.filter(({ id }) => id.startsWith('trust-'))
  expect(trust).toHaveLength(6)
  for (const { says } of trust) expect(says).toContain(' trusts the local authority (')
})

test('a port that something else has is found', async () => {
  const other = createServer((_request, response) => response.end('hello'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    other.close()
  })
  const { port } = other.address() as { port: number }
  const { bad, says } = await diagnosis(`http://127.0.0.1:${port}`)
  expect(bad).toEqual(['port'])
  expect(says('port')).toContain('not an Access emulator')
})

test('a free port is no problem', async () => {
  expect(await diagnosis(nowhere)).toMatchObject({ healthy: true })
})

test.each([
  [
    'a proxy elsewhere',
    { HTTPS_PROXY: 'http://someone:secret@proxy.example:3128' },
    ['proxy-variables'],
  ],
  ['a proxy elsewhere in lower case', { http_proxy: 'http://127.0.0.1:9' }, ['proxy-variables']],
  ['NO_PROXY for everything', { NO_PROXY: '*' }, ['no-proxy']],
  ['NO_PROXY for a host', { no_proxy: 'localhost, wiki.example.com' }, ['no-proxy']],
  ['NO_PROXY for a zone', { NO_PROXY: '.example.com' }, ['no-proxy']],
  ['NO_PROXY for other names', { NO_PROXY: 'localhost,127.0.0.1,.internal' }, []],
  [
    'roots that cannot be read',
    { CURL_CA_BUNDLE: '/nowhere.pem', REQUESTS_CA_BUNDLE: '/etc/hosts' },
    ['trust-curl'],
  ],
  ['verification switched off', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, ['verification']],
] as const)('%s is looked for', async (_, env, bad) => {
  const found = await diagnosis(emulator.url, env)
  expect(found.bad).toEqual(bad)
  expect(found.says('proxy-variables')).not.toContain('secret')
})

test('a shell that leads here without trust is found, and one that leads to an emulator that is gone', async () => {
  const here = await diagnosis(emulator.url, { HTTPS_PROXY: emulator.url })
  expect(here.bad).toEqual(
    ['curl', 'node', 'python', 'requests', 'git', 'go'].map((tool) => `trust-${tool}`),
  )
  const gone = await diagnosis(nowhere, { HTTPS_PROXY: nowhere })
  expect(gone.bad).toContain('proxy-variables')
  expect(gone.says('proxy-variables')).toContain('where no emulator runs')
})

test('a root of an earlier time, or of another machine, is not taken for ours', async () => {
  const elsewhere = await folder()
  const certificateIn = async (home: string) => {
    const { stdout } = await command(['ca', '--json'], { env: { XDG_STATE_HOME: home } })
    return (JSON.parse(stdout) as { certificate: string }).certificate
  }
  const other = await certificateIn(elsewhere)
  const ours = await certificateIn(state)
  const env = { XDG_STATE_HOME: state, HTTPS_PROXY: emulator.url }
  const bad = async (NODE_EXTRA_CA_CERTS: string, home = state) =>
    (await diagnosis(emulator.url, { ...env, NODE_EXTRA_CA_CERTS, XDG_STATE_HOME: home })).bad
  expect(await bad(other)).toContain('trust-node')
  expect(await bad(ours)).not.toContain('trust-node')
  expect(await bad(ours)).not.toContain('ca-of-emulator')
  expect(await bad(other, elsewhere)).toContain('ca-of-emulator')
})

test('a frozen or moved clock is reported, with its effect on cloudflared', async () => {
  onTestFinished(async () => {
    await emulator.control.setClock({ body: { real: true } })
  })
  const said = async (at: string) => {
    await emulator.control.setClock({ body: { at } })
    const { healthy, says } = await diagnosis(emulator.url)
    expect(healthy).toBe(true)
    return says('emulator-clock')
  }
  const behind = await said('2026-01-01T00:00:00Z')
  expect(behind).toContain('frozen, at 2026-01-01T00:00:00.000Z')
  expect(behind).toContain('cloudflared uses the clock of this machine: it refuses tokens')
  expect(await said('2099-01-01T00:00:00Z')).toContain('it takes tokens that have expired here for')
  expect(await said(new Date().toISOString())).not.toContain('cloudflared')
})

test('the proxy of the desktop is found', async () => {
  if (process.platform !== 'linux') return
  const bin = await folder()
  const says = (mode: string) =>
    writeFile(
      join(bin, 'gsettings'),
      `#!/bin/sh\ncase "$2 $3" in *"proxy mode") echo "'${mode}'";; *host) echo "'proxy.example'";; *port) echo 3128;; esac\n`,
      { mode: 0o755 },
    )
  const env = { PATH: `${bin}:${process.env.PATH}` }
  await says('none')
  expect((await diagnosis(emulator.url, env)).bad).toEqual([])
  await says('manual')
  const found = await diagnosis(emulator.url, env)
  expect(found.bad).toEqual(['system-proxy'])
  expect(found.says('system-proxy')).toContain('http://proxy.example:3128')
})

test('an authority for any name that the system trusts is found, and one held to its names is not', async () => {
  const stateHome = await folder()
  const options = { stateHome, world: { wallNow: () => Date.now() } }
  const { certPem } = await openCa(options)
  const constrained = await systemRoot(options, ['example.com'])
  const found = examineSystem(certPem, `# a comment\n${certPem.replaceAll('\n', '\r\n')}`)
  expect(found).toEqual([
    {
      id: 'authority-imported',
      ok: false,
      says: expect.stringContaining('valid for any name'),
      fix: expect.stringContaining('access-emulator ca'),
    },
  ])
  expect(examineSystem(certPem, constrained.certPem)).toEqual([])
})
