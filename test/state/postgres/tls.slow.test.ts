/** `--state postgres://…` by TCP: TLS, certificates and credentials as for `psql`, which is asked the same. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEmulator } from '../../../emulator/index.ts'
import { runCommand, startCommand } from '../../support/command.ts'
import { password, startTlsServer, type TlsServer } from './tls.ts'
import { addresses, type Case, credentials, encoded, modes, unknownCa } from './tls-cases.ts'

let running: TlsServer | undefined
let home = ''
beforeAll(async () => {
  running = await startTlsServer()
  home = await mkdtemp(join(tmpdir(), 'home-'))
}, 60_000)
afterAll(async () => {
  await running?.stop()
  await rm(home, { recursive: true, force: true })
})
beforeEach(({ skip }) => {
  if (running === undefined) return skip('there is no Postgres server here')
  for (const name of Object.keys(process.env))
    if (name.startsWith('PG')) vi.stubEnv(name, undefined)
  vi.stubEnv('HOME', home)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

function server(): TlsServer {
  if (running === undefined) throw new Error('there is no server')
  return running
}

const inFolder = (text: string) =>
  text.replace(/\{(.*?)\}/g, (_, name: string) => join(server().folder, name))

function urlOf({ url = '', user = 'member', host = 'localhost', database = 'encrypted' }: Case) {
  return `postgres://${user}@${host}:${server().port}/${database}?${inFolder(url)}`
}

let count = 0

/** Starts an emulator there, and looks at all its connections. Returns what it says if it does not start. */
async function started(url: string): Promise<string> {
  count += 1
  const name = `emulator_${count}`
  const emulator = await createEmulator({ state: `${url}&application_name=${name}` }).catch(
    (error: Error) => error.message,
  )
  if (typeof emulator === 'string') return emulator
  try {
    const connections = `from pg_stat_activity where application_name = '${name}'`
    await vi.waitFor(async () => {
      const rows = await server().query(`select 1 ${connections} and query like 'listen%'`)
      expect(rows).toHaveLength(1)
    }, 10_000)
    const rows = await server().query(
      `select distinct ssl from pg_stat_ssl where pid in (select pid ${connections})`,
    )
    expect(rows).toHaveLength(1)
    return rows[0]?.ssl === true ? 'TLS' : 'plain'
  } finally {
    await emulator.close()
  }
}

async function isAsSaid(each: Case): Promise<void> {
  for (const [name, value] of Object.entries({
    PGPASSWORD: password,
    PGSSLMODE: 'require',
    ...each.env,
  })) {
    vi.stubEnv(name, value === '' ? undefined : inFolder(value))
  }
  const url = urlOf(each)
  const [ours, theirs] = await Promise.all([started(url), server().psql(url)])
  if (each.is !== undefined) expect(ours).toBe(each.is)
  else {
    expect(ours).toContain(each.says)
    expect(ours).not.toMatch(/\n/)
    expect(ours).not.toContain(password)
    expect(ours).not.toContain(encodeURIComponent(password))
  }
  expect(theirs).toBe(each.psql ?? each.is ?? 'refused')
}

describe('A server with TLS', () => {
  test.each(modes)('sslmode: $title', isAsSaid)

  test.each(credentials)('password: $title', async (each) => {
    const file = join(home, '.pgpass')
    if (each.pgpass !== undefined) {
      await writeFile(file, each.pgpass, { mode: 0o600 })
    }
    try {
      await isAsSaid(each)
    } finally {
      await rm(file, { force: true })
    }
  })

  test.each(addresses)('address: $title', isAsSaid)

  test('address: all by variables', async () => {
    vi.stubEnv('PGHOST', 'localhost')
    vi.stubEnv('PGPORT', String(server().port))
    vi.stubEnv('PGUSER', 'member')
    vi.stubEnv('PGDATABASE', 'encrypted')
    vi.stubEnv('PGPASSWORD', password)
    vi.stubEnv('PGSSLMODE', 'require')
    expect(await Promise.all([started('postgres://?'), server().psql('postgres://')])).toEqual([
      'TLS',
      'TLS',
    ])
  })

  test('a certificate that has expired', async () => {
    await server().set({ ssl_cert_file: 'expired.crt', ssl_key_file: 'expired.key' })
    try {
      const url = 'sslmode=verify-full&sslrootcert={ca.crt}'
      await isAsSaid({ title: '', url, says: 'the certificate of the server has expired' })
      await isAsSaid({ title: '', url: 'sslmode=require', is: 'TLS' })
    } finally {
      await server().set({ ssl_cert_file: 'good.crt', ssl_key_file: 'good.key' })
    }
  })

  test('the command says it in one line, exits with 2, and names no password', async () => {
    const state = urlOf({ title: '', url: 'sslmode=verify-full', user: `member:${encoded}` })
    const env = { ACCESS_EMULATOR_STATE: state }
    const { code, stdout, stderr } = await runCommand(['start', '--port', '0'], { env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toContain(`/encrypted: the certificate of the server is ${unknownCa}`)
    expect(stderr).not.toContain(encoded)
  })

  test('the command starts without a warning of the driver', async () => {
    const env = { PGPASSWORD: password }
    const running = await startCommand(['--state', urlOf({ title: '', url: 'sslmode=require' })], {
      env,
    })
    await running.stop()
    expect(running.stderr()).not.toMatch(/warning/i)
  })
})

describe('A server without TLS', () => {
  beforeAll(() => running?.set({ ssl: 'off' }))
  afterAll(() => running?.set({ ssl: 'on' }))
  test.each(['require', 'verify-full'])('%s', (mode) =>
    isAsSaid({
      title: mode,
      url: `sslmode=${mode}`,
      database: 'either',
      says: 'the server does not offer TLS',
    }),
  )
  test('a socket has none, whatever PGSSLMODE says', async () => {
    const url = await server().socket()
    vi.stubEnv('PGSSLMODE', 'verify-full')
    for (const each of [url, url.replace('@/', '@localhost/')]) {
      expect(await Promise.all([started(each), server().psql(each)])).toEqual(['plain', 'plain'])
    }
  })
})

describe('What is not Postgres', () => {
  const listening: Server[] = []
  afterAll(() => {
    for (const each of listening) each.close()
  })
  test.each([
    ['hangs up', (socket: Socket) => socket.destroy(), 'the server ended the connection'],
    ['speaks HTTP', (socket: Socket) => socket.end('HTTP/1.1 400 No\r\n\r\n'), 'is not Postgres'],
  ])('%s', async (_, answer, says) => {
    const other = createServer(answer).listen(0, '127.0.0.1')
    listening.push(other)
    await once(other, 'listening')
    const { port } = Object(other.address()) as { port: number }
    expect(await started(`postgres://me@127.0.0.1:${port}/x?sslmode=require`)).toContain(says)
  })
})
