/** The connections to a database: the pool, and one that stays, all with the same settings. */
import type { Client, Pool } from 'pg'
import { StateProblem } from '../durable-log.ts'
import { partsOf } from '../places.ts'

export interface Connections {
  readonly pool: Pool
  connect(): Promise<Client>
}

/** Loads the driver. */
export async function connectionsTo(url: string, place: string): Promise<Connections> {
  const { default: pg } = await import('pg').catch(() => {
    throw new StateProblem(
      `--state ${place} needs the package pg, which is not installed: npm install pg`,
    )
  })
  const settings = {
    connectionString: asLibpqReads(url, process.env),
    application_name: 'access-emulator',
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
    keepAlive: true,
  }
  const pool = new pg.Pool({ ...settings, max: 4, allowExitOnIdle: true })
  // Of connections that nobody is using: the next query takes another.
  pool.on('error', () => {})
  // Of one in use: its query fails too, and that is where it is handled.
  pool.on('connect', (client) => client.on('error', () => {}))
  const connect = async () => {
    const client = new pg.Client(settings)
    // Also while nobody listens yet, or any more: such as the server that stops while a replica closes.
    client.on('error', () => {})
    await client.connect()
    return client
  }
  return { pool, connect }
}

const fileVariables = {
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
} as const

/** Says to the driver what libpq would read: it takes each `sslmode` for another, and no certificates from variables. */
function asLibpqReads(url: string, variables: NodeJS.ProcessEnv): string {
  const { host, parameters } = partsOf(url)
  // As the driver reads them: of two parameters the last, and any before what stands elsewhere.
  const last = (name: string) => parameters.getAll(name).at(-1)
  const reached = last('host') || host || variables.PGHOST || ''
  const added = new URLSearchParams({ uselibpqcompat: 'true' })
  const mode = last('sslmode') || (parameters.has('ssl') ? undefined : variables.PGSSLMODE)
  // A socket has no TLS.
  if (/^(\/|%2f)/i.test(reached)) added.set('sslmode', 'disable')
  else if (mode) {
    added.set('sslmode', mode)
    for (const [name, variable] of Object.entries(fileVariables)) {
      const file = variables[variable]
      if (file && !parameters.has(name)) added.set(name, file)
    }
  }
  return `${url.trim()}${url.includes('?') ? '&' : '?'}${added}`
}
