/** A real Postgres for tests: a cluster of its own in a temporary folder, reached by a socket in it. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

export interface PostgresServer {
  /** Where its socket is, and the port that names it. */
  readonly at: SocketPlace
  /** `postgres://…` of a new, empty database. */
  database(): Promise<string>
  /** Ends it as a power failure would, and starts it again on the same files. */
  crash(): Promise<void>
  /** Ends it in order, connections first, and starts it again. */
  restart(): Promise<void>
  /** Ends it in the same way, until `up`. */
  down(): Promise<void>
  up(): Promise<void>
  stop(): Promise<void>
}

/** Whether there is a server to start. */
export function hasPostgres(): boolean {
  return existsSync('/usr/lib/postgresql')
}

/** Debian keeps the programs of each version in a folder of its own, outside PATH. */
export async function programs(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? await readdir(root) : []
  const newest = versions.map(Number).sort((a, b) => b - a)[0]
  return newest === undefined ? undefined : join(root, String(newest), 'bin')
}

/** Postgres refuses to run as root. */
export function otherUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout)
  return { uid: id('-u'), gid: id('-g') }
}

export interface SocketPlace {
  readonly folder: string
  readonly port?: number
}

export interface Starting {
  /** As `NAME=VALUE`. */
  readonly settings?: readonly string[]
  /** For a server that is to be reached by TCP too. */
  readonly tcp?: { readonly port: number }
  /** Files in the folder of its data, by name. */
  readonly files?: Readonly<Record<string, string>>
}

/** A server that ends leaves its writes with the system, and no test ends the system: waiting for the disk proves nothing. */
export const unsynced: readonly string[] = ['fsync=off']

/** Undefined, with the reason printed, where there is no Postgres. */
export async function startPostgres({
  settings = [],
  tcp,
  files = {},
}: Starting = {}): Promise<PostgresServer | undefined> {
  const bin = await programs()
  if (bin === undefined) {
    console.info('Not run: there is no Postgres server here (Debian package postgresql).')
    return undefined
  }
  const user = otherUser()
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'))
  await chmod(folder, 0o755)
  if (user !== undefined) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const initialised = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'tests', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { ...user, cwd: folder, encoding: 'utf8' },
  )
  if (initialised.status !== 0) throw new Error(`initdb: ${initialised.stderr}`)
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(data, name), text, { mode: 0o600 })
    if (user !== undefined) await chown(join(data, name), user.uid, user.gid)
  }

  const start = async () => {
    const all = [
      // Otherwise a socket only: no port to choose, and none for anyone else to reach.
      `listen_addresses=${tcp === undefined ? '' : '127.0.0.1,::1'}`,
      `unix_socket_directories=${folder}`,
      'shared_buffers=16MB',
      'max_connections=100',
      ...(tcp === undefined ? [] : [`port=${tcp.port}`]),
      ...settings,
    ].flatMap((setting) => ['-c', setting])
    const command = [join(bin, 'postgres'), '-D', data, ...all] as const
    return startDaemon(command, { ...user, cwd: folder }, 'ready to accept connections')
  }
  let server = await start()
  const at = { folder, ...tcp }
  const stop = async (signal: NodeJS.Signals) => {
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
  return {
    at,
    database: () => createDatabase(at),
    async crash() {
      await stop('SIGQUIT')
      server = await start()
    },
    async restart() {
      await stop('SIGINT')
      server = await start()
    },
    // Immediate shutdown: no checkpoint, and recovery from the log at the next start.
    down: () => stop('SIGQUIT'),
    async up() {
      server = await start()
    },
    async stop() {
      await stop('SIGINT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Creates a database on the server there. */
export async function createDatabase({ folder, port }: SocketPlace): Promise<string> {
  const by = port === undefined ? '' : `&port=${port}`
  const urlOf = (name: string) =>
    `postgres://tests@/${name}?host=${encodeURIComponent(folder)}${by}`
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const client = new pg.Client({ connectionString: urlOf('postgres') })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return urlOf(name)
}

/** Starts a program as a child. @throws Error with what it said, if it ends before it says that it is ready */
export async function startDaemon(
  [program, ...args]: readonly [string, ...string[]],
  options: SpawnOptions,
  isReady: string,
): Promise<ChildProcess> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  // Read to the end: it would end if it could not write its log.
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.includes(isReady)) child.emit('ready')
  })
  const ready = await Promise.race([
    once(child, 'ready').then(() => true),
    once(child, 'exit').then(() => false),
  ])
  if (!ready) throw new Error(`${program}: ${said}`)
  return child
}
