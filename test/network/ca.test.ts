/** The local CA: its location, permissions and lifetime, and what a system root may sign. */
import { fork } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Ca,
  type LeafCertificate,
  openCa,
  stateFolder,
  systemRoot,
} from '../../emulator/network/tls/ca.ts'
import { run, temporaryFolder } from './server.ts'

const start = Date.parse('2026-03-01T00:00:00Z')
const day = 24 * 3_600_000
const at = (ms: number) => ({ wallNow: () => ms })
const days = ({ validFrom, validTo }: X509Certificate) =>
  (Date.parse(validTo) - Date.parse(validFrom)) / day

const open = async (ms = start, stateHome?: string): Promise<Ca & { folder: string }> => {
  const home = stateHome ?? (await temporaryFolder())
  return Object.assign(await openCa({ stateHome: home, world: at(ms) }), { folder: home })
}

const first = ({ certPem }: { readonly certPem: string }) => new X509Certificate(certPem)

describe('the authority', () => {
  test('is made in the state folder, and only its owner may read the key', async () => {
    const ca = await open()
    expect(ca.keyPath.startsWith(join(ca.folder, 'access-emulator'))).toBe(true)
    const modes = await Promise.all(
      [ca.keyPath, join(ca.folder, 'access-emulator', 'ca')].map(
        async (path) => (await stat(path)).mode & 0o777,
      ),
    )
    expect(modes).toEqual([0o600, 0o700])
    expect(await readFile(ca.certPath, 'utf8')).toBe(ca.certPem)
    expect(await readFile(ca.certPath, 'utf8')).not.toContain('PRIVATE KEY')
    expect(first(ca).fingerprint256).toBe(ca.fingerprint256)
  })

  test('has a P-256 root that lives 90 days, and says that it is an emulator', async () => {
    const root = first(await open())
    expect(root.ca).toBe(true)
    expect(root.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
    expect(days(root)).toBe(90)
    expect(root.subject).toContain('Access emulator local CA')
  })

  test('is the same when opened again', async () => {
    const ca = await open()
    const again = await open(start + day, ca.folder)
    expect(again.fingerprint256).toBe(ca.fingerprint256)
  })

  test('removes other users’ permissions', async () => {
    const ca = await open()
    await chmod(ca.keyPath, 0o644)
    await open(start, ca.folder)
    expect((await stat(ca.keyPath)).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['ends within two weeks', start + 80 * day],
    ['has ended', start + 400 * day],
    ['has not begun, because the clock was wrong', start - 30 * day],
  ])('is renewed when it %s', async (_, ms) => {
    const ca = await open()
    const renewed = await open(ms, ca.folder)
    expect(renewed.fingerprint256).not.toBe(ca.fingerprint256)
    expect(await readFile(renewed.certPath, 'utf8')).toBe(renewed.certPem)
    expect(renewed.notAfterMs).toBeGreaterThan(ms + 80 * day)
  })

  test('is recreated if its file is corrupt', async () => {
    const ca = await open()
    await writeFile(ca.keyPath, (await readFile(ca.keyPath, 'utf8')).slice(0, 200))
    const again = await open(start, ca.folder)
    expect(again.fingerprint256).not.toBe(ca.fingerprint256)
    expect((await again.leafFor('app.example.com')).certPem).toContain('CERTIFICATE')
  })

  test('never takes a key that belongs to another certificate', async () => {
    const [ca, other] = [await open(), await open()]
    const key = (text: string) => text.slice(0, text.indexOf('-----BEGIN CERTIFICATE'))
    const [mine, theirs] = await Promise.all(
      [ca.keyPath, other.keyPath].map((path) => readFile(path, 'utf8')),
    )
    if (mine === undefined || theirs === undefined) throw new Error('no key files')
    await writeFile(ca.keyPath, mine.replace(key(mine), key(theirs)))
    const again = await open(start, ca.folder)
    expect(again.fingerprint256).not.toBe(ca.fingerprint256)
  })

  test('is the same for processes that create it concurrently', async () => {
    const stateHome = await temporaryFolder()
    const program = join(stateHome, 'open.mjs')
    const esbuild = await import('esbuild')
    await esbuild.build({
      stdin: {
        contents: `import { openCa } from './emulator/network/tls/ca.ts'
          process.once('message', async () => {
            const ca = await openCa({ stateHome: ${JSON.stringify(stateHome)}, world: { wallNow: () => Date.now() } })
            const { certPem } = await ca.leafFor('app.example.com')
            process.send({ root: ca.certPem, leaf: certPem }, () => process.disconnect())
          })
          process.send('ready')`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      mainFields: ['module', 'main'],
      outfile: program,
      logLevel: 'error',
    })
    const children = [1, 2, 3, 4].map(() => fork(program))
    await Promise.all(children.map((child) => once(child, 'message')))
    const answers = children.map(async (child) => {
      const [answer] = await once(child, 'message')
      return answer as { readonly root: string; readonly leaf: string }
    })
    for (const child of children) child.send('go')
    const made = await Promise.all(answers)
    const [root = ''] = new Set(made.map((each) => each.root))
    expect(new Set(made.map((each) => each.root)).size).toBe(1)
    for (const { leaf } of made) {
      expect(new X509Certificate(leaf).verify(new X509Certificate(root).publicKey)).toBe(true)
    }
    expect((await readdir(join(stateHome, 'access-emulator', 'ca'))).sort()).toEqual([
      'ca-1.pem',
      'ca.pem',
    ])
  })
})

describe('a leaf', () => {
  test('names its host, lives at most seven days, and can sign nothing', async () => {
    const ca = await open()
    const leaf = first(await ca.leafFor('app.example.com'))
    expect(leaf.subjectAltName).toBe('DNS:app.example.com')
    expect(days(leaf)).toBeLessThanOrEqual(7)
    expect(leaf.ca).toBe(false)
    expect(leaf.verify(first(ca).publicKey)).toBe(true)
    expect(Date.parse(leaf.validFrom)).toBeLessThan(start)
  })

  test('for localhost holds the loopback addresses too', async () => {
    const leaf = first(await (await open()).leafFor('localhost'))
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(leaf.checkIP('::1')).toBe('::1')
    expect(leaf.checkHost('localhost')).toBe('localhost')
  })

  test('gets a new serial each time', async () => {
    const ca = await open()
    const leaves = await Promise.all([1, 2, 3].map(() => ca.leafFor('app.example.com')))
    const serials = leaves.map((leaf) => first(leaf).serialNumber)
    expect(new Set(serials).size).toBe(3)
    for (const serial of serials) expect(serial.length).toBeGreaterThanOrEqual(28)
  })
})

test('the state folder follows XDG_STATE_HOME, unless it is relative', () => {
  const before = process.env.XDG_STATE_HOME
  try {
    process.env.XDG_STATE_HOME = '/somewhere'
    expect(stateFolder()).toBe('/somewhere/access-emulator')
    process.env.XDG_STATE_HOME = 'here'
    expect(stateFolder()).toMatch(/\/\.local\/state\/access-emulator$/)
  } finally {
    if (before === undefined) delete process.env.XDG_STATE_HOME
    else process.env.XDG_STATE_HOME = before
  }
})

describe('a system root', () => {
  const make = (stateHome: string, names: readonly string[], ms = Date.now()) =>
    systemRoot({ stateHome, world: at(ms) }, names)

  test('is separate, with its own key, and the same for the same names', async () => {
    const ca = await open()
    const root = await make(ca.folder, ['*.Example.com', 'example.com.', 'example.org'], start)
    expect(root.names).toEqual(['example.com', 'example.org'])
    expect(root.fingerprint256).not.toBe(ca.fingerprint256)
    expect((await stat(root.keyPath)).mode & 0o777).toBe(0o600)
    const again = await make(ca.folder, ['example.org', 'example.com'], start)
    expect(again.fingerprint256).toBe(root.fingerprint256)
  })

  test.each([['com'], ['127.0.0.1'], ['a b.example.com'], ['']])('refuses %j', async (name) => {
    await expect(make(await temporaryFolder(), [name])).rejects.toThrow(RangeError)
  })

  test('is limited to its names, and the root for run and env verifies the same leaves', async () => {
    const openssl = await run('openssl', ['version'])
    if (openssl.code !== 0) return console.info('name constraints: not checked, no openssl here')
    const stateHome = await temporaryFolder()
    const root = await make(stateHome, ['example.com'])
    const ca = await open(Date.now(), stateHome)
    const verified = async (trust: string, leaf: LeafCertificate) => {
      const path = join(stateHome, 'leaf.pem')
      await writeFile(path, leaf.certPem)
      const args = ['verify', '-CAfile', trust, '-untrusted', path, path]
      const { code, out, err } = await run('openssl', args)
      return code === 0 ? 'OK' : (/error \d+[^:]*: (.*)/.exec(out + err)?.[1] ?? err)
    }
    const leaves = await Promise.all(
      ['app.example.com', 'app.example.org', 'localhost'].map((name) => ca.leafFor(name)),
    )
    const bySystem = []
    const byCa = []
    for (const leaf of leaves) {
      bySystem.push(await verified(root.certPath, leaf))
      byCa.push(await verified(ca.certPath, leaf))
    }
    const violation = 'permitted subtree violation'
    expect(bySystem).toEqual(['OK', violation, violation])
    expect(byCa).toEqual(['OK', 'OK', 'OK'])
  })
})
