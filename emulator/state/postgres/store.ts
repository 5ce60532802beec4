/** The statements on the tables of `postgres-schema.ts`, each in one round trip. */
import type { JsonWebKey } from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import type { KeyStore } from '../../world/keys.ts'
import type { LogRecord } from '../log.ts'
import type { LogHeader } from '../replay.ts'
import { incarnation, newerSchemaCode, schemaName, schemaVersion } from './schema.ts'

/** A record of the log, in its place. */
export interface LoggedRecord {
  readonly sequence: number
  /** Empty for the directory of accounts. */
  readonly account: string
  readonly ofDirectory: boolean
  readonly record: string
}

/** Records after those that a replica has seen. */
export interface Later {
  /** Which copy of the tables they are in. */
  readonly incarnation: string | null
  readonly records: readonly LoggedRecord[]
  /** Whether it must load everything anew: the records after the last that it has seen are no longer there. */
  readonly isLost: boolean
  /** The last record of all, and the last that is part of the snapshot. */
  readonly head: number
  readonly compacted: number
}

/** A record to append, if nothing else has changed its account since. */
export interface AppendAttempt {
  readonly account: string
  /** The last record of the account that this replica has applied; 0 if there is none. */
  readonly expected: number
  /** The same of the directory, for a record that adds or removes an account. */
  readonly directory: number | null
  readonly text: string
}

interface LogRow {
  readonly incarnation: string | null
  readonly version?: number
  readonly head: string
  readonly compacted: string
  readonly sequence: string | null
  readonly account: string
  readonly of_directory: boolean
  readonly record: string
  readonly nth?: number | null
}

/** The schema was migrated by a newer release while this one ran. */
export class NewerSchema extends Error {
  readonly version: number
  constructor(version: number) {
    super('a newer release has changed the schema')
    this.version = version
  }
}

/** @throws NewerSchema */
export async function laterThan(pool: Pool, seen: number): Promise<Later> {
  const { rows } = await pool.query<LogRow>(`select * from ${schemaName}.later($1)`, [seen])
  const { version = schemaVersion } = rows[0] ?? {}
  if (version > schemaVersion) throw new NewerSchema(version)
  return later(rows, seen)
}

/** Appends those that nobody was faster than. `stored` has their positions among the attempts. */
export async function appendAll(
  pool: Pool,
  { seen, incarnation }: Position,
  attempts: readonly AppendAttempt[],
): Promise<Later & { readonly stored: ReadonlySet<number> }> {
  const { rows } = await pool
    .query<LogRow>(`select * from ${schemaName}.append($1, $2, $3, $4, $5, $6, $7)`, [
      schemaVersion,
      incarnation,
      seen,
      attempts.map(({ account }) => account),
      attempts.map(({ expected }) => expected),
      attempts.map(({ directory }) => directory),
      attempts.map(({ text }) => text),
    ])
    .catch((error: unknown) => {
      const { code, message } = Object(error) as { code?: unknown; message?: unknown }
      throw code === newerSchemaCode ? new NewerSchema(Number(message)) : error
    })
  const stored = rows.flatMap(({ nth }) => (typeof nth === 'number' ? [nth - 1] : []))
  return { ...later(rows, seen), stored: new Set(stored) }
}

function later(rows: readonly LogRow[], seen: number): Later {
  const [first] = rows
  const isLost = first === undefined || Number(first.compacted) > seen || Number(first.head) < seen
  const records = rows.flatMap(({ sequence, account, of_directory: ofDirectory, record }) =>
    sequence === null ? [] : [{ sequence: Number(sequence), account, ofDirectory, record }],
  )
  const { incarnation, head, compacted } = first ?? { incarnation: null, head: 0, compacted: 0 }
  return { incarnation, records, isLost, head: Number(head), compacted: Number(compacted) }
}

