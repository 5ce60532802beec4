/** `access-emulator ca` says where the local CA is and how to trust it, and installs nothing. */
import { X509Certificate } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createEmulator } from '../../../emulator/index.ts'
import { command, folder, has, through } from './run-program.ts'

interface Shown {
  readonly certificate: string
  readonly key: string
  readonly fingerprint_sha256: string
  readonly expires_at: string
  readonly names: readonly string[] | null
}

async function shown(state: string, ...args: readonly string[]): Promise<Shown> {
  const { stdout } = await command(['ca', '--json', ...args], { env: { XDG_STATE_HOME: state } })
  return JSON.parse(stdout)
}

/** Where nothing listens. */
const nowhere = ['--url', 'http://127.0.0.1:9']
const exampleNames = ['api.cloudflare.com', 'example-team.cloudflareaccess.com', 'example.com']

test('ca creates one CA for the seed’s names, and says where it is and how long it is valid', async () => {
  const state = await folder()
  const first = await shown(state, ...nowhere)
  expect(first).toEqual(await shown(state, ...nowhere))
  const certificate = new X509Certificate(await readFile(first.certificate))
  expect(first.fingerprint_sha256).toBe(certificate.fingerprint256)
  expect(Date.parse(first.expires_at)).toBe(Date.parse(certificate.validTo))
  expect(first.names).toEqual(exampleNames)
  // Its name constraints (RFC 5280 4.2.1.10), which only the authority of run and env is without.
  const constraints = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x1e])
  expect(certificate.raw.includes(constraints)).toBe(true)
  expect((await stat(first.key)).mode & 0o777).toBe(0o600)
  expect(first.certificate.startsWith(join(state, 'access-emulator'))).toBe(true)
})

test('ca is for the names of an emulator that runs, and another one when a zone was added', async () => {
  const emulator = await createEmulator({ seed: 'example' })
  onTestFinished(() => emulator.close())
  const state = await folder()
  const before = await shown(state, '--url', emulator.url)
  expect(before.names).toEqual(exampleNames)
  const { zone } = await emulator.control
    .createAccount({ body: { name: 'more' } })
    .then(({ zones: [first] }) => ({ zone: first?.name }))
  const after = await shown(state, '--url', emulator.url)
  expect(after.names).toContain(zone)
  expect(after.certificate).not.toBe(before.certificate)
  const { stdout } = await command(['ca', '--url', emulator.url], {
    env: { XDG_STATE_HOME: state },
  })
  expect(stdout).toContain(`Names from   the emulator at ${emulator.url}`)
})

test('ca says how to trust it everywhere, and never mentions the CA that is valid for any name', async () => {
  const state = await folder()
  const { code, stdout } = await command(['ca', ...nowhere], { env: { XDG_STATE_HOME: state } })
  const { certificate, fingerprint_sha256, expires_at } = await shown(state, ...nowhere)
  expect(code).toBe(0)
  for (const part of [certificate, fingerprint_sha256, expires_at]) expect(stdout).toContain(part)
  const places = [
    'curl',
    'Node',
    'Python',
    'Go',
    'Chromium',
    'Firefox',
    'Android',
    'iPhone',
    'Debian',
    'macOS',
  ]
  for (const place of places) expect(stdout).toMatch(new RegExp(`^${place}`, 'm'))
  // certutil makes the database, but not its folder.
  expect(stdout).toContain('mkdir -p $HOME/.pki/nssdb && certutil')
  const paths = new Set(stdout.match(/\/\S+\.pem/g)?.map((path) => path.split('/').at(-1)))
  expect([...paths].filter((name) => !name?.startsWith('system-'))).toEqual([])
  expect(stdout).toMatch(/does not cover a zone or team added later.*Run access-emulator ca again/s)
  expect(await readdir(join(state, 'access-emulator'))).toEqual(['ca'])
})

test('ca --for-system creates a root limited to its names, and says how to install and remove it', async () => {
  const state = await folder()
  const names = ['api.cloudflare.com', 'example.com']
  const { stdout } = await command(['ca', '--for-system', ...names], {
    env: { XDG_STATE_HOME: state },
  })
  for (const system of ['Debian', 'macOS', 'Windows', 'Firefox']) expect(stdout).toContain(system)
  expect(stdout.match(/undo: /g)?.length).toBeGreaterThanOrEqual(3)
  const root = await shown(state, '--for-system', ...names)
  expect(root.names).toEqual(names)
  expect(root.certificate).not.toBe((await shown(state, ...nowhere)).certificate)
})

test('a program that trusts the root for its names alone takes those, and no other', async () => {
  if (!has('curl')) return
  const state = await folder()
  const { certificate } = await shown(state, '--for-system', 'machines.example.com')
  const ask = (host: string) =>
    through([], ['curl', '-sS', '-o', '/dev/null', '--cacert', certificate, `https://${host}/`], {
      env: { XDG_STATE_HOME: state },
    })
  expect(await ask('machines.example.com')).toMatchObject({
    code: 0,
    stderr: expect.not.stringContaining('curl:'),
  })
  expect((await ask('wiki.example.com')).code).toBe(60)
})

test.each([['com'], ['*'], ['127.0.0.1']])(
  'ca --for-system %s is refused with one line',
  async (name) => {
    const { code, stdout, stderr } = await command(['ca', '--for-system', name])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^access-emulator: [^\n]*cannot constrain a root[^\n]*\n$/)
  },
)
