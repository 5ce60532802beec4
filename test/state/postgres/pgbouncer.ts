/** A real PgBouncer in front of a test's Postgres, in transaction mode: a session lasts as long as a transaction. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { otherUser, startDaemon } from './server.ts'

const program = '/usr/sbin/pgbouncer'

export interface Bouncer {
  /** The address of a database, through the bouncer. */
  urlOf(database: string): string
  stop(): Promise<void>
}

/** Undefined, with the reason printed, where it is not installed. @param database `postgres://…` of a database on the server */
export async function startBouncer(database: string): Promise<Bouncer | undefined> {
  if (!existsSync(program)) {
    console.info('Not run: there is no PgBouncer here (Debian package pgbouncer).')
    return undefined
  }
  const user = otherUser()
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'))
  const host = new URLSearchParams(database.slice(database.indexOf('?'))).get('host') ?? ''
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(
    file,
    `[databases]
* = host=${host} user=tests
[pgbouncer]
listen_addr =
unix_socket_dir = ${folder}
auth_type = any
pool_mode = transaction
default_pool_size = 4
`,
  )
  if (user !== undefined) {
    await chown(folder, user.uid, user.gid)
    await chown(file, user.uid, user.gid)
  }
  const child = await startDaemon([program, file], { ...user, cwd: folder }, 'process up')
  return {
    urlOf(url) {
      const name = /@\/([^?]+)/.exec(url)?.[1] ?? ''
      return `postgres://tests@/${name}?host=${encodeURIComponent(folder)}&port=6432`
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