/** Uses a connection of its own. What failed may have left it in a transaction: then nobody uses it again. */
export async function onConnection<T>(
  pool: Pool,
  use: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    const result = await use(client)
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** How far a replica is, and in which copy of the tables: a restored one begins anew. */
export interface Position {
  readonly seen: number
  readonly incarnation: string | null
}

/** Everything that is stored, as the lines of a log, and where it ends. */
export interface Loaded extends Position {
  readonly lines: readonly string[]
  /** The last record of each account. */
  readonly sequences: ReadonlyMap<string, number>
}

/** In a transaction of its own, so that all of it is of one moment. Undefined if nothing is stored. */
export async function loadAll(client: ClientBase): Promise<Loaded | undefined> {
  const texts = async (from: string) => {
    const { rows } = await client.query<{ record: string }>(
      `select record from ${schemaName}.${from}`,
    )
    return rows.map(({ record }) => record)
  }
  await client.query('begin isolation level repeatable read read only')
  try {
    const header = await texts('header')
    const { rows: heads } = await client.query<{ sequence: string; incarnation: string }>(
      `select sequence, ${incarnation} as incarnation from ${schemaName}.head`,
    )
    const { rows: accounts } = await client.query<{ account: string; sequence: string }>(
      `select account, sequence from ${schemaName}.accounts`,
    )
    const records = [
      ...(await texts('snapshot order by place')),
      ...(await texts('log order by sequence')),
    ]
    if (header.length === 0) return undefined
    return {
      lines: [...header, ...records],
      seen: Number(heads[0]?.sequence ?? 0),
      incarnation: heads[0]?.incarnation ?? null,
      sequences: new Map(accounts.map(({ account, sequence }) => [account, Number(sequence)])),
    }
  } finally {
    await client.query('commit').catch(() => {})
  }
}

export async function hasBegun(client: ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(`select 1 from ${schemaName}.header`)
  return rowCount !== 0
}

/** The first records of a new state. Returns where it begins. */
export async function storeFirst(
  client: ClientBase,
  header: LogHeader,
  records: readonly LogRecord[],
): Promise<Position> {
  await client.query(`insert into ${schemaName}.header values ($1)`, [JSON.stringify(header)])
  await storeSnapshot(
    client,
    records.map((record) => JSON.stringify(record)),
  )
  const { rows } = await client.query<{ incarnation: string }>(
    `select ${incarnation} as incarnation`,
  )
  return { seen: 0, incarnation: rows[0]?.incarnation ?? null }
}

/** Whether a snapshot as of this record is newer than the one that is stored, and of the same copy of the tables. */
export async function isAhead(client: ClientBase, at: Position): Promise<boolean> {
  const { rowCount } = await client.query(
    `select 1 from ${schemaName}.head where compacted < $1 and $1 <= sequence and $2 = ${incarnation}`,
    [at.seen, at.incarnation],
  )
  return rowCount !== 0
}

/** Puts records, as JSON, in place of the snapshot. */
export async function storeSnapshot(client: ClientBase, records: readonly string[]): Promise<void> {
  await client.query(`delete from ${schemaName}.snapshot`)
  await client.query(
    `insert into ${schemaName}.snapshot select place, line from unnest($1::text[]) with ordinality as t (line, place)`,
    [records],
  )
}

/** Signing keys: whoever needs one first makes it, for all. */
export function keysIn(pool: Pool): KeyStore {
  const kept = async (place: number): Promise<JsonWebKey | undefined> => {
    const { rows } = await pool.query<{ jwk: string }>(
      `select jwk from ${schemaName}.keys where place = $1`,
      [place],
    )
    return rows[0] === undefined ? undefined : JSON.parse(rows[0].jwk)
  }
  return {
    async keyAt(place, make) {
      const known = await kept(place)
      if (known !== undefined) return known
      const made = await make()
      await pool.query(`insert into ${schemaName}.keys values ($1, $2) on conflict do nothing`, [
        place,
        JSON.stringify(made),
      ])
      return (await kept(place)) ?? made
    },
  }
}

/** A number that no other replica of the state has or had. */
export async function numberReplica(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ replicas: string }>(
    `update ${schemaName}.head set replicas = replicas + 1 returning replicas`,
  )
  return Number(rows[0]?.replicas ?? 1)
}

/** Keeps a replica's number its own after a restore, which may have forgotten it. */
export async function keepNumber(pool: Pool, number: number): Promise<void> {
  await pool.query(`update ${schemaName}.head set replicas = greatest(replicas, $1)`, [number])
}
