/** `access-emulator phone`: what a phone finds, and what it is never given. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { chromium } from '@playwright/test'
import { encode } from 'uqr'
import { expect, onTestFinished, test } from 'vitest'
import { createEmulator } from '../../../emulator/index.ts'
import type { EmulatorOptions } from '../../../emulator/instance/options.ts'
import { command, folder, has, start } from './run-program.ts'

async function running(options: EmulatorOptions = {}) {
  const emulator = await createEmulator({ seed: 'example', ...options })
  onTestFinished(() => emulator.close())
  return emulator
}

/** The command, once it has printed what `until` waits for. */
async function phone(args: readonly string[], until: RegExp, given?: string) {
  const state = given ?? (await folder())
  const { child, ended } = start(['phone', '--address', '127.0.0.1', '--port', '0', ...args], {
    env: { XDG_STATE_HOME: state },
  })
  let printed = ''
  await Promise.race([
    ended.then(({ stderr }) => {
      throw new Error(stderr)
    }),
    new Promise<void>((resolve) =>
      child.stdout?.on('data', (text: Buffer) => {
        printed += String(text)
        if (until.test(printed)) resolve()
      }),
    ),
  ])
  return { printed, state, child, ended }
}

test('the phone gets the constrained certificate, the proxy settings and the steps', async () => {
  const { port, url } = await running()
  const { printed, child, ended, state } = await phone(['--json', '--url', url], /\n/)
  const shown = JSON.parse(printed) as Record<string, string>
  expect(shown).toMatchObject({ event: 'ready', proxy: `127.0.0.1:${port}` })

  const certificate = await fetch(shown.certificate ?? '')
  expect(certificate.headers.get('content-type')).toBe('application/x-x509-ca-cert')
  const text = await certificate.text()
  expect(text).not.toContain('PRIVATE KEY')
  const ca = await command(['ca', '--json', '--url', url], { env: { XDG_STATE_HOME: state } })
  const { fingerprint_sha256, certificate: path } = JSON.parse(ca.stdout)
  expect(new X509Certificate(text).fingerprint256).toBe(fingerprint_sha256)
  expect(text).toBe(await readFile(path, 'utf8'))

  const pac = await fetch(shown.pac ?? '')
  expect(pac.headers.get('content-type')).toBe('application/x-ns-proxy-autoconfig')
  const script = await pac.text()
  const dnsDomainIs = (host: string, domain: string) => host.endsWith(domain)
  const wayTo = (host: string) =>
    runInNewContext(`${script}; FindProxyForURL('', ${JSON.stringify(host)})`, { dnsDomainIs })
  const through = `PROXY 127.0.0.1:${port}`
  expect(
    ['wiki.example.com', 'example.com', 'example-team.cloudflareaccess.com'].map(wayTo),
  ).toEqual([through, through, through])
  expect(['example.org', 'notexample.com', 'other.cloudflareaccess.com'].map(wayTo)).toEqual([
    ...['DIRECT', 'DIRECT', 'DIRECT'],
  ])

  const page = await fetch(shown.url ?? '')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const steps = await page.text()
  for (const part of ['iPhone', 'Android', shown.pac ?? '', fingerprint_sha256.slice(0, 23)]) {
    expect(steps).toContain(part)
  }
  for (const other of ['__access', 'seed', 'ca.pem', '..%2fca.pem']) {
    expect((await fetch(new URL(other, shown.url))).status).toBe(404)
  }
  expect((await fetch(shown.url ?? '', { method: 'POST' })).status).toBe(405)
  child.kill('SIGTERM')
  expect((await ended).code).toBe(0)
})

test.skipIf(!has('chromium', 'certutil'))(
  'a browser with these settings and this certificate opens the real names',
  { timeout: 60_000 },
  async () => {
    const state = await folder()
    const emulator = await running({ stateHome: state })
    const { printed } = await phone(['--json', '--url', emulator.url], /\n/, state)
    const { pac, certificate } = JSON.parse(printed) as Record<string, string>
    const file = join(state, 'certificate.crt')
    await writeFile(file, await (await fetch(certificate ?? '')).text())
    const nss = join(state, '.pki/nssdb')
    await mkdir(nss, { recursive: true })
    execFileSync('certutil', ['-d', `sql:${nss}`, '-N', '--empty-password'])
    execFileSync('certutil', ['-d', `sql:${nss}`, '-A', '-t', 'C,,', '-n', 'it', '-i', file])
    const context = await chromium.launchPersistentContext(join(state, 'profile'), {
      executablePath: '/usr/bin/chromium',
      args: [`--proxy-pac-url=${pac}`],
      env: { ...process.env, HOME: state, XDG_CONFIG_HOME: state },
    })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto('https://wiki.example.com/')
    expect(await page.locator('h1').textContent()).toBe('Sign in to People and machines')
  },
)

test('the QR code in the terminal is that of the address beside it', async () => {
  const { url } = await running()
  const { printed } = await phone(['--url', url], /Ctrl-C/)
  const address = /open (http:\S+)/.exec(printed)?.[1] ?? ''
  const shown = printed.split('\n').filter((line) => /^[█▀▄ ]+$/.test(line))
  // Two rows of modules to a line; light ones are drawn.
  const rows = shown.flatMap((line) => [
    [...line].map((each) => each === '▄' || each === ' '),
    [...line].map((each) => each === '▀' || each === ' '),
  ])
  const { data, size } = encode(address, { border: 2 })
  expect(rows.slice(0, size)).toEqual(data)
})

test('an emulator that no phone could reach is refused, with what to do', async () => {
  const { url } = await running()
  const state = await folder()
  const tried = (args: readonly string[]) =>
    command(['phone', '--url', url, ...args], { env: { XDG_STATE_HOME: state } })
  const deaf = await tried(['--address', '127.0.0.2'])
  expect([deaf.code, deaf.stderr]).toEqual([
    2,
    expect.stringContaining('does not listen on 127.0.0.2:'),
  ])
  expect(deaf.stderr).toContain(
    'Start it with access-emulator start --host 0.0.0.0 --proxy-clients any.',
  )
  const none = await command(['phone', '--url', 'http://127.0.0.1:9'])
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('No emulator answers at')])
})

const [lan] = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .filter(({ family, internal }) => family === 'IPv4' && !internal)
if (lan === undefined) console.warn('An emulator on the network is not tried: there is none here')

test.skipIf(lan === undefined)('nor is one whose proxy is for this machine alone', async () => {
  const { address = '' } = lan ?? {}
  const state = await folder()
  const tried = async (options: EmulatorOptions) => {
    const { url } = await running({ host: '0.0.0.0', ...options })
    return command(['phone', '--url', url, '--address', address, '--port', 'x'], {
      env: { XDG_STATE_HOME: state },
    })
  }
  expect((await tried({})).stderr).toContain('lets no other machine use its proxy')
  // It goes on to the next mistake.
  expect((await tried({ proxyClients: 'any' })).stderr).toContain('"x" is not a port')
})
