/** The connections to a database: the pool, and one that stays, all with the same settings. */
import { userInfo } from 'node:os'
import type { Client, ClientConfig, Pool } from 'pg'
import { StateProblem } from './durable-log.ts'
import { addressOf, type DatabaseAddress } from './postgres-address.ts'
import { isWithoutTls } from './postgres-errors.ts'
import { passwordOf } from './postgres-password.ts'
import { tlsOf } from './postgres-tls.ts'

export interface Connections {
  readonly pool: Pool
  connect(): Promise<Client>
}

/** Loads the driver. @throws Error with a reason for the user, or of the driver */
export async function connectionsTo(url: string, place: string): Promise<Connections> {
  const { default: pg } = await import('pg').catch(() => {
    throw new StateProblem(
      `--state ${place} needs the package pg, which is not installed: npm install pg`,
    )
  })
  const address = addressOf(url, process.env)
  const { ssl, isOptional } = await tlsOf(address)
  const connectBy = async (settings: ClientConfig) => {
    const client = new pg.Client(settings)
    await client.connect()
    return client
  }
  const encrypted = { ...settingsOf(address), ssl }
  const isPlain = isOptional && (await lacksTls(connectBy(encrypted)))
  const settings = isPlain ? { ...encrypted, ssl: false } : encrypted
  const pool = new pg.Pool({ ...settings, max: 4, allowExitOnIdle: true })
  // Of connections that nobody is using: the next query takes another.
  pool.on('error', () => {})
  // Of one in use: its query fails too, and that is where it is handled.
  pool.on('connect', (client) => client.on('error', () => {}))
  return { pool, connect: () => connectBy(settings) }
}

async function lacksTls(connecting: Promise<Client>): Promise<boolean> {
  try {
    await (await connecting).end()
    return false
  } catch (error) {
    if (!isWithoutTls(error)) throw error
    return true
  }
}

function settingsOf(address: DatabaseAddress): ClientConfig {
  const user = address.user ?? ownName()
  const seconds = Number(address.connect_timeout)
  return {
    host: address.host ?? 'localhost',
    port: Number(address.port ?? 5432),
    user,
    database: address.dbname ?? user,
    password: () => passwordOf(address, user),
    options: address.options,
    application_name: address.application_name ?? 'access-emulator',
    connectionTimeoutMillis: seconds > 0 ? seconds * 1000 : 5000,
    query_timeout: 5000,
    keepAlive: true,
  }
}

function ownName(): string {
  try {
    return userInfo().username
  } catch {
    throw new Error('no user is given, and this one has no name. Say it in the URL, or in PGUSER')
  }
}
