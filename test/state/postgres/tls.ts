/** A real Postgres that is reached by TCP, with certificates of a CA made for it. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { vi } from 'vitest'
import { testAuthority } from '../../support/client-certificates.ts'
import { heard } from '../../support/command.ts'
import { programs, startPostgres, unsynced } from './server.ts'

export const password = 'p:a/s s@%5'

export interface TlsServer {
  readonly port: number
  /** A folder with `ca.crt`, `other-ca.crt`, the client certificates `device` and `stranger`, of the other CA, and `passwords`. */
  readonly folder: string
  /** As the superuser, by the socket. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  /** The address of a new database, by the socket. */
  socket(): Promise<string>
  /** Changes settings, and waits until they are in force. */
  set(settings: Readonly<Record<string, string>>): Promise<void>
  /** What `psql` does: whether its connection was encrypted, or that there was none. */
  psql(url: string): Promise<'TLS' | 'plain' | 'refused'>
  stop(): Promise<void>
}

/** With the databases `encrypted` and `certified`, which take TLS only, and `either`; and the roles `member`, by password, and `device`, by certificate. */
export async function startTlsServer(): Promise<TlsServer | undefined> {
  const [ca, other, port, bin] = await Promise.all([
    testAuthority('database-ca'),
    testAuthority('other-ca'),
    freePort(),
    programs(),
  ])
  const purposes = ['1.3.6.1.5.5.7.3.1']
  const names = ['localhost', '::1']
  const good = await ca.client({ commonName: 'localhost', purposes, names })
  const old = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') }
  const expired = await ca.client({ commonName: 'localhost', purposes, names, ...old })
  const device = await ca.client({ commonName: 'device' })
  const stranger = await other.client({ commonName: 'device' })
  const server = await startPostgres({
    settings: unsynced,
    tcp: { port },
    files: {
      'ca.crt': ca.certPem,
      'good.crt': good.cert,
      'good.key': good.key,
      'expired.crt': expired.cert,
      'expired.key': expired.key,
      'postgresql.auto.conf': `ssl = on
ssl_ca_file = 'ca.crt'
ssl_cert_file = 'good.crt'
ssl_key_file = 'good.key'
`,
      'pg_hba.conf': `local all all trust
hostssl all device all cert
hostssl encrypted,none all all scram-sha-256
host either all all scram-sha-256
`,
    },
  })
  if (server === undefined || bin === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'tls-'))
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 })
  await write('ca.crt', ca.certPem)
  await write('other-ca.crt', other.certPem)
  await write('device.crt', device.cert)
  await write('device.key', device.key)
  await write('stranger.crt', stranger.cert)
  await write('stranger.key', stranger.key)
  await write('nonsense.crt', 'nonsense')
  await write('passwords', `*:*:*:*:${password.replaceAll(':', '\\:')}\n`)

  const superuser = await server.database()
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: superuser, ssl: false })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }
  await query(`create role member login password ${pg.escapeLiteral(password)}`)
  await query('create role device login')
  for (const name of ['encrypted', 'certified', 'either']) {
    await query(`create database ${name}`)
    await query(`grant create on database ${name} to member, device`)
  }
  return {
    port,
    folder,
    query,
    socket: () => server.database(),
    async set(settings) {
      for (const [name, value] of Object.entries(settings)) {
        await query(`alter system set ${name} = ${pg.escapeLiteral(value)}`)
      }
      await query('select pg_reload_conf()')
      await vi.waitFor(async () => {
        for (const [name, value] of Object.entries(settings)) {
          const [row] = await query(`show ${name}`)
          if (row?.[name] !== value) throw new Error(`${name} is still ${row?.[name]}`)
        }
      })
    },
    async psql(url) {
      const sql = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'
      const child = spawn(join(bin, 'psql'), ['-XwAtc', sql, url], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const { stdout } = heard(child)
      const [code] = await once(child, 'close')
      if (code !== 0) return 'refused'
      return stdout().trim() === 't' ? 'TLS' : 'plain'
    },
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Postgres takes no port 0. One below those that systems hand out, so that nobody gets it meanwhile. */
async function freePort(): Promise<number> {
  const port = randomInt(12_000, 30_000)
  const server = createServer().listen(port, 'localhost')
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  server.close()
  return isFree ? port : await freePort()
}
